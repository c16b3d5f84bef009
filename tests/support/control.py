"""The administration API over the control socket of a server."""

import http.client
import json
import socket


class Connection(http.client.HTTPConnection):
    """HTTP over the control socket in a data folder."""

    def __init__(self, data):
        super().__init__("gantry")
        self._path = str(data / "control.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


def ask(data, method, path, body=None):
    """The answer's JSON (None without a body). `path` begins behind /api/admin/v1."""
    connection = Connection(data)
    connection.request(method, "/api/admin/v1" + path, json.dumps(body) if body is not None else None,
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text) if text else None
