#!/usr/bin/env python3
"""Makes an OCI image layout from generated files, without any network.

    images.py FOLDER [--tag v1] [--layers 3] [--bytes 300000] [--platforms linux/amd64,linux/arm64]

One platform makes an image, several make an index. The same arguments give the same digests.
"""

import argparse
import gzip
import hashlib
import io
import json
import pathlib
import random
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Layout:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def add(self, data, media_type, **more):
        """Stores a blob; its descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def add_json(self, value, media_type, **more):
        return self.add(json.dumps(value, separators=(",", ":")).encode(), media_type, **more)

    def tag(self, descriptor, name):
        named = {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}
        (self.folder / "index.json").write_text(
            json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}))


def make_layer(seed, size):
    """A tar archive with one file of random bytes, and its gzip."""
    content = random.Random(seed).randbytes(size)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
        entry = tarfile.TarInfo(f"data/{seed}.bin")
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    return plain.getvalue(), gzip.compress(plain.getvalue(), 6, mtime=0)


def make_image(layout, platform, layers, size):
    os_name, architecture = platform.split("/")
    diff_ids, descriptors = [], []
    for number in range(layers):
        # The first layer is shared by all platforms.
        seed = "base" if number == 0 else f"{platform}-{number}"
        plain, packed = make_layer(seed, size)
        diff_ids.append(f"sha256:{hashlib.sha256(plain).hexdigest()}")
        descriptors.append(layout.add(packed, LAYER))
    config = layout.add_json(
        {"architecture": architecture, "os": os_name, "config": {"Cmd": ["/data"]},
         "created": "2026-01-01T00:00:00Z", "rootfs": {"type": "layers", "diff_ids": diff_ids}},
        CONFIG)
    return layout.add_json(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": descriptors},
        MANIFEST)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--tag", default="v1")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--bytes", type=int, default=300_000)
    parser.add_argument("--platforms", default="linux/amd64")
    options = parser.parse_args()

    layout = Layout(options.folder)
    images = []
    for platform in options.platforms.split(","):
        os_name, architecture = platform.split("/")
        image = make_image(layout, platform, options.layers, options.bytes)
        images.append({**image, "platform": {"os": os_name, "architecture": architecture}})
    top = images[0]
    if len(images) > 1:
        top = layout.add_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}, INDEX)
    else:
        top.pop("platform")
    layout.tag(top, options.tag)
    print(top["digest"])


if __name__ == "__main__":
    main()
