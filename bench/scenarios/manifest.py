"""Manifest GET and HEAD by tag on 32 keep-alive connections."""

from context import fetch, registries, the_nginx
from rows import at_least

TITLES = ["Manifest GET by tag, 32 connections", "Manifest HEAD by tag, 32 connections"]
REPOSITORY = "bench/manifests"
PATH = f"/v2/{REPOSITORY}/manifests/v0000000"
MANIFEST_BYTES = 1500


def run(context):
    with context.servers("nginx", "distribution") as servers:
        for registry in registries(servers):
            context.loadgen.run(registry, "put-manifests", repo=REPOSITORY, count=100,
                                size=MANIFEST_BYTES, seed=1)
        body = fetch(registries(servers)[0], PATH)
        the_nginx(servers).add_file(PATH, body)
        for mode, title in zip(("get", "head"), TITLES):
            results = context.run_rounds(servers, mode, path=PATH, connections=32,
                                         seconds=context.seconds)
            yield context.row(title, "req/s", results, "per_second",
                              [at_least(1, "nginx"), at_least(20, "distribution 2.8.2")],
                              f"{len(body):,} bytes")
            yield context.row(f"{title}: p99", "ms", results, "p99_ms", [])
            yield cpu_per_request(context, title, results)


def cpu_per_request(context, title, results):
    for figures in results.values():
        for figure in figures:
            figure["server_us"] = figure["server_cpu_s"] * 1e6 / figure["count"]
    return context.row(f"{title}: server CPU per request", "µs", results, "server_us", [])
