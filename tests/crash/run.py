#!/usr/bin/env python3
"""Kills the server with SIGKILL and checks that nothing that was acknowledged is lost.

    tests/crash/run.py points [--every N]   at its write points, one after the other (tests/crash/shim.cc)
    tests/crash/run.py random [--kills 300] at random moments under a mixed load

After each kill the server starts again on the same folder; every acknowledged tag, manifest and blob is
pulled and compared; then it is stopped and `gantry verify` must find nothing.
"""

import argparse
import hashlib
import http.client
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from services import Gantry, ServiceError  # noqa: E402

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Dead(Exception):
    """The server is gone; what was asked has an unknown outcome."""


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Client:
    """One connection. Every method returns when the server acknowledged, or raises Dead."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=30)

    def call(self, method, path, body=None, headers=None):
        try:
            self.connection.request(method, path, body, headers or {})
            answer = self.connection.getresponse()
            return answer, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise Dead(str(error)) from error

    def expect(self, status, method, path, body=None, headers=None):
        answer, data = self.call(method, path, body, headers)
        if answer.status != status:
            raise AssertionError(f"{method} {path}: {answer.status}, not {status}: {data[:300]!r}")
        return answer, data

    def push_blob(self, repository, data, chunks=1):
        answer, _ = self.expect(202, "POST", f"/v2/{repository}/blobs/uploads/", b"")
        location = answer.headers["Location"]
        size = len(data) // chunks + 1
        for i in range(chunks - 1):
            answer, _ = self.expect(202, "PATCH", location, data[i * size:(i + 1) * size])
            location = answer.headers["Location"]
        rest = data[(chunks - 1) * size:]
        self.expect(201, "PUT", f"{location}?digest={digest_of(data)}", rest)

    def push_image(self, repository, tag, layers, chunks=1):
        """Returns the digest of the manifest, once it was acknowledged under the tag."""
        config = json.dumps({"tag": tag}).encode()
        for blob in (config, *layers):
            self.push_blob(repository, blob, chunks)
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer)
                       for layer in layers],
        }).encode()
        self.expect(201, "PUT", f"/v2/{repository}/manifests/{tag}", manifest,
                    {"Content-Type": OCI_MANIFEST})
        return digest_of(manifest)


def descriptor(media_type, data):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def check_image(client, repository, reference, digest):
    """Everything that a pull fetches is there and has its digest."""
    answer, body = client.expect(200, "GET", f"/v2/{repository}/manifests/{reference}")
    if digest is not None and digest_of(body) not in digest:
        raise AssertionError(f"{repository}:{reference} is {digest_of(body)}, not one of {digest}")
    manifest = json.loads(body)
    for part in (manifest["config"], *manifest["layers"]):
        _, data = client.expect(200, "GET", f"/v2/{repository}/blobs/{part['digest']}")
        if digest_of(data) != part["digest"]:
            raise AssertionError(f"{repository}: wrong bytes under {part['digest']}")


def verify_offline(gantry):
    done = subprocess.run([gantry.binary, "verify", "--data", gantry.folder / "data"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"gantry verify: {done.stdout}{done.stderr}")


# --- at every write point -----------------------------------------------------------------------

def scripted_load(gantry, acknowledged):
    """A fixed sequence of everything that writes. Fills `acknowledged` as answers come."""
    client = Client(gantry.address)
    large = bytes(range(256)) * 2048
    for round_ in range(2):
        tag = f"v{round_}"
        layers = [f"layer {round_}".encode() * 100, large + tag.encode()]
        digest = client.push_image("app/one", tag, layers, chunks=1 + round_)
        acknowledged["app/one", tag] = digest
    moved = client.push_image("app/one", "latest", [b"first"])
    acknowledged["app/one", "latest"] = None  # until the next push is acknowledged: either one
    moved_to = client.push_image("app/one", "latest", [b"second"])
    acknowledged["app/one", "latest"] = moved_to
    acknowledged.pop(("app/one", "v0"))
    client.expect(202, "DELETE", "/v2/app/one/manifests/v0")
    client.expect(202, "DELETE", f"/v2/app/one/manifests/{moved}")
    subprocess.run([gantry.binary, "gc", "--data", gantry.folder / "data"], capture_output=True,
                   timeout=60)


def check_acknowledged(gantry, acknowledged):
    client = Client(gantry.address)
    for (repository, tag), digest in acknowledged.items():
        check_image(client, repository, tag, digest and {digest})


# Garbage is removed at once, so that a run of `gantry gc` has something to do.
EAGER = {"GANTRY_STORAGE_COLLECTION_GRACE_PERIOD": "0s", "GANTRY_STORAGE_TRASH_PERIOD": "0s"}


def crash_at(gantry, point, acknowledged):
    """Runs the load until the n-th write point; False when there are fewer."""
    gantry.settings = {**EAGER, "LD_PRELOAD": str(pathlib.Path(gantry.binary).parent / "tests/crash/libcrash_shim.so"),
                       "GANTRY_CRASH_AT": str(point)}
    try:
        gantry.launch()
        scripted_load(gantry, acknowledged)
        time.sleep(0.05)
    except (Dead, ServiceError):
        return True
    finally:
        gantry.settings = dict(EAGER)
    return gantry.process.poll() is not None


def run_points(every):
    point = 1
    crashes = 0
    while True:
        acknowledged = {}
        gantry = Gantry()
        gantry.folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-crash-"))
        try:
            if not crash_at(gantry, point, acknowledged):
                if crashes == 0:
                    raise SystemExit("no write point was reached: is the shim beside the binary?")
                print(f"write points: {point - 1} reached, {crashes} crashes, nothing lost")
                return
            crashes += 1
            gantry.kill()
            gantry.launch()
            check_acknowledged(gantry, acknowledged)
            Client(gantry.address).push_image("app/after", "v1", [b"after the crash"])
            gantry.kill()
            verify_offline(gantry)
        finally:
            gantry.kill()
            shutil.rmtree(gantry.folder, ignore_errors=True)
        point += every


# --- at random ----------------------------------------------------------------------------------

class Worker(threading.Thread):
    """Pushes, moves and deletes tags of its own repository until the server dies."""

    def __init__(self, address, repository, seed, state):
        super().__init__()
        self.address, self.repository, self.state = address, repository, state
        self.random = random.Random(seed)
        self.failure = None

    def run(self):
        try:
            client = Client(self.address)
            while True:
                self.step(client)
        except Dead:
            pass
        except BaseException as error:  # reported by the main thread
            self.failure = error

    def step(self, client):
        tag = f"t{self.random.randrange(20)}"
        before = self.state.get(tag, set())
        if before and None not in before and self.random.random() < 0.15:
            self.state[tag] = before | {None}
            client.expect(202, "DELETE", f"/v2/{self.repository}/manifests/{tag}")
            self.state[tag] = {None}
            return
        size = self.random.choice([100, 4096, 70_000, 400_000])
        layers = [b"shared layer", self.random.randbytes(size)]
        self.push(client, tag, layers, before)

    def push(self, client, tag, layers, before):
        config = json.dumps({"tag": tag}).encode()
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer)
                       for layer in layers],
        }).encode()
        for blob in (config, *layers):
            client.push_blob(self.repository, blob, self.random.choice([1, 1, 3]))
        # From here until the answer either state is right.
        self.state[tag] = (before or {None}) | {digest_of(manifest)}
        client.expect(201, "PUT", f"/v2/{self.repository}/manifests/{tag}", manifest,
                      {"Content-Type": OCI_MANIFEST})
        self.state[tag] = {digest_of(manifest)}


def check_state(gantry, repository, state):
    client = Client(gantry.address)
    for tag, allowed in state.items():
        answer, body = client.call("GET", f"/v2/{repository}/manifests/{tag}")
        found = digest_of(body) if answer.status == 200 else None
        if answer.status not in (200, 404) or found not in allowed:
            raise AssertionError(f"{repository}:{tag}: {answer.status} {found}, not one of {allowed}")
        state[tag] = {found}
        if found:
            check_image(client, repository, tag, {found})


def run_random(kills):
    states = [{} for _ in range(4)]
    seeds = random.Random(7)
    with Gantry(settings={"GANTRY_STORAGE_COLLECTION_GRACE_PERIOD": "2s",
                          "GANTRY_STORAGE_COLLECTION_INTERVAL": "1s",
                          "GANTRY_STORAGE_TRASH_PERIOD": "0s"}) as gantry:
        for kill in range(kills):
            workers = [Worker(gantry.address, f"load/r{i}", seeds.random(), state)
                       for i, state in enumerate(states)]
            for worker in workers:
                worker.start()
            time.sleep(seeds.uniform(0.05, 0.6))
            gantry.kill()
            for worker in workers:
                worker.join()
                if worker.failure:
                    raise worker.failure
            verify_offline(gantry)
            gantry.launch()
            for i, state in enumerate(states):
                check_state(gantry, f"load/r{i}", state)
            if kill % 25 == 24:
                print(f"{kill + 1} kills, nothing lost", flush=True)
    print(f"random kills: {kills}, nothing lost")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["points", "random"])
    parser.add_argument("--every", type=int, default=1, help="every N-th write point only")
    parser.add_argument("--kills", type=int, default=300)
    options = parser.parse_args()
    try:
        if options.mode == "points":
            run_points(options.every)
        else:
            run_random(options.kills)
    except (AssertionError, ServiceError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
