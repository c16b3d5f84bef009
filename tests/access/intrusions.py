#!/usr/bin/env python3
"""Attempts to get at what is others': each is how another registry was once entered, and names the
vulnerability. SECURITY.md lists them.

    tests/access/intrusions.py [--gantry BINARY]
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

ADMIN = "/api/admin/v1/accounts/000000000000"
PASSWORD = "long enough for tests"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = b"what only its own may read"
DIGEST = "sha256:" + hashlib.sha256(LAYER).hexdigest()


class IsolationTest(unittest.TestCase):
    """`insider` writes in secret/app, `outsider` in other/app, `reader` reads other/app."""

    @classmethod
    def setUpClass(cls):
        cls.gantry = cls.enterClassContext(Gantry(anonymous=False))
        cls.local = control.Connection(cls.gantry.folder / "data")
        host, port = cls.gantry.address.rsplit(":", 1)
        cls.remote = http.client.HTTPConnection(host, int(port))
        cls.addClassCleanup(cls.remote.close)
        cls.addClassCleanup(cls.local.close)
        for name, role, repository in (("insider", "writer", "secret/app"),
                                       ("outsider", "repository-admin", "other/app"),
                                       ("reader", "reader", "other/app")):
            cls.must(201, "POST", f"{ADMIN}/users", {"name": name})
            cls.must(204, "PUT", f"{ADMIN}/users/{name}/password",
                     {"password": PASSWORD, "mustChange": False})
            cls.push(repository)
            cls.must(201, "POST", f"{ADMIN}/repositories/{repository}/bindings",
                     {"role": role, "principal": f"user:{name}"})
        cls.must(201, "POST", f"/v2/secret/app/blobs/uploads/?digest={DIGEST}", LAYER)

    @classmethod
    def must(cls, status, *request, **more):
        answer = cls.ask(None, *request, **more)
        assert answer.status == status, (request, answer.status, answer.text)

    @classmethod
    def ask(cls, user, method, path, body=None, headers=None):
        """As a user, or over the control socket if that is None."""
        headers = dict(headers or {})
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        if user is not None:
            login = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
            headers["Authorization"] = "Basic " + login
        connection = cls.local if user is None else cls.remote
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        response.text = response.read().decode(errors="replace")
        return response

    @classmethod
    def push(cls, repository, user=None, tag="latest", note=""):
        config = b"{}"
        digest = "sha256:" + hashlib.sha256(config).hexdigest()
        cls.ask(user, "POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", config)
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                               "annotations": {"note": note},
                               "config": {"mediaType": "application/vnd.oci.empty.v1+json",
                                          "digest": digest, "size": len(config)}})
        return cls.ask(user, "PUT", f"/v2/{repository}/manifests/{tag}", manifest,
                       {"Content-Type": MANIFEST})

    def assert_not_readable(self):
        for method in ("HEAD", "GET"):
            answer = self.ask("outsider", method, f"/v2/other/app/blobs/{DIGEST}")
            self.assertEqual(answer.status, 404)

    def test_a_digest_is_no_key(self):
        """CVE-2024-39897: a HEAD or a mount copied any blob whose digest was known."""
        self.assert_not_readable()
        for source in ("", "&from=secret/app", "&from=secret%2Fapp", "&from=other/app"):
            path = f"/v2/other/app/blobs/uploads/?mount={DIGEST}{source}"
            answer = self.ask("outsider", "POST", path)
            self.assertEqual(answer.status, 202, source)  # an upload begins: nothing to mount
            self.assertIsNone(answer.getheader("Docker-Content-Digest"))
            self.assert_not_readable()
        # Who may read both may mount.
        self.assertEqual(self.ask(None, "POST", f"/v2/mine/app/blobs/uploads/?mount={DIGEST}"
                                  "&from=secret/app").status, 201)

    def test_a_manifest_brings_no_blob_of_others(self):
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                               "config": {"mediaType": "application/vnd.oci.empty.v1+json",
                                          "digest": DIGEST, "size": len(LAYER)}})
        answer = self.ask("outsider", "PUT", "/v2/other/app/manifests/stolen", manifest,
                          {"Content-Type": MANIFEST})
        self.assertEqual(answer.status, 400)
        self.assert_not_readable()

    def test_an_upload_is_its_repositorys(self):
        """CVE-2026-32589: uploads of other repositories could be read, changed and cancelled."""
        begun = self.ask("insider", "POST", "/v2/secret/app/blobs/uploads/")
        self.assertEqual(begun.status, 202)
        name = begun.getheader("Location").rsplit("/", 1)[1]
        for method, query in (("GET", ""), ("PATCH", ""), ("PUT", f"?digest={DIGEST}"),
                              ("DELETE", "")):
            body = None if method in ("GET", "DELETE") else LAYER
            own = self.ask("outsider", method, f"/v2/other/app/blobs/uploads/{name}{query}", body)
            self.assertEqual(own.status, 404, method)
            others = self.ask("outsider", method, f"/v2/secret/app/blobs/uploads/{name}{query}",
                              body)
            self.assertEqual(others.status, 403, method)
        self.assertEqual(self.ask("insider", "GET", f"/v2/secret/app/blobs/uploads/{name}").status,
                         204)
        self.assertEqual(self.ask("insider", "DELETE",
                                  f"/v2/secret/app/blobs/uploads/{name}").status, 204)

    def test_no_tag_is_special(self):
        """CVE-2026-31801: `latest` could be overwritten with less than other tags needed."""
        before = self.ask("reader", "GET", "/v2/other/app/manifests/latest")
        self.assertEqual(before.status, 200)
        for tag in ("latest", "new"):
            self.assertEqual(self.push("other/app", "reader", tag, "mine").status, 403, tag)
        after = self.ask("reader", "GET", "/v2/other/app/manifests/latest")
        self.assertEqual(after.text, before.text)

    def test_deleting_is_a_right_of_its_own(self):
        """CVE-2026-41888: tags could be deleted where deleting was switched off."""
        for what in ("manifests/latest", f"blobs/{DIGEST}", "manifests/" + DIGEST):
            answer = self.ask("insider", "DELETE", f"/v2/secret/app/{what}")
            self.assertEqual(answer.status, 403, what)
        self.assertEqual(self.ask("insider", "HEAD", "/v2/secret/app/manifests/latest").status, 200)

    def test_lists_name_only_what_is_ones_own(self):
        """CVE-2022-46463: projects and repositories could be listed by anybody."""
        answer = self.ask("outsider", "GET", "/v2/_catalog")
        self.assertEqual(json.loads(answer.text)["repositories"], ["other/app"])
        # One more than there are: paging must not tell how many are hidden.
        answer = self.ask("outsider", "GET", "/v2/_catalog?n=1")
        self.assertEqual(json.loads(answer.text)["repositories"], ["other/app"])

    def test_nobody_makes_himself_an_administrator(self):
        """CVE-2019-16097: whoever registered could set has_admin_role."""
        for path in (f"{ADMIN}/users", "/api/admin/v1/users"):
            answer = self.ask("outsider", "POST", path,
                              {"name": "mallory", "role": "system-admin", "hasAdminRole": True})
            self.assertEqual(answer.status, 403)
        self.assertEqual(self.ask(None, "GET", f"{ADMIN}/users/mallory").status, 404)
        answer = self.ask("outsider", "POST", f"{ADMIN}/bindings",
                          {"role": "system-admin", "principal": "user:outsider"})
        self.assertEqual(answer.status, 403)

    def test_there_is_no_default_password(self):
        """CVE-2026-4404: admin with a password that everybody knew."""
        for password in ("", "admin", "password", "Harbor12345", "gantry"):
            login = base64.b64encode(f"admin:{password}".encode()).decode()
            self.remote.request("GET", "/v2/", headers={"Authorization": "Basic " + login})
            response = self.remote.getresponse()
            response.read()
            self.assertEqual(response.status, 401, password)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    options, rest = parser.parse_known_args()
    if options.gantry:
        os.environ["GANTRY_BINARY"] = options.gantry
    unittest.main(argv=[sys.argv[0], *rest])
