"""Manifest GET with access control and the audit log, against a file of nginx and against Gantry
without access control."""

import base64
import contextlib
import http.client
import json
import socket
import urllib.request

from context import fetch
from rows import GANTRY, at_least
from scenarios.manifest import MANIFEST_BYTES, PATH, REPOSITORY, cpu_per_request
from servers import BenchError

TITLES = ["Manifest GET with token, policies and audit, 32 connections"]
OPEN = "gantry, neither"
UNRECORDED = "gantry, no audit of pulls"
USER, PASSWORD = "bench", "only for the bench"


def run(context):
    with contextlib.ExitStack() as stack:
        running = []
        for name in (GANTRY, UNRECORDED, OPEN):
            server = context.make(GANTRY, stack.enter_context(context.scratch()),
                                  anonymous=name == OPEN)
            server.name = name
            if name != GANTRY:
                server.environment["GANTRY_AUDIT_PULLS"] = "false"
            stack.callback(server.stop)
            running.append(server.start())
        nginx = stack.enter_context(context.peers("nginx"))[0]
        yield from measure(context, running, nginx)


def measure(context, gantries, nginx):
    for server in gantries:
        if server.name != OPEN:
            let_in(server)
        context.loadgen.run(server, "put-manifests", repo=REPOSITORY, count=100,
                            size=MANIFEST_BYTES, seed=1)
    nginx.add_file(PATH, fetch(gantries[-1], PATH))
    # All get a header of the same length: reading it is not what is compared.
    bearer = ""
    for server in gantries[:-1]:
        bearer = server.authorization = "Bearer " + token(server)
    for server in (gantries[-1], nginx):
        server.authorization = bearer
    results = context.run_rounds([*gantries, nginx], "get", path=PATH, connections=32,
                                 seconds=context.seconds)
    yield context.row(TITLES[0], "req/s", results, "per_second",
                      [at_least(1, "nginx"), at_least(0.95, UNRECORDED)],
                      "every pull is in the audit log; a token of 5 minutes")
    yield context.row(f"{TITLES[0]}: p99", "ms", results, "p99_ms", [])
    yield cpu_per_request(context, TITLES[0], results)


def let_in(server):
    """A user who may push and pull, by the control socket."""
    ask_locally(server, "POST", "/users", {"name": USER})
    ask_locally(server, "PUT", f"/users/{USER}/password",
                {"password": PASSWORD, "mustChange": False})
    ask_locally(server, "POST", "/bindings", {"role": "writer", "principal": f"user:{USER}"})
    server.authorization = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def ask_locally(server, method, path, body):
    connection = http.client.HTTPConnection("gantry")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(server.data / "control.sock"))
    connection.request(method, "/api/admin/v1" + path, json.dumps(body),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise BenchError(f"{method} {path}: {answer.status} {text[:200]!r}")


def token(server):
    request = urllib.request.Request(
        server.url(f"/token?scope=repository:{REPOSITORY}:pull"),
        headers={"Authorization": server.authorization})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["token"]
