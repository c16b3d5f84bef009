#!/usr/bin/env python3
"""A seeded simulation of neighbours: people of two accounts push into repositories of their own, and
each of them tries, at random, to get at what the others have: by digest through a repository of his
own, by mounting with and without `from`, by going on with an upload of theirs, by the other
account's host name, with a token asked for their repository. A model knows what everybody may see;
every answer must agree with it (invariants 3 and 12).

    tests/access/isolation.py [--gantry BINARY] [--steps 4000] [--seed N]

Prints how often each attempt was made and what came of it; ends with 1 at the first leak.
"""

import argparse
import base64
import collections
import hashlib
import http.client
import json
import pathlib
import random
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry

ACCOUNTS = {"111111111111": "one.test", "222222222222": "two.test"}
PEOPLE = 3  # of each account
PASSWORD = "long enough for tests"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Person:
    """Somebody with a project and a repository of his own in it."""

    def __init__(self, account, name, address):
        self.account, self.name = account, name
        self.repository = f"{name}/app"
        self.host = ACCOUNTS[account]
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=30)
        self.blobs = {}      # digest: bytes, in his repository
        self.manifests = {}  # digest: bytes
        self.uploads = []    # paths of uploads under way
        self.credential = "Basic " + base64.b64encode(f"{name}:{PASSWORD} {account}".encode()).decode()

    def log_in(self):
        """From here on with a token, also at the other account's host."""
        _status, _headers, body = self.ask("GET", "/token?offline_token=true")
        self.credential = "Bearer " + json.loads(body)["refresh_token"]

    def ask(self, method, path, body=None, host=None, authorization=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.update({"Host": host or self.host, "Authorization": authorization or self.credential})
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


class World:
    def __init__(self, server, seed):
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.people = []
        data = server.folder / "data"
        for account in ACCOUNTS:
            control.ask(data, "POST", "/accounts", {"id": account, "alias": f"a{account[0]}"})
            base = f"/accounts/{account}"
            for number in range(PEOPLE):
                name = f"person{number}"  # the same names in both accounts
                control.ask(data, "POST", base + "/users", {"name": name})
                control.ask(data, "PUT", f"{base}/users/{name}/password",
                            {"password": f"{PASSWORD} {account}", "mustChange": False})
                control.ask(data, "POST", f"{base}/projects/{name}/bindings",
                            {"role": "repository-admin", "principal": f"user:{name}"})
                self.people.append(Person(account, name, server.address))
        time.sleep(2)  # names of accounts are read every second
        for person in self.people:
            person.log_in()

    def leak(self, what, answer):
        raise SystemExit(f"LEAK: {what}: {answer[0]} {answer[2][:300]!r}")

    def note(self, what, status):
        self.counts[what, status] += 1

    # What people do with what is theirs.

    def push_blob(self, me):
        bytes_ = self.random.randbytes(self.random.randrange(1, 3000))
        digest = digest_of(bytes_)
        answer = me.ask("POST", f"/v2/{me.repository}/blobs/uploads/?digest={digest}", bytes_)
        if answer[0] != 201:
            raise SystemExit(f"push of one's own: {answer}")
        me.blobs[digest] = bytes_

    def push_manifest(self, me):
        if not me.blobs:
            return
        digest = self.random.choice(sorted(me.blobs))
        one = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest,
               "size": len(me.blobs[digest])}
        body = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": one,
                           "layers": [], "annotations": {"by": me.account + me.name}}).encode()
        answer = me.ask("PUT", f"/v2/{me.repository}/manifests/v{self.random.randrange(5)}", body,
                        Content_Type=MANIFEST_TYPE)
        if answer[0] != 201:
            raise SystemExit(f"push of one's own: {answer}")
        me.manifests[digest_of(body)] = body

    def begin_upload(self, me):
        status, headers, _body = me.ask("POST", f"/v2/{me.repository}/blobs/uploads/")
        if status != 202:
            raise SystemExit(f"upload of one's own: {status}")
        me.uploads.append(re.sub(r"^https?://[^/]*", "", headers["Location"]))

    def pull_own(self, me):
        for kind, things in (("blobs", me.blobs), ("manifests", me.manifests)):
            if not things:
                continue
            digest = self.random.choice(sorted(things))
            answer = me.ask("GET", f"/v2/{me.repository}/{kind}/{digest}", Accept=MANIFEST_TYPE)
            if answer[0] != 200 or answer[2] != things[digest]:
                raise SystemExit(f"pull of one's own {kind}: {answer[0]}")
            self.note("own", answer[0])

    # What they try with what is not.

    def other_than(self, me):
        return self.random.choice([one for one in self.people if one is not me])

    def thing_of(self, other):
        kind = self.random.choice(["blobs", "manifests"])
        things = other.blobs if kind == "blobs" else other.manifests
        return (kind, self.random.choice(sorted(things))) if things else (None, None)

    def by_digest_in_own_repository(self, me):
        other = self.other_than(me)
        kind, digest = self.thing_of(other)
        if kind is None or digest in me.blobs or digest in me.manifests:
            return
        method = self.random.choice(["GET", "HEAD"])
        answer = me.ask(method, f"/v2/{me.repository}/{kind}/{digest}", Accept=MANIFEST_TYPE)
        self.note("a digest through one's own repository", answer[0])
        if answer[0] != 404:
            self.leak(f"{me.account}/{me.name} reads {digest} of {other.account}/{other.name}", answer)

    def in_their_repository(self, me):
        other = self.other_than(me)
        kind, digest = self.thing_of(other)
        if kind is None:
            return
        if me.account != other.account and other.name == me.name and self.random.random() < 0.5:
            host = me.host  # the same name in one's own account is one's own repository
            wanted = {404} if digest not in me.blobs and digest not in me.manifests else {200}
        else:
            host, wanted = other.host, {401, 403}
        answer = me.ask("GET", f"/v2/{other.repository}/{kind}/{digest}", host=host,
                        Accept=MANIFEST_TYPE)
        self.note("their repository", answer[0])
        if answer[0] not in wanted:
            self.leak(f"{me.account}/{me.name} reads {other.repository} at {host}", answer)

    def mount(self, me):
        other = self.other_than(me)
        if not other.blobs:
            return
        digest = self.random.choice(sorted(other.blobs))
        if digest in me.blobs:
            return
        source = self.random.choice(["", f"&from={other.repository}"])
        answer = me.ask("POST", f"/v2/{me.repository}/blobs/uploads/?mount={digest}{source}")
        self.note("mount", answer[0])
        if answer[0] != 202:
            self.leak(f"{me.account}/{me.name} mounts {digest} of {other.account}/{other.name}", answer)

    def their_upload(self, me):
        other = self.other_than(me)
        if not other.uploads:
            return
        path = self.random.choice(other.uploads)
        if self.random.random() < 0.5:
            path = path.replace(f"/v2/{other.repository}/", f"/v2/{me.repository}/")
        method, body = self.random.choice([("GET", None), ("PATCH", b"x"), ("DELETE", None),
                                           ("PUT", b"x")])
        if method == "PUT":
            path += ("&" if "?" in path else "?") + "digest=" + digest_of(b"x")
        host = self.random.choice([me.host, other.host])
        answer = me.ask(method, path, body, host=host)
        self.note("their upload", answer[0])
        if answer[0] not in (401, 403, 404):
            self.leak(f"{me.account}/{me.name}: {method} {path} at {host}", answer)

    def manifest_of_their_blob(self, me):
        """A manifest that names a blob of others must not bring it into one's repository."""
        other = self.other_than(me)
        if not other.blobs:
            return
        digest = self.random.choice(sorted(other.blobs))
        if digest in me.blobs:
            return
        one = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest,
               "size": len(other.blobs[digest])}
        body = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": one, "layers": []})
        answer = me.ask("PUT", f"/v2/{me.repository}/manifests/steal", body, Content_Type=MANIFEST_TYPE)
        self.note("a manifest of their blob", answer[0])
        if answer[0] < 400:
            self.leak(f"{me.account}/{me.name} refers to {digest}", answer)

    def token_for_theirs(self, me):
        other = self.other_than(me)
        _status, _headers, body = me.ask(
            "GET", f"/token?scope=repository:{other.repository}:pull,push,delete")
        bearer = "Bearer " + json.loads(body)["token"]
        kind, digest = self.thing_of(other)
        if kind is None:
            return
        answer = me.ask("GET", f"/v2/{other.repository}/{kind}/{digest}", host=other.host,
                        authorization=bearer, Accept=MANIFEST_TYPE)
        self.note("a token for theirs", answer[0])
        same = me.account != other.account and me.name == other.name
        if answer[0] == 200 or (answer[0] == 404 and not same):
            self.leak(f"{me.account}/{me.name} with a token for {other.repository}", answer)

    def lists(self, me):
        answer = me.ask("GET", "/v2/_catalog?n=1000")
        seen = set(json.loads(answer[2])["repositories"])
        self.note("catalog", answer[0])
        if not seen <= {me.repository}:
            self.leak(f"{me.account}/{me.name} sees {seen} in the catalog", answer)

    def step(self):
        me = self.random.choice(self.people)
        action = self.random.choice([
            self.push_blob, self.push_manifest, self.begin_upload, self.pull_own,
            self.by_digest_in_own_repository, self.in_their_repository, self.mount,
            self.their_upload, self.manifest_of_their_blob, self.token_for_theirs, self.lists])
        action(me)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    hosts = ",".join(f"{host}={account}" for account, host in ACCOUNTS.items())
    with Gantry(options.gantry, anonymous=False, settings={"GANTRY_HOSTS": hosts}) as server:
        world = World(server, options.seed)
        for _number in range(options.steps):
            world.step()
    for (what, status), count in sorted(world.counts.items()):
        print(f"{what:40} {status} {count:6}")
    print(f"{options.steps} steps with seed {options.seed}: no leak")


if __name__ == "__main__":
    main()
