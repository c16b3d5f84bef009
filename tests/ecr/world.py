"""A server with somebody who may do everything, and a boto3 client for him all of whose answers are
held against botocore's model: no member that the model does not have, none missing that it
requires, every type and every word of an enumeration right, every error one that the operation
declares or one that all of AWS's have."""

import base64
import json
import pathlib
import sys

import boto3
import botocore.config
from botocore.exceptions import ClientError

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import control  # noqa: E402
import services  # noqa: E402
from oci import CONFIG, INDEX, LAYER, MANIFEST, descriptor, digest_of  # noqa: E402, F401

REGION = "eu-test-1"
ACCOUNT = "000000000000"
COMMON_ERRORS = {"AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException",
                 "SerializationException", "ThrottlingException", "UnknownOperationException",
                 "MissingAuthenticationTokenException"}


class ShapeError(AssertionError):
    """An answer that is not what the model says."""


def check(shape, value, place):
    """Holds a parsed JSON value against a shape of botocore's model."""
    def want(condition, what):
        if not condition:
            raise ShapeError(f"{place}: {what}, not {value!r}")
    kind = shape.type_name
    if kind == "structure":
        want(isinstance(value, dict), "an object")
        for name in value:
            want(name in shape.members, f"no member {name!r}")
        for name in shape.required_members:
            want(name in value, f"a member {name!r}")
        for name, member in value.items():
            check(shape.members[name], member, f"{place}.{name}")
    elif kind == "list":
        want(isinstance(value, list), "a list")
        for number, item in enumerate(value):
            check(shape.member, item, f"{place}[{number}]")
    elif kind == "map":
        want(isinstance(value, dict), "a map")
        for name, member in value.items():
            check(shape.value, member, f"{place}[{name}]")
    elif kind == "string":
        want(isinstance(value, str), "a text")
        want(not shape.enum or value in shape.enum, f"one of {shape.enum}")
    elif kind == "boolean":
        want(isinstance(value, bool), "true or false")
    elif kind == "timestamp":
        want(isinstance(value, (int, float)) and not isinstance(value, bool), "seconds as a number")
    else:
        want(isinstance(value, int if kind in ("integer", "long") else (int, float))
             and not isinstance(value, bool), f"of type {kind}")


class World:
    def __init__(self, gantry):
        self.gantry = gantry
        self.data = gantry.folder / "data"
        self.key = self.add_user("alice", "account-admin")
        self.called = {}  # operation → what came of it
        self.ecr = self.client(self.key)

    def add_user(self, name, role=None):
        """A user with an access key and a role in the whole account."""
        control.ask(self.data, "POST", "/users", {"name": name})
        if role:
            control.ask(self.data, "POST", "/bindings",
                        {"role": role, "principal": f"user:{name}"})
        return control.ask(self.data, "POST", "/access-keys", {"owner": f"user:{name}"})

    def client(self, key):
        made = boto3.client(
            "ecr", region_name=REGION, endpoint_url=self.gantry.url,
            aws_access_key_id=key["id"], aws_secret_access_key=key["secret"],
            config=botocore.config.Config(retries={"total_max_attempts": 1},
                                          parameter_validation=False))
        made.meta.events.register("before-parse.ecr", self._check)
        return made

    def _check(self, operation_model, response_dict, **_):
        status, body = response_dict["status_code"], json.loads(response_dict["body"])
        name = operation_model.name
        if "x-amzn-requestid" not in {key.lower() for key in response_dict["headers"]}:
            raise ShapeError(f"{name}: no request id")
        if status == 200:
            self.called.setdefault(name, set()).add("ok")
            check(operation_model.output_shape, body, name)
            return
        error = body.pop("__type")
        self.called.setdefault(name, set()).add(error)
        declared = {shape.name: shape for shape in operation_model.error_shapes}
        if error in declared:
            check(declared[error], body, f"{name} {error}")
        elif error not in COMMON_ERRORS:
            raise ShapeError(f"{name}: {error} is not one of {sorted(declared)}")

    def refusal(self, call, **parameters):
        """The exception's name and message of a call that must fail."""
        try:
            answer = call(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise AssertionError(f"{call.__name__} succeeded: {answer}")

    # --- images through the API ------------------------------------------------------------------

    def push_layer(self, repository, content, parts=1):
        upload = self.ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
        size = -(-len(content) // parts)
        for first in range(0, len(content), size):
            piece = content[first:first + size]
            last = self.ecr.upload_layer_part(
                repositoryName=repository, uploadId=upload, partFirstByte=first,
                partLastByte=first + len(piece) - 1, layerPartBlob=piece)["lastByteReceived"]
            assert last == first + len(piece) - 1, last
        digest = digest_of(content)
        done = self.ecr.complete_layer_upload(repositoryName=repository, uploadId=upload,
                                              layerDigests=[digest])
        assert done["layerDigest"] == digest, done
        return digest

    def push_image(self, repository, tag, content, **more):
        """An image of one layer; its digest and manifest."""
        config = json.dumps({"architecture": "amd64", "os": "linux", "of": content.hex()}).encode()
        have = self.ecr.batch_check_layer_availability(
            repositoryName=repository, layerDigests=[digest_of(config), digest_of(content)])
        for blob, there in zip((config, content), have["layers"]):
            if there["layerAvailability"] == "UNAVAILABLE":
                self.push_layer(repository, blob)
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(config, CONFIG),
            "layers": [descriptor(content, LAYER)], **more})
        tagged = {"imageTag": tag} if tag else {}
        image = self.ecr.put_image(repositoryName=repository, imageManifest=manifest, **tagged)
        return image["image"]["imageId"]["imageDigest"], manifest


def password_of(client):
    token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, password = base64.b64decode(token).decode().split(":")
    assert user == "AWS", user
    return password
