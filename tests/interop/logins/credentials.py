"""Everybody who tries to get into a server, and with what."""

import base64
import json
import pathlib
import secrets
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import control

IMAGES = pathlib.Path(__file__).resolve().parents[1] / "images.py"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def ask_json(url, form=None, authorization=None):
    headers = {"Authorization": authorization} if authorization else {}
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return json.load(answer)


def make_user(server, name):
    """A user; the password."""
    password = secrets.token_urlsafe(12)
    control.ask(server.folder / "data", "POST", "/users", {"name": name})
    control.ask(server.folder / "data", "PUT", f"/users/{name}/password",
                {"password": password, "mustChange": False})
    return password


def long_token(server, name, password):
    """A registry password of twelve hours."""
    form = {"grant_type": "password", "service": "test", "client_id": "test",
            "access_type": "offline", "username": name, "password": password}
    return ask_json(f"{server.url}/token", form)["refresh_token"]


class Credentials:
    """`by_cell`: {cell: (user name, secret)} for the client `client` of `server`."""

    def __init__(self, server, foreign, client):
        self.server, self.client = server, client
        self.by_cell = {}
        self.passwords = {}
        self._admin("POST", "/projects", {"name": "logins"})
        self._admin("POST", "/projects", {"name": "public", "anonymousPull": True})
        for name in ("alice", "bob", "carol", "dave"):
            self.passwords[name] = make_user(server, name)
            self._bind(f"user:{name}")
        self._let_in()
        self._refuse(foreign)
        self.public_digest = self._publish()

    def environment(self, client):
        named = {"PUBLIC_DIGEST": self.public_digest}
        for cell, (user, secret) in self.by_cell.items():
            named[f"LOGIN_{cell}_USER"], named[f"LOGIN_{cell}_SECRET"] = user, secret
        return named

    def narrow_token(self, *repositories):
        """A short token of alice that is good for these repositories only."""
        scopes = urllib.parse.urlencode([("scope", f"repository:{name}:pull,push")
                                         for name in repositories])
        return ask_json(f"{self.server.url}/token?service=test&{scopes}",
                        authorization=basic("alice", self.passwords["alice"]))["token"]

    def _admin(self, method, path, body=None):
        return control.ask(self.server.folder / "data", method, path, body)

    def _bind(self, principal):
        self._admin("POST", "/projects/logins/bindings", {"role": "writer", "principal": principal})

    def _make_robot(self, name):
        robot = self._admin("POST", "/robots", {"name": name})
        self._bind(f"robot:{name}")
        return robot["secret"]

    def _let_in(self):
        secret = self._make_robot("ci")
        own = f"logins/{self.client}/oauth2"
        self.by_cell.update({
            "password": ("alice", self.passwords["alice"]),
            "robot_dollar": ("robot$ci", secret),
            "robot_plus": ("robot+ci", secret),
            "aws": ("AWS", long_token(self.server, "alice", self.passwords["alice"])),
            "oauth2": ("oauth2accesstoken", self.narrow_token(own)),
        })

    def _refuse(self, foreign):
        expired = self._make_robot("expired")
        self._admin("PATCH", "/robots/expired", {"expires": "2026-01-01T00:00:00Z"})
        self._admin("PATCH", "/users/carol", {"disabled": True})
        ended = long_token(self.server, "dave", self.passwords["dave"])
        self._admin("POST", "/sessions/logout-everywhere", {"principal": "user:dave"})
        name = f"alice-{self.client}"
        self.by_cell.update({
            "wrong": ("bob", "not the password"),
            "expired": ("robot$expired", expired),
            "disabled": ("carol", self.passwords["carol"]),
            "ended": ("AWS", ended),
            "foreign": ("AWS", long_token(foreign, name, make_user(foreign, name))),
            "narrow": ("oauth2accesstoken", self.narrow_token("logins/other")),
        })

    def _publish(self):
        """An image in the project `public`; its digest."""
        with tempfile.TemporaryDirectory(prefix="gantry-logins-") as folder:
            layout = pathlib.Path(folder) / "image"
            digest = subprocess.run([sys.executable, "-B", IMAGES, layout], check=True, text=True,
                                    stdout=subprocess.PIPE).stdout.strip()
            for blob in (layout / "blobs/sha256").iterdir():
                if blob.name != digest.removeprefix("sha256:"):
                    self._send("POST", f"blobs/uploads/?digest=sha256:{blob.name}", blob)
            self._send("PUT", "manifests/v1",
                       layout / "blobs/sha256" / digest.removeprefix("sha256:"))
        return digest

    def _send(self, method, path, file):
        connection = control.Connection(self.server.folder / "data")
        connection.request(method, f"/v2/public/app/{path}", file.read_bytes(),
                           {"Content-Type": MANIFEST})
        answer = connection.getresponse()
        if answer.status != 201:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.read()!r}")
        connection.close()
