#!/usr/bin/env python3
"""Limits of requests, and the headers of answers, as a client sees them.

    tests/access/limits.py [--gantry BINARY]
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry

ACCOUNT = "/api/admin/v1/accounts/000000000000"
PASSWORD = "long enough for tests"


def basic(user, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Asker:
    def __init__(self, connection):
        self.connection = connection

    def __call__(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        response.text = response.read().decode()
        return response


class Case(unittest.TestCase):
    def serve(self, anonymous=False, **limits):
        settings = {f"GANTRY_LIMITS_{name.upper()}": str(value) for name, value in limits.items()}
        gantry = self.enterContext(Gantry(anonymous=anonymous, settings=settings))
        host, port = gantry.address.rsplit(":", 1)
        self.ask = self.asker(http.client.HTTPConnection(host, int(port)))
        self.local = self.asker(control.Connection(gantry.folder / "data"))

    def asker(self, connection):
        self.addCleanup(connection.close)
        return Asker(connection)

    def make_users(self, *names):
        for name in names:
            self.assertEqual(self.local("POST", f"{ACCOUNT}/users", {"name": name}).status, 201)
            self.assertEqual(self.local("PUT", f"{ACCOUNT}/users/{name}/password",
                                        {"password": PASSWORD, "mustChange": False}).status, 204)

    def exhaust(self, *request, **more):
        """Asks until it is too much; returns the refusal and how many were answered before."""
        for answered in range(1000):
            response = self.ask(*request, **more)
            if response.status == 429:
                return response, answered
        self.fail("never refused")


class LimitsTest(Case):
    def test_a_principal_gets_its_burst_and_another_one_its_own(self):
        self.serve(reads_per_second=1, burst="20s")
        self.make_users("alice", "bob")
        first = self.ask("GET", "/v2/", headers=basic("alice"))
        self.assertEqual(first.status, 200)
        self.assertEqual(first.getheader("RateLimit-Limit"), "20")
        self.assertEqual(first.getheader("RateLimit-Remaining"), "19")
        self.assertEqual(first.getheader("RateLimit-Reset"), "1")
        self.assertEqual(first.getheader("RateLimit-Policy"), "20;w=20")
        refused, answered = self.exhaust("GET", "/v2/", headers=basic("alice"))
        self.assertGreaterEqual(answered, 19)
        self.assertEqual(json.loads(refused.text)["errors"][0]["code"], "TOOMANYREQUESTS")
        self.assertEqual(refused.getheader("Retry-After"), "1")
        self.assertEqual(refused.getheader("RateLimit-Remaining"), "0")
        self.assertEqual(self.ask("GET", "/v2/", headers=basic("bob")).status, 200)

    def test_of_the_administration_in_its_form(self):
        self.serve(reads_per_second=1, burst="1s")
        self.make_users("alice")
        refused, _ = self.exhaust("GET", "/api/admin/v1/me", headers=basic("alice"))
        self.assertEqual(json.loads(refused.text)["error"]["reason"], "rate_limited")
        self.assertEqual(refused.getheader("Retry-After"), "1")

    def test_reads_and_writes_are_counted_apart(self):
        self.serve(anonymous=True, writes_per_second=1, burst="2s")
        refused, answered = self.exhaust("POST", "/v2/a/blobs/uploads/")
        self.assertGreaterEqual(answered, 2)
        self.assertEqual(json.loads(refused.text)["errors"][0]["code"], "TOOMANYREQUESTS")
        for _ in range(10):
            read = self.ask("GET", "/v2/")
            self.assertEqual(read.status, 200)
            self.assertIsNone(read.getheader("RateLimit-Limit"))

    def test_tokens_and_refused_credentials_are_counted_by_address(self):
        self.serve(logins_per_second=1, burst="3s")
        self.make_users("alice", "bob")
        for name in ("alice", "bob", "alice"):
            self.assertEqual(self.ask("GET", "/token", headers=basic(name)).status, 200)
        self.exhaust("GET", "/token", headers=basic("bob"))
        broken = {"Authorization": "Bearer e30.e30.e30"}
        refused, _ = self.exhaust("GET", "/v2/", headers=broken)
        self.assertEqual(refused.getheader("Retry-After"), "1")
        self.assertEqual(self.ask("GET", "/v2/", headers=basic("alice")).status, 200)

    def test_aws_clients_are_told_in_their_form(self):
        self.serve(logins_per_second=1, burst="1s")

        def refusal(body, **headers):
            for _ in range(10):
                answer = self.ask("POST", "/", body, headers)
                if "hrottling" in answer.text:
                    return answer
            self.fail("never refused")

        ecr = refusal("{}", **{"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
                               "Content-Type": "application/x-amz-json-1.1"})
        self.assertEqual(ecr.status, 400)
        self.assertEqual(ecr.getheader("Content-Type"), "application/x-amz-json-1.1")
        self.assertEqual(json.loads(ecr.text)["__type"], "ThrottlingException")
        self.assertEqual(ecr.getheader("Retry-After"), "1")
        sts = refusal("Action=GetCallerIdentity&Version=2011-06-15",
                      **{"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(sts.status, 400)
        self.assertIn("<Code>Throttling</Code>", sts.text)

    def test_the_control_socket_has_none(self):
        self.serve(reads_per_second=1, burst="1s")
        for _ in range(20):
            answer = self.local("GET", f"{ACCOUNT}/users")
            self.assertEqual(answer.status, 200)
            self.assertIsNone(answer.getheader("RateLimit-Limit"))

    def test_there_are_none_unless_configured(self):
        self.serve(anonymous=True)
        for _ in range(100):
            answer = self.ask("GET", "/v2/")
            self.assertEqual(answer.status, 200)
            self.assertIsNone(answer.getheader("RateLimit-Limit"))


class HeadersTest(Case):
    def assert_shown_safely(self, answer, path):
        self.assertEqual(answer.getheader("X-Content-Type-Options"), "nosniff", path)
        self.assertEqual(answer.getheader("Content-Security-Policy"),
                         "default-src 'none'; frame-ancestors 'none'", path)
        self.assertEqual(answer.getheader("Referrer-Policy"), "no-referrer", path)

    def test_of_whatever_a_browser_would_show(self):
        self.serve()
        self.make_users("alice")
        for path in ("/api/admin/v1/me", "/api/admin/v1/openapi.json", "/api/admin/v1/absent",
                     "/v2/a/tags/list", "/token", "/healthz", "/metrics", "/absent", "/v2/_absent",
                     "/.well-known/jwks.json"):
            self.assert_shown_safely(self.ask("GET", path, headers=basic("alice")), path)
        self.assert_shown_safely(self.ask("GET", "/a%2fb"), "a malformed request")

    def test_answers_with_secrets_are_kept_nowhere(self):
        self.serve()
        self.make_users("alice")
        robot = self.local("POST", f"{ACCOUNT}/robots", {"name": "ci"})
        self.assertEqual(robot.status, 201)
        key = self.local("POST", f"{ACCOUNT}/access-keys", {"owner": "user:alice"})
        self.assertEqual(key.status, 201)
        token = self.ask("GET", "/token", headers=basic("alice"))
        self.assertEqual(token.status, 200)
        for answer in (robot, key, token):
            self.assertEqual(answer.getheader("Cache-Control"), "no-store")

    def test_no_answer_leads_elsewhere(self):
        self.serve(anonymous=True)
        for path in ("//evil.example.com/v2/", "/v2", "/v2/?redirect=https://evil.example.com/",
                     "/token?redirect_uri=https://evil.example.com/", "/v2/_catalog/"):
            answer = self.ask("GET", path, headers={"X-Forwarded-Host": "evil.example.com"})
            self.assertNotIn(answer.status, range(300, 400), path)
            self.assertIsNone(answer.getheader("Location"), path)

    def test_no_answer_sets_a_cookie(self):
        self.serve()
        self.make_users("alice")
        for path in ("/v2/", "/token", "/api/admin/v1/me"):
            answer = self.ask("GET", path, headers=basic("alice"))
            self.assertEqual(answer.status, 200, path)
            self.assertIsNone(answer.getheader("Set-Cookie"), path)
            again = self.ask("GET", path, headers={"Cookie": "session=anything"})
            self.assertEqual(again.status, 200 if path == "/token" else 401, path)

    def test_blobs_are_nothing_but_bytes(self):
        self.serve(anonymous=True)
        html = "<script>alert(1)</script>"
        digest = "sha256:" + hashlib.sha256(html.encode()).hexdigest()
        pushed = self.ask("POST", f"/v2/a/blobs/uploads/?digest={digest}", html)
        self.assertEqual(pushed.status, 201)
        blob = self.ask("GET", f"/v2/a/blobs/{digest}")
        self.assertEqual(blob.text, html)
        self.assertEqual(blob.getheader("Content-Type"), "application/octet-stream")
        self.assertEqual(blob.getheader("X-Content-Type-Options"), "nosniff")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    options, rest = parser.parse_known_args()
    if options.gantry:
        os.environ["GANTRY_BINARY"] = options.gantry
    unittest.main(argv=[sys.argv[0], *rest])
