#!/usr/bin/env python3
"""No secret is written anywhere: every form of credential is made and used once, rightly and
wrongly, at the log level debug; then everything that the server wrote is searched for it.

    tests/access/secrets.py [--gantry BINARY]

Searched are the log, the metrics, the database with its journal, the audit log, and every answer
that lists what there is; for each secret as it is, in base64 and percent-encoded. Ends with 1 and a
line for each place that has one.
"""

import argparse
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry

ACCOUNT = "/api/admin/v1/accounts/000000000000"
PASSWORD = "correct horse battery staple"
NEXT_PASSWORD = "another horse of this stable"
WRONG_PASSWORD = "a password nobody has, mistyped"


class Server:
    def __init__(self, gantry):
        self.local = control.Connection(gantry.folder / "data")
        host, port = gantry.address.rsplit(":", 1)
        self.host = gantry.address
        self.remote = http.client.HTTPConnection(host, int(port))

    def ask(self, connection, method, path, body=None, headers=None, wanted=(200, 201, 202, 204)):
        headers = dict(headers or {})
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        if response.status not in wanted:
            raise SystemExit(f"{method} {path}: {response.status} {text[:300]}")
        return text

    def admin(self, method, path, body=None):
        text = self.ask(self.local, method, ACCOUNT + path, body)
        return json.loads(text) if text else {}

    def get(self, path, authorization, wanted=(200,)):
        return self.ask(self.remote, "GET", path, headers={"Authorization": authorization},
                        wanted=wanted)


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def signed(host, key_id, secret, target, body):
    """The headers of a request to ECR with Signature Version 4."""
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = [moment[:8], "us-east-1", "ecr", "aws4_request"]
    headers = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-date": moment,
               "x-amz-target": target}
    names = ";".join(sorted(headers))
    canonical = "\n".join(["POST", "/", "", *(f"{name}:{headers[name]}" for name in sorted(headers)),
                           "", names, hashlib.sha256(body.encode()).hexdigest()])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, "/".join(scope),
                         hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={key_id}/{'/'.join(scope)}, "
                                f"SignedHeaders={names}, Signature={signature}")
    return headers


def use_passwords(server, secrets):
    secrets["password"], secrets["next password"] = PASSWORD, NEXT_PASSWORD
    secrets["wrong password"] = WRONG_PASSWORD
    server.admin("POST", "/users", {"name": "alice"})
    server.admin("PUT", "/users/alice/password", {"password": PASSWORD, "mustChange": False})
    server.admin("POST", "/bindings", {"role": "account-admin", "principal": "user:alice"})
    server.get("/v2/", basic("alice", PASSWORD))
    server.get("/v2/", basic("alice", WRONG_PASSWORD), wanted=(401,))
    server.ask(server.remote, "PUT", "/api/admin/v1/me/password",
               {"current": PASSWORD, "password": NEXT_PASSWORD},
               {"Authorization": basic("alice", PASSWORD)})
    # The wrong place: a secret in a query, and in a name.
    server.get("/v2/_catalog?password=" + urllib.parse.quote(NEXT_PASSWORD),
               basic("alice", NEXT_PASSWORD))


def use_robot(server, secrets):
    made = server.admin("POST", "/robots", {"name": "ci"})
    secrets["robot secret"] = made["secret"]
    server.get("/v2/", basic(made["login"], made["secret"]))
    key_file = json.dumps(made["keyFile"])
    server.get("/v2/", basic("_json_key", key_file))
    server.get("/v2/", basic("_json_key_base64", base64.b64encode(key_file.encode()).decode()))
    secrets["robot secret, almost"] = made["secret"][:-1] + "!"
    server.get("/v2/", basic(made["login"], secrets["robot secret, almost"]), wanted=(401,))


