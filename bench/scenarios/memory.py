"""Memory: idle, with idle connections, with slow clients."""

import json
import time

from context import fetch
from rows import Row, at_most

IDLE_CONNECTIONS = 2000
SLOW_CLIENTS = 1000
SLOW_KINDS = {"headers": "send a header byte by byte", "body": "send a blob byte by byte",
              "reader": "read a blob byte by byte"}
SLOW_TOTAL_MIB_MAX = 96  # 30 idle and 64 KiB for each client

TITLES = ["Memory, idle", "Memory per idle connection",
          *(f"Memory with {SLOW_CLIENTS:,} clients that {text}" for text in SLOW_KINDS.values())]


def run(context):
    yield idle(context)
    yield per_connection(context)
    for kind, title in zip(SLOW_KINDS, TITLES[2:]):
        yield slow(context, kind, title)


def idle(context):
    values = {}
    with context.servers("nginx", "distribution") as servers:
        time.sleep(2)
        for server in servers:
            values[server.name] = [server.rss_mib()]
    return Row(TITLES[0], "MiB", values, [at_most(30)], "empty data folder, 2 s after the start")


def per_connection(context):
    values = {}
    with context.servers("nginx", "distribution") as servers:
        for server in servers:
            before = server.rss_mib()
            holder = context.loadgen.hold(server, "idle", connections=IDLE_CONNECTIONS, seconds=4,
                                          path=server.ready_path)
            time.sleep(1)
            values[server.name] = [(server.rss_mib() - before) * 1024 / IDLE_CONNECTIONS]
            finish(holder)
    return Row(TITLES[1], "KiB", values, [at_most(16)],
               f"{IDLE_CONNECTIONS:,} connections that made one request each")


def slow(context, kind, title):
    """Peak memory, and whether an ordinary client is still served meanwhile."""
    values, notes = {}, ["peak; another client is served meanwhile"]
    with context.servers("distribution") as servers:
        for server in servers:
            blob = context.loadgen.run(server, "push-large", repo="bench/slow", size=16 << 20)
            path = f"/v2/bench/slow/blobs/{blob['digest']}" if kind == "reader" else "/v2/"
            server.reset_peak()
            holder = context.loadgen.hold(server, "slow-clients", kind=kind, path=path,
                                          connections=SLOW_CLIENTS, repo="bench/slow", seconds=8)
            time.sleep(3)
            fetch(server, "/v2/")
            time.sleep(3)
            values[server.name] = [server.rss_mib("VmHWM")]
            held = finish(holder)
            fetch(server, "/v2/")
            notes.append(f"{server.name} kept {held['still_open']:,} of them and refused "
                         f"{held['refused']:,}")
    return Row(title, "MiB", values,
               [at_most(SLOW_TOTAL_MIB_MAX)], "; ".join(notes))


def finish(holder):
    """Waits for the end of the load generator and returns its figure."""
    output, _ = holder.communicate(timeout=60)
    return json.loads(output.splitlines()[-1])
