"""Manifest GET with access control and the audit log, against a file of nginx and against Gantry
without access control."""

import base64
import http.client
import json
import socket
import urllib.request

from context import fetch, the_nginx
from rows import GANTRY, at_least
from scenarios.manifest import MANIFEST_BYTES, PATH, REPOSITORY, cpu_per_request
from servers import BenchError

TITLES = ["Manifest GET with token, policies and audit, 32 connections"]
OPEN = "gantry, no access control"
USER, PASSWORD = "bench", "only for the bench"


def run(context):
    with context.scratch() as folder, context.servers("nginx") as servers:
        guarded = context.make(GANTRY, folder, anonymous=False)
        try:
            guarded.start()
            let_in(guarded)
            yield from measure(context, guarded, servers)
        finally:
            guarded.stop()


def measure(context, guarded, servers):
    nginx = the_nginx(servers)
    without = next(server for server in servers if server is not nginx)
    without.name = OPEN
    for server in (guarded, without):
        context.loadgen.run(server, "put-manifests", repo=REPOSITORY, count=100,
                            size=MANIFEST_BYTES, seed=1)
    body = fetch(without, PATH)
    nginx.add_file(PATH, body)
    guarded.authorization = "Bearer " + token(guarded)
    results = context.run_rounds([guarded, without, nginx], "get", path=PATH, connections=32,
                                 seconds=context.seconds)
    yield context.row(TITLES[0], "req/s", results, "per_second",
                      [at_least(1, "nginx"), at_least(0.95, OPEN)],
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
