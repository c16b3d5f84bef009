#!/usr/bin/env python3
"""People log in by OpenID Connect: a server of ours, a provider of its own, and a browser between.

    tests/access/oidc.py [--gantry BINARY]
"""

import argparse
import base64
import html
import http.client
import http.cookies
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry, OidcProvider, free_port

ACCOUNT = "000000000000"
SECRET = "the client's secret & more"
PEOPLE = {
    "a-1": {"preferred_username": "alice", "email": "alice@example.com", "email_verified": True,
            "groups": ["devs", "no such group"]},
    "b-2": {"preferred_username": "bob", "email": "bob@example.com", "groups": []},
    "c-3": {"preferred_username": "admin"},
    "d-4": {"preferred_username": "not a name"},
    "e-5": {"preferred_username": "eve", "email": "alice@example.com", "email_verified": False},
    "f-6": {"preferred_username": "carl", "email": "carl@example.com", "email_verified": True},
}


class Browser:
    """Keeps cookies, follows redirects, fills in forms."""

    def __init__(self):
        self.cookies = {}  # by host and port, path and name

    def ask(self, url, form=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        headers = {}
        sent = [f"{name}={value}" for (place, path, name), value in self.cookies.items()
                if place == parts.netloc and parts.path.startswith(path)]
        if sent:
            headers["Cookie"] = "; ".join(sent)
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if form is None else "POST",
                           parts.path + ("?" + parts.query if parts.query else ""), body, headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        answer.url = url
        connection.close()
        for value in answer.headers.get_all("Set-Cookie") or ():
            for name, cookie in http.cookies.SimpleCookie(value).items():
                key = (parts.netloc, cookie["path"] or "/", name)
                if cookie["max-age"] == "0" or not cookie.value:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = cookie.value
        return answer

    def follow(self, answer, until=None):
        """Through redirects, to a page or to an address that begins with `until`."""
        while answer.status in (302, 303):
            url = urllib.parse.urljoin(answer.url, answer.headers["Location"])
            if until and url.startswith(until):
                return url
            answer = self.ask(url)
        return answer

    def log_in(self, answer, person, until):
        """At the provider, as `person`; the address that it sends back to."""
        for _ in range(4):
            answer = self.follow(answer, until)
            if isinstance(answer, str):
                return answer
            action = html.unescape(re.search(r'action="([^"]+)"', answer.text).group(1))
            prompt = re.search(r'name="prompt" value="([^"]+)"', answer.text).group(1)
            answer = self.ask(urllib.parse.urljoin(answer.url, action),
                              {"prompt": prompt, "login": person, "password": "any"})
        raise AssertionError("the provider does not come to an end: " + answer.text)


class Oidc(unittest.TestCase):
    binary = None

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        back = f"http://127.0.0.1:{cls.port}/login/oidc/"
        client = {"client_secret": SECRET, "grant_types": ["authorization_code"],
                  "response_types": ["code"]}
        cls.provider = OidcProvider([
            {**client, "client_id": "gantry", "redirect_uris": [back + "corp/callback"]},
            {**client, "client_id": "mail", "redirect_uris": [back + "mail/callback",
                                                               back + "corp/callback"],
             "token_endpoint_auth_method": "client_secret_post"}], PEOPLE)
        cls.provider.start()
        cls.addClassCleanup(cls.provider.stop)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-oidc-"))
        (folder / "secret").write_text(SECRET + "\n")
        rows = [{"name": "corp", "issuer": cls.provider.url, "client_id": "gantry",
                 "client_secret_file": str(folder / "secret"), "groups_claim": "groups"},
                {"name": "mail", "issuer": cls.provider.url, "client_id": "mail",
                 "client_secret": SECRET, "username_claim": "email"}]
        cls.gantry = Gantry(cls.binary, anonymous=False, arguments=["--listen", f"127.0.0.1:{cls.port}"],
                            settings={"GANTRY_OIDC": json.dumps(rows),
                                      "GANTRY_FEDERATION_ALLOW_HTTP": "true",
                                      "GANTRY_FEDERATION_NETWORKS": "127.0.0.0/8"})
        cls.gantry.command = lambda: [os.path.abspath(cls.gantry.binary), "serve", "--listen",
                                      f"127.0.0.1:{cls.port}", "--data", cls.gantry.folder / "data"]
        cls.gantry.start()
        cls.addClassCleanup(cls.gantry.stop)
        cls.addClassCleanup(subprocess.run, ["rm", "-r", str(folder)], check=True)
        for group in ("devs", "ops"):
            cls.ask("PUT", f"/groups/{group}", {})

    @classmethod
    def ask(cls, method, path, body=None):
        return control.ask(cls.gantry.folder / "data", method, f"/accounts/{ACCOUNT}{path}", body)

    def setUp(self):
        self.browser = Browser()
        self.provider.set_people(PEOPLE)

    def callback(self, person, provider="corp", change=lambda url: url, query=""):
        """A login up to the address that the provider sends the browser back to."""
        begin = self.browser.ask(f"{self.gantry.url}/login/oidc/{provider}{query}")
        self.assertEqual(begin.status, 303, begin.text)
        begin.headers.replace_header("Location", change(begin.headers["Location"]))
        return self.browser.log_in(begin, person, self.gantry.url)

    def login(self, person, provider="corp"):
        return self.browser.ask(self.callback(person, provider))

    def password_of(self, page):
        self.assertEqual(page.status, 200, page.text)
        return re.search(r"<pre>(ey[^<]+)</pre>", page.text).group(1)

    def status(self, password, user="oauth2accesstoken"):
        connection = http.client.HTTPConnection(*self.gantry.address.rsplit(":", 1), timeout=60)
        header = base64.b64encode(f"{user}:{password}".encode()).decode()
        connection.request("GET", "/v2/", headers={"Authorization": "Basic " + header})
        status = connection.getresponse().status
        connection.close()
        return status

    def test_a_login_gives_a_password_and_replaces_groups(self):
        page = self.login("a-1")
        self.assertIn("You are logged in as alice", page.text)
        self.assertIn(f"docker login --username oauth2accesstoken {self.gantry.address}", page.text)
        self.assertNotIn("<script", page.text)
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        password = self.password_of(page)
        self.assertEqual(self.status(password), 200)
        alice = self.ask("GET", "/users/alice")
        self.assertEqual((alice["groups"], alice["email"], alice["hasPassword"]),
                         (["devs"], "alice@example.com", False))
        self.ask("PUT", "/users/alice/groups", {"groups": ["devs", "ops"]})
        people = {**PEOPLE, "a-1": {**PEOPLE["a-1"], "groups": ["ops"]}}
        self.provider.set_people(people)
        self.browser = Browser()
        self.password_of(self.login("a-1"))
        self.assertEqual(self.ask("GET", "/users/alice")["groups"], ["ops"])
        # Who is called like somebody else becomes nobody else.
        people["g-7"] = {"preferred_username": "alice"}
        self.provider.set_people(people)
        self.browser = Browser()
        taken = self.login("g-7")
        self.assertEqual(taken.status, 409)
        self.assertIn("there is a user alice already", taken.text)
        # Out everywhere, with what the browser was given.
        self.ask("POST", "/sessions/logout-everywhere", {"principal": "user:alice"})
        self.assertEqual(self.status(password), 401)
        records = self.ask("GET", "/audit?principal=user:alice&action=token")["records"]
        self.assertEqual({record["credential"] for record in records}, {"oidc/corp"})

    def test_names_that_are_not_to_be_had(self):
        self.assertEqual(self.login("c-3").status, 409)
        self.browser = Browser()
        refused = self.login("d-4")
        self.assertEqual(refused.status, 403)
        self.assertIn("no user name", refused.text)

    def test_an_address_names_somebody_when_it_is_verified(self):
        refused = self.login("e-5", "mail")
        self.assertEqual(refused.status, 403)
        self.assertIn("does not say the claim", refused.text)
        self.browser = Browser()
        self.assertIn("You are logged in as carl@example.com", self.login("f-6", "mail").text)

    def test_a_login_ends_once_and_where_it_began(self):
        back = self.callback("b-2")
        stranger = Browser()
        self.assertEqual(stranger.ask(back).status, 403)
        first = {key: value for key, value in self.browser.cookies.items() if "gantry" in key[2]}
        self.assertEqual(len(first), 1)
        self.assertEqual(self.browser.ask(back.replace("state=", "state=0")).status, 403)
        self.password_of(self.browser.ask(back))
        self.assertFalse([key for key in self.browser.cookies if "gantry" in key[2]])
        # Again, with the cookie that it had.
        self.browser.cookies.update(first)
        again = self.browser.ask(back)
        self.assertEqual(again.status, 403)
        self.assertIn("begin again", again.text)
        # The code, in another login of the same browser.
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        other = urllib.parse.urlsplit(self.callback("b-2"))
        query = urllib.parse.parse_qs(other.query)
        replayed = urllib.parse.urlencode({**{k: v[0] for k, v in query.items()}, "code": code})
        self.assertEqual(self.browser.ask(other._replace(query=replayed).geturl()).status, 503)

    def test_a_token_of_another_login_or_client(self):
        def with_other(name, value):
            def change(url):
                parts = urllib.parse.urlsplit(url)
                query = dict(urllib.parse.parse_qsl(parts.query))
                self.assertIn(name, query)
                query[name] = value
                return parts._replace(query=urllib.parse.urlencode(query)).geturl()
            return change

        nonce = self.browser.ask(self.callback("b-2", change=with_other("nonce", "0" * 32)))
        self.assertEqual(nonce.status, 403)
        self.assertIn("nonce", nonce.text)
        self.browser = Browser()
        client = self.browser.ask(self.callback("b-2", change=with_other("client_id", "mail")))
        self.assertEqual(client.status, 503)
        self.browser = Browser()
        challenge = self.callback("b-2", change=with_other("code_challenge", "A" * 43))
        self.assertEqual(self.browser.ask(challenge).status, 503)

    def test_whoever_is_disabled_or_refused_stays_out(self):
        self.password_of(self.login("b-2"))
        password = self.password_of(self.login("b-2"))
        self.ask("PATCH", "/users/bob", {"disabled": True})
        self.addCleanup(self.ask, "PATCH", "/users/bob", {"disabled": False})
        self.assertEqual(self.status(password), 401)
        refused = self.login("b-2")
        self.assertEqual(refused.status, 403)
        self.assertIn("may not log in", refused.text)
        back = urllib.parse.urlsplit(self.callback("b-2"))
        state = urllib.parse.parse_qs(back.query)["state"][0]
        denied = self.browser.ask(back._replace(query=urllib.parse.urlencode(
            {"state": state, "error": "access_denied", "error_description": "<b>no</b>"})).geturl())
        self.assertEqual(denied.status, 403)
        self.assertIn("&lt;b&gt;no&lt;/b&gt;", denied.text)
        denials = self.ask("GET", "/audit?action=token&outcome=denied")["records"]
        self.assertTrue(denials)

    def test_a_command_line_logs_in(self):
        home = pathlib.Path(tempfile.mkdtemp(prefix="gantry-oidc-home-"))
        self.addCleanup(subprocess.run, ["rm", "-r", str(home)], check=True)
        environment = {**os.environ, "XDG_CONFIG_HOME": str(home)}
        program = subprocess.Popen([self.gantry.binary, "login", "--oidc", "corp", self.gantry.url],
                                   env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(program.kill)
        program.stderr.readline()
        url = program.stderr.readline().strip()
        back = self.browser.log_in(self.browser.ask(url), "b-2", self.gantry.url)
        to_program = self.browser.ask(back)
        self.assertEqual(to_program.status, 303, to_program.text)
        self.assertEqual(self.browser.ask(to_program.headers["Location"]).status, 200)
        out, err = program.communicate(timeout=60)
        self.assertEqual(program.returncode, 0, err)
        self.assertIn("as user:bob", out)
        kept = json.loads((home / "gantry/credentials").read_text())["servers"][self.gantry.url]
        self.assertEqual(self.status(kept["password"], kept["user"]), 200)
        # The code was used; and without the verifier it was never good.
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(to_program.headers["Location"]).query)["code"][0]
        used = self.browser.ask(f"{self.gantry.url}/login/oidc/token",
                                {"code": code, "code_verifier": "x"})
        self.assertEqual((used.status, json.loads(used.text)["error"]), (403, "invalid_grant"))

    def test_what_is_no_provider_or_program(self):
        self.assertEqual(self.browser.ask(f"{self.gantry.url}/login/oidc/none").status, 404)
        for query in ("?port=0", "?port=80&state=a", "?port=99999&state=a&challenge=b",
                      "?port=80&state=a/b&challenge=b"):
            self.assertEqual(self.browser.ask(f"{self.gantry.url}/login/oidc/corp{query}").status, 400,
                             query)
        index = self.browser.ask(f"{self.gantry.url}/login")
        self.assertIn('href="/login/oidc/corp"', index.text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gantry")
    options, rest = parser.parse_known_args()
    Oidc.binary = options.gantry or os.environ.get("GANTRY_BINARY") or str(
        pathlib.Path(__file__).resolve().parents[2] / "build/release/gantry")
    unittest.main(argv=[sys.argv[0], *rest])