def use_tokens(server, secrets):
    answer = json.loads(server.get("/token?service=gantry&scope=repository:a/b:pull&"
                                   "offline_token=true", basic("alice", NEXT_PASSWORD)))
    secrets["token"] = answer["token"]
    if "refresh_token" in answer:
        secrets["refresh token"] = answer["refresh_token"]
    server.get("/v2/", "Bearer " + answer["token"])
    server.get("/v2/", "Bearer " + answer["token"][:-4] + "AAAA", wanted=(401,))
    secrets["forged token"] = answer["token"][:-4] + "AAAA"
    form = urllib.parse.urlencode({"grant_type": "password", "username": "alice",
                                   "password": NEXT_PASSWORD, "service": "gantry",
                                   "access_type": "offline"})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = json.loads(server.ask(server.remote, "POST", "/token", form, headers))
    secrets["posted token"] = posted["access_token"]
    if "refresh_token" in posted:
        secrets["refresh token, posted"] = posted["refresh_token"]
        form = urllib.parse.urlencode({"grant_type": "refresh_token", "service": "gantry",
                                       "refresh_token": posted["refresh_token"]})
        secrets["refreshed token"] = json.loads(
            server.ask(server.remote, "POST", "/token", form, headers))["access_token"]


def use_access_key(server, secrets):
    made = server.admin("POST", "/access-keys", {"owner": "user:alice"})
    secrets["access key"] = made["secret"]
    target = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
    headers = signed(server.host, made["id"], made["secret"], target, "{}")
    answer = json.loads(server.ask(server.remote, "POST", "/", "{}", headers))
    login = answer["authorizationData"][0]["authorizationToken"]
    secrets["registry password"] = base64.b64decode(login).decode().split(":", 1)[1]
    secrets["signature"] = headers["Authorization"].rsplit("=", 1)[1]
    server.get("/v2/", "Basic " + login)


def forms(secret):
    """A secret as it may stand somewhere; of a token its signature is what makes it one."""
    texts = {secret, urllib.parse.quote(secret), urllib.parse.quote_plus(secret), secret.encode().hex()}
    if secret.count(".") == 2:
        texts = {secret.rsplit(".", 1)[1]}
    for text in list(texts):
        # At each of three offsets in a longer text, without what depends on its neighbours.
        for before in ("", "x", "xx"):
            coded = base64.b64encode((before + text).encode()).decode().rstrip("=")
            texts.add(coded[4 if before else 0:-2])
    return [text.encode() for text in texts if len(text) >= 8]


def places(server, gantry):
    """Everything that the server wrote or tells: name, bytes."""
    for path in sorted(gantry.folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(gantry.folder)), path.read_bytes()
    yield "/metrics", server.ask(server.remote, "GET", "/metrics").encode()
    for path in ("", "/users", "/users/alice", "/access-keys?owner=user:alice", "/robots", "/robots/ci",
                 "/audit?n=1000"):
        yield ACCOUNT + path, server.ask(server.local, "GET", ACCOUNT + path,
                                         wanted=(200, 404, 405)).encode()


# Where it is known that something is, so that a search that sees nothing fails.
KNOWN = (("stderr.log", b"/users/alice/password"), ("data/gantry.db", b"user:alice"),
         ("data/audit", b"user:alice"), ("/metrics", b"gantry_http_connections"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    options = parser.parse_args()
    settings = {"GANTRY_LOG_LEVEL": "debug"}
    failures, searched, unseen = [], 0, set(KNOWN)
    with Gantry(options.gantry, anonymous=False, settings=settings) as gantry:
        secrets, server = {}, Server(gantry)
        for use in (use_passwords, use_robot, use_tokens, use_access_key):
            use(server, secrets)
        for place, text in places(server, gantry):
            searched += 1
            unseen -= {(start, word) for start, word in unseen
                       if place.startswith(start) and word in text}
            if place.endswith("secrets.key"):
                continue  # the key that seals the others
            failures += [f"{place} has the {name}" for name, secret in secrets.items()
                         if any(form in text for form in forms(secret))]
        wrote = (gantry.folder / "stderr.log").stat().st_size
    failures += [f"{start} was not searched" for start, _ in unseen]
    for failure in failures:
        print(failure)
    print(f"{len(secrets)} secrets, {searched} places, {wrote} bytes of log: "
          f"{len(failures)} found")
    return 1 if failures or not wrote else 0


if __name__ == "__main__":
    sys.exit(main())
