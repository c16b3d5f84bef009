#!/usr/bin/env python3
"""Kills a server with access control while a robot pushes: every push that was acknowledged has its
record in the audit log (invariant 8), and the log and the store verify clean.

    tests/access/audit_crash.py [--kills 20] [--gantry BINARY]
"""

import argparse
import base64
import http.client
import json
import pathlib
import random
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry, ServiceError

INDEX = "application/vnd.oci.image.index.v1+json"
PUSHERS = 4


class Pusher(threading.Thread):
    """Pushes tags, each with a digest of its own, until the server dies."""

    def __init__(self, address, authorization, repository):
        super().__init__()
        self.address, self.authorization, self.repository = address, authorization, repository
        self.acknowledged = []  # (repository, tag, digest)
        self.failure = None

    def run(self):
        host, port = self.address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            for number in range(1_000_000):
                self.push(connection, f"t{number}")
        except (OSError, http.client.HTTPException):
            pass  # killed: the outcome of this one is unknown
        except AssertionError as error:
            self.failure = error

    def push(self, connection, tag):
        manifest = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [],
                               "annotations": {"of": f"{self.repository}:{tag}"}})
        path = f"/v2/{self.repository}/manifests/{tag}"
        connection.request("PUT", path, manifest,
                           {"Content-Type": INDEX, "Authorization": self.authorization})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise AssertionError(f"PUT {path}: {answer.status} {text[:200]!r}")
        self.acknowledged.append((self.repository, tag, answer.headers["Docker-Content-Digest"]))


def robot_of(gantry):
    """A robot that may push; its Authorization header."""
    data = gantry.folder / "data"
    control.ask(data, "POST", "/projects", {"name": "load"})
    robot = control.ask(data, "POST", "/robots", {"name": "ci"})
    control.ask(data, "POST", "/projects/load/bindings", {"role": "writer", "principal": "robot:ci"})
    return "Basic " + base64.b64encode(f"{robot['login']}:{robot['secret']}".encode()).decode()


def recorded_pushes(gantry, repository):
    """{(repository, tag, digest)} of the records of the robot's successful pushes."""
    found, cursor = set(), None
    while True:
        query = {"action": "push", "outcome": "ok", "principal": "robot:ci", "n": 1000,
                 "repository": repository, **({"cursor": cursor} if cursor else {})}
        page = control.ask(gantry.folder / "data", "GET", f"/audit?{urllib.parse.urlencode(query)}")
        if page["damaged"]:
            raise AssertionError(f"the audit log is damaged: {page['damaged']}")
        found.update((record.get("repository"), record.get("tag"), record.get("digest"))
                     for record in page["records"])
        cursor = page["cursor"]
        if cursor is None:
            return found


def verify(gantry):
    """While no server runs: the chain of the audit log, and the store."""
    data = gantry.folder / "data"
    for command in (["audit", "verify", data / "audit"], ["verify", "--data", data]):
        done = subprocess.run([gantry.binary, *command], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"gantry {command[0]}: {done.stdout}{done.stderr}")


def crash_once(gantry, authorization, kill, seconds):
    """How many pushes were acknowledged; AssertionError if one left no record."""
    pushers = [Pusher(gantry.address, authorization, f"load/k{kill}-{number}")
               for number in range(PUSHERS)]
    for pusher in pushers:
        pusher.start()
    time.sleep(seconds)
    gantry.kill()
    for pusher in pushers:
        pusher.join()
        if pusher.failure:
            raise pusher.failure
    verify(gantry)
    gantry.launch()
    for pusher in pushers:
        missing = set(pusher.acknowledged) - recorded_pushes(gantry, pusher.repository)
        if missing:
            raise AssertionError(f"kill {kill}: {len(missing)} acknowledged pushes have no record, "
                                 f"such as {sorted(missing)[0]}")
    return sum(len(pusher.acknowledged) for pusher in pushers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    options = parser.parse_args()
    moments = random.Random(11)
    pushes = 0
    try:
        with Gantry(options.gantry, anonymous=False) as gantry:
            authorization = robot_of(gantry)
            for kill in range(options.kills):
                pushes += crash_once(gantry, authorization, kill, moments.uniform(0.05, 0.8))
            if pushes < options.kills:
                raise AssertionError(f"only {pushes} pushes in {options.kills} kills")
    except (AssertionError, ServiceError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(f"audit under kills: {options.kills} kills, {pushes} acknowledged pushes, all recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
