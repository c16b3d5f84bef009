#!/usr/bin/env python3
"""Tags that stay where they are, pins and runs, as clients of the whole program see them, on both
databases.

    tests/lifecycle/immutability.py [--gantry BINARY]
"""

import argparse
import http.client
import json
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from oci import INDEX, digest_of
from services import Gantry, Postgres

CLIENTS = 100
OPTIONS = argparse.Namespace(gantry=None)


def index(number):
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [],
                       "annotations": {"n": str(number)}}).encode()


class OnSqlite(unittest.TestCase):
    @classmethod
    def settings(cls):
        return {}

    @classmethod
    def setUpClass(cls):
        cls.gantry = Gantry(binary=OPTIONS.gantry, settings=cls.settings()).start()
        cls.addClassCleanup(cls.gantry.stop)
        cls.data = cls.gantry.folder / "data"

    def send(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.gantry.address, timeout=60)
        try:
            headers = {"Content-Type": INDEX} if body is not None else {}
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def admin(self, method, path, body=None):
        return control.ask(self.data, method, path, body)

    def race(self, repository, numbers):
        """Everybody pushes another manifest to the tag v1 at once; the statuses by number."""
        statuses, start = {}, threading.Barrier(len(numbers))

        def push(number):
            start.wait()
            for _ in range(50):
                status, text = self.send("PUT", f"/v2/{repository}/manifests/v1", index(number))
                if status not in (429, 503):
                    break
            statuses[number] = status, text

        threads = [threading.Thread(target=push, args=(number,)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statuses

    def test_of_a_hundred_clients_one_wins(self):
        self.admin("POST", "/repositories/shop/race/settings", {"tagMutability": "IMMUTABLE"})
        statuses = self.race("shop/race", range(CLIENTS))
        winners = [number for number, (status, _) in statuses.items() if status == 201]
        self.assertEqual(len(winners), 1, statuses)
        for number, (status, text) in statuses.items():
            if number in winners:
                continue
            self.assertEqual(status, 400)
            error = json.loads(text)["errors"][0]
            self.assertEqual(error["code"], "TAG_INVALID")
            self.assertEqual(error["message"], "The image tag 'v1' already exists in the "
                             "'shop/race' repository and cannot be overwritten because the tag is "
                             "immutable.")
        # A retry of the winner is no move, and those who lost still lose.
        again = self.race("shop/race", range(CLIENTS))
        self.assertEqual([number for number, (status, _) in again.items() if status == 201],
                         winners)
        status, body = self.send("GET", "/v2/shop/race/manifests/v1")
        self.assertEqual((status, body), (200, index(winners[0])))

    def test_what_is_excluded_moves_for_all(self):
        self.admin("POST", "/repositories/shop/moving/settings",
                   {"tagMutability": "IMMUTABLE_WITH_EXCLUSION", "mutabilityFilters": ["v*"]})
        statuses = self.race("shop/moving", range(CLIENTS))
        self.assertEqual({status for status, _ in statuses.values()}, {201})
        status, body = self.send("GET", "/v2/shop/moving/manifests/v1")
        self.assertEqual(status, 200)
        self.assertIn(body, [index(number) for number in range(CLIENTS)])

    def test_exclusions_and_locks(self):
        self.admin("POST", "/repositories/shop/web/settings",
                   {"tagMutability": "IMMUTABLE_WITH_EXCLUSION", "mutabilityFilters": ["latest"]})
        for number in (1, 2):
            self.assertEqual(
                self.send("PUT", "/v2/shop/web/manifests/latest", index(number))[0], 201)
        self.assertEqual(self.send("PUT", "/v2/shop/web/manifests/v1", index(1))[0], 201)
        self.assertEqual(self.send("PUT", "/v2/shop/web/manifests/v1", index(2))[0], 400)
        self.admin("PUT", "/repositories/shop/web/tag-locks/latest")
        self.assertEqual(self.send("PUT", "/v2/shop/web/manifests/latest", index(3))[0], 400)
        self.assertEqual(self.send("DELETE", "/v2/shop/web/manifests/latest")[0], 400)
        self.admin("DELETE", "/repositories/shop/web/tag-locks/latest")
        self.assertEqual(self.send("DELETE", "/v2/shop/web/manifests/latest")[0], 202)

    def test_what_is_pinned_is_deleted_by_force_only(self):
        body = index("pinned")
        self.send("PUT", "/v2/shop/pinned/manifests/v1", body)
        self.admin("PUT", "/pin-sources/kube%3Aprod", {"silentAfterSeconds": 900})
        self.admin("PUT", "/pin-sources/kube%3Aprod/state", {"pins": [
            {"digest": digest_of(body), "repository": "shop/pinned", "reason": "runs",
             "detail": {"namespace": "shop", "pods": 3}}]})
        status, text = self.send("DELETE", "/v2/shop/pinned/manifests/" + digest_of(body))
        self.assertEqual(status, 409, text)
        self.assertIn("running in cluster prod, namespace shop, 3 pods", text.decode())
        self.assertEqual(self.send("DELETE", "/v2/shop/pinned/manifests/v1")[0], 409)
        self.admin("POST", "/repositories/shop/pinned/image-deletions",
                   {"reference": digest_of(body), "force": True})
        self.assertEqual(self.send("GET", "/v2/shop/pinned/manifests/v1")[0], 404)

    def test_a_deleted_repository_comes_back_by_one_call(self):
        for number in range(500):
            self.send("PUT", f"/v2/shop/many/manifests/t{number}", index(number))
        deleted = self.admin("POST", "/repositories/shop/many/deletion", {"notEmptyToo": True})
        self.assertEqual(deleted["manifests"], 500)
        self.assertEqual(self.send("GET", "/v2/shop/many/tags/list")[0], 404)
        self.admin("POST", f"/runs/{deleted['run']}/restore")
        for number in (0, 250, 499):
            self.assertEqual(self.send("GET", f"/v2/shop/many/manifests/t{number}"),
                             (200, index(number)))


class OnPostgres(OnSqlite):
    @classmethod
    def settings(cls):
        database = Postgres().start()
        cls.addClassCleanup(database.stop)
        return {"GANTRY_DATABASE_ENGINE": "postgres",
                "GANTRY_DATABASE_CONNINFO": database.conninfo}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
