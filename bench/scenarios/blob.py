"""Blob GET of one large blob: throughput, CPU, memory."""

import os

from context import fetch_to_file, registries, the_nginx
from rows import Row, at_least, at_most

TITLES = ["Blob GET, 1 GiB: throughput", "Blob GET, 1 GiB: server CPU per GiB",
          "Blob GET, 1 GiB: memory added while sending"]
REPOSITORY = "bench/large"
BLOBS_PER_ROUND = 4
GIB = 1 << 30


def run(context):
    with context.servers("nginx", "distribution") as servers:
        digest = None
        for registry in registries(servers):
            digest = context.loadgen.run(registry, "push-large", repo=REPOSITORY,
                                         size=context.large_bytes, seed=2)["digest"]
        path = f"/v2/{REPOSITORY}/blobs/{digest}"
        copy = context.folder / "blob"
        for registry in registries(servers):
            fetch_to_file(registry, path, copy, digest)
        the_nginx(servers).add_file(path, copy)
        before = {server.name: server.rss_mib() for server in servers}
        for server in servers:
            server.reset_peak()
        results = context.run_rounds(servers, "download", path=path, count=BLOBS_PER_ROUND)
        os.unlink(copy)
    gib = BLOBS_PER_ROUND * context.large_bytes / GIB
    added = {name: [max(0.0, figure["rss_peak_mib"] - before[name]) for figure in figures]
             for name, figures in results.items()}
    return [
        context.row(TITLES[0], "GB/s", results, "gb_per_second", [at_least(0.95, "nginx")],
                    "the client discards without copying"),
        context.row(TITLES[1], "s", results, "server_cpu_s", [at_most(1.1, "nginx")], per=gib),
        Row(TITLES[2], "MiB", added, [at_most(4)], "peak of the RSS, minus before"),
    ]
