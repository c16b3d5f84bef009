#!/usr/bin/env python3
"""A wrong policy deletes 10,000 manifests; one command brings back every tag, digest and referrer.

    tests/lifecycle/undo.py [--gantry BINARY] [--manifests N]

Prints how long the run and its undoing took.
"""

import argparse
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))
import control  # noqa: E402
from oci import INDEX, MANIFEST, descriptor, digest_of  # noqa: E402
from services import Gantry  # noqa: E402

OPTIONS = argparse.Namespace(gantry=None, manifests=10_000)
REPOSITORY = "shop/api"
CLIENTS = 16
CONFIG = b"{}"
# It was meant to say 1000 days.
WRONG = {"rules": [{"rulePriority": 1, "description": "keep the newest", "selection": {
    "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
    "action": {"type": "expire"}}]}


def image(number, **more):
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                       "config": descriptor(CONFIG, "application/vnd.oci.empty.v1+json"),
                       "annotations": {"number": str(number)}, **more}).encode()


def unit(number):
    """(reference, body, media type) of an index with two children, two tags, and a signature: five
    manifests with the image beside them, in an order in which they can be pushed."""
    children = [image(f"{number} {platform}") for platform in ("amd64", "arm64")]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                        "manifests": [descriptor(child, MANIFEST) for child in children]}).encode()
    signature = image(f"{number} signature", subject=descriptor(index, INDEX))
    plain = image(number)
    return [(digest_of(child), child, MANIFEST) for child in children] + [
        (f"v{number}", index, INDEX), (f"sha-{number:07}", index, INDEX),
        (digest_of(signature), signature, MANIFEST), (digest_of(plain), plain, MANIFEST)]


class Client:
    """One connection, closed at the end of a `with`."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, method, path, body=None, media_type=MANIFEST):
        self.connection.request(method, path, body, {"Content-Type": media_type} if body else {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {text[:300]}")
        return text


class Undo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gantry = Gantry(binary=OPTIONS.gantry).start()
        cls.addClassCleanup(cls.gantry.stop)
        cls.data = cls.gantry.folder / "data"

    def in_parallel(self, items, do):
        """do(client, item) for each, by some clients; the results in order."""
        results, errors = [None] * len(items), []

        def work(first):
            try:
                with Client(self.gantry.address) as client:
                    for at in range(first, len(items), CLIENTS):
                        results[at] = do(client, items[at])
            except Exception as error:  # noqa: BLE001: it is raised below
                errors.append(error)

        threads = [threading.Thread(target=work, args=(first,)) for first in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return results

    def ask(self, *request):
        with Client(self.gantry.address) as client:
            return client.ask(*request)

    def command(self, *words):
        """(seconds, what it printed) of a command of gantry's."""
        begun = time.monotonic()
        done = subprocess.run([self.gantry.binary, *words, "--data", self.data],
                              capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        return time.monotonic() - begun, done.stdout

    def everything(self, units):
        """All that a client can see of the repository."""
        tags, last = [], ""
        while page := json.loads(self.ask(
                "GET", f"/v2/{REPOSITORY}/tags/list?n=1000{last}"))["tags"]:
            tags += page
            last = "&last=" + page[-1]
        digests = sorted({digest_of(body) for one in units for _, body, _ in one})
        names = [("manifests", name) for name in tags + digests]
        names += [("referrers", digest_of(one[2][1])) for one in units]
        seen = self.in_parallel(names, lambda client, name: client.ask(
            "GET", f"/v2/{REPOSITORY}/{name[0]}/{name[1]}"))
        return dict(zip(names, seen))

    def test_a_wrong_policy_is_undone_by_one_command(self):
        units = [unit(number) for number in range(OPTIONS.manifests // 5)]
        self.ask("POST", f"/v2/{REPOSITORY}/blobs/uploads/?digest={digest_of(CONFIG)}", CONFIG,
                 "application/octet-stream")

        def push(client, one):
            for reference, body, media_type in one:
                client.ask("PUT", f"/v2/{REPOSITORY}/manifests/{reference}", body, media_type)

        self.in_parallel(units, push)
        self.ask("PUT", f"/v2/{REPOSITORY}/manifests/newest", image("newest"))
        before = self.everything(units)
        self.assertEqual(len([kind for kind, _ in before if kind == "referrers"]), len(units))

        control.ask(self.data, "PUT", f"/repositories/{REPOSITORY}/lifecycle/ecr",
                    {"policy": WRONG})
        seconds, said = self.command("lifecycle", "run", "--repository", REPOSITORY, "--json")
        run = json.loads(said)
        self.assertEqual(run["expired"], 5 * len(units), run)
        print(f"deleted {run['expired']} manifests in {seconds:.1f} s")
        left = json.loads(self.ask("GET", f"/v2/{REPOSITORY}/tags/list"))
        self.assertEqual(left["tags"], ["newest"])
        with self.assertRaises(AssertionError):
            self.ask("GET", f"/v2/{REPOSITORY}/manifests/v0")
        # Else the next pass would delete again what is brought back.
        control.ask(self.data, "DELETE", f"/repositories/{REPOSITORY}/lifecycle/ecr")

        seconds, said = self.command("run", "restore", run["id"], "--json")
        print(f"restored them in {seconds:.1f} s: {said.strip().splitlines()[-1]}")
        after = self.everything(units)
        self.assertEqual(sorted(after), sorted(before))
        self.assertEqual(after, before)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", type=pathlib.Path)
    parser.add_argument("--manifests", type=int, default=OPTIONS.manifests)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
