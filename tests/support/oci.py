"""Manifests as tests write them."""

import hashlib

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def descriptor(content, media_type):
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
