"""Pushes: one large blob in one request and in chunks; small blobs, durable."""

from context import registries
from rows import GANTRY, Row, at_least, at_most
from syscalls import traced

DISTRIBUTION = "distribution 2.8.2"
CHUNK_BYTES = 5 << 20
SMALL_BYTES = 4096
TRACED_BYTES = 64 << 20
TRACED_BLOBS = 50
SMALL_TARGETS = {1: 5, 32: 20}

TITLES = ["Push, 1 GiB monolithic", "Push, 1 GiB in 5 MiB chunks", "Bytes read again per byte pushed",
          "Push of 4 KiB blobs, 1 connection", "Push of 4 KiB blobs, 32 connections",
          "Syncs per 4 KiB blob, 1 connection"]


def run(context):
    with context.servers("distribution") as servers:
        yield from large(context, servers)
        yield read_again(context, servers)
        for (connections, target), title in zip(SMALL_TARGETS.items(), TITLES[3:5]):
            yield from small(context, servers, connections, target, title)
        yield syncs(context, servers)


def large(context, servers):
    for title, chunk in zip(TITLES, (0, CHUNK_BYTES)):
        for server in servers:
            server.reset_peak()
        results = context.run_rounds(servers, "push-large", repo="bench/large",
                                     size=context.large_bytes, chunk=chunk)
        yield context.row(title, "GB/s", results, "gb_per_second", [at_least(2, DISTRIBUTION)])
        yield context.row(f"{title}: server CPU", "s", results, "server_cpu_s", [])
        yield context.row(f"{title}: peak memory", "MiB", results, "rss_peak_mib", [])


def read_again(context, servers):
    """Pushes a blob under strace in both ways and counts reads of the server's own files."""
    values = {}
    for server in registries(servers):
        with traced(server, context.folder / "strace") as trace:
            for chunk in (0, CHUNK_BYTES):
                context.loadgen.run(server, "push-large", repo="bench/traced", size=TRACED_BYTES,
                                    chunk=chunk)
        values[server.name] = [trace.bytes_read_under(server.folder) / (2 * TRACED_BYTES)]
    return Row(TITLES[2], "", values, [at_most(0.001)],
               "counted by strace, monolithic and chunked")


def small(context, servers, connections, target, title):
    """POST + PUT on both; POST with the digest on Gantry alone, since distribution has no such
    push (it answers 202)."""
    own = [server for server in servers if server.name == GANTRY]
    for form, runs_on, checks in (("two", servers, [at_least(target, DISTRIBUTION)]),
                                  ("single", own, [])):
        what = title if form == "two" else f"{title}, in a single POST"
        results = context.run_rounds(runs_on, "push-blobs", repo="bench/small",
                                     connections=connections, size=SMALL_BYTES, form=form,
                                     count=200000, seconds=context.seconds)
        yield context.row(what, "blobs/s", results, "per_second", checks)
        yield context.row(f"{what}: p99", "ms", results, "p99_ms", [])


def syncs(context, servers):
    """Shows that the rates above are durable: every blob waited for at least one sync."""
    values = {}
    for server in registries(servers):
        with traced(server, context.folder / "strace") as trace:
            context.loadgen.run(server, "push-blobs", repo="bench/traced", size=SMALL_BYTES,
                                count=TRACED_BLOBS, connections=1)
        values[server.name] = [trace.syncs() / TRACED_BLOBS]
    return Row(TITLES[-1], "", values, [at_least(1)], "counted by strace")
