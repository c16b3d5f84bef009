"""Pages of lists: tags of one repository with a million, the catalog of a hundred thousand."""

import json

import seed
from context import fetch
from measure import interleaved
from rows import GANTRY, Row, at_most
from servers import BenchError, Distribution

PAGE = 100
REQUESTS_PER_ROUND = 300
PEER_TAGS = 102_000
POINTS = ("start", "middle", "end")

TITLES = ["Tag page (n=100) of 1,000,000 tags", "Catalog page (n=100) of 100,000 repositories"]


def run(context):
    with context.scratch() as folder:
        servers = [distribution_with_tags(context, folder / "distribution")]
        try:
            if context.gantry_binary:
                servers.insert(0, context.make(GANTRY, folder / "gantry",
                                               context.seeded_data()).start())
            yield from tag_rows(context, servers)
            yield from catalog_rows(context, servers)
        finally:
            for server in servers:
                server.stop()


def tags_path(last):
    query = f"n={PAGE}" + (f"&last={last}" if last else "")
    return f"/v2/{seed.MILLION}/tags/list?{query}"


def tag_rows(context, servers):
    starts = {server.name: page_starts(PEER_TAGS if isinstance(server, Distribution)
                                       else seed.Amounts().tags) for server in servers}
    for server in servers:
        if server.name == GANTRY:
            expect_tags(server, starts[server.name])
    paths = {name: [tags_path(seed.tag_name(first - 1) if first else "") for first in firsts]
             for name, firsts in starts.items()}
    return page_rows(context, servers, paths, TITLES[0],
                     f"distribution has {PEER_TAGS:,} tags and always answers with all of them")


def catalog_rows(context, servers):
    """Gantry alone: distribution walks its whole tree for a page."""
    own = [server for server in servers if server.name == GANTRY]
    if not own:
        return [Row(TITLES[1], "ms", {})]
    middle, end = seed.empty_repository(50_000), seed.image_repository(99)
    paths = [f"/v2/_catalog?n={PAGE}" + (f"&last={last}" if last else "")
             for last in ("", middle, end)]
    for path in paths:
        names = json.loads(fetch(own[0], path))["repositories"]
        if len(names) != PAGE:
            raise BenchError(f"{path} answers {len(names)} repositories instead of {PAGE}")
    return page_rows(context, own, {GANTRY: paths}, TITLES[1], "")


def page_starts(tags):
    return [0, tags // 2, tags - PAGE]


def expect_tags(server, starts):
    for first in starts:
        path = tags_path(seed.tag_name(first - 1) if first else "")
        names = json.loads(fetch(server, path))["tags"]
        if names != [seed.tag_name(first + i) for i in range(PAGE)]:
            raise BenchError(f"{path} answers the wrong tags")


def page_rows(context, servers, paths, title, note):
    """A median and a p99 row for each point, and one for the flatness over the points."""
    def once(server):
        count = 5 if isinstance(server, Distribution) else REQUESTS_PER_ROUND
        return context.loadgen.run_many(server, "pages", path=paths[server.name], count=count)

    rounds = interleaved(servers, context.rounds, once)
    rows = []
    for point, name in enumerate(POINTS):
        at_point = {server: [figures[point] for figures in results]
                    for server, results in rounds.items()}
        what = f"{title}, {name}"
        rows.append(context.row(f"{what}: median", "ms", at_point, "p50_ms", [at_most(2)], note))
        rows.append(context.row(f"{what}: p99", "ms", at_point, "p99_ms", [at_most(2)]))
    flatness = {server: [max(f["p50_ms"] for f in figures) / min(f["p50_ms"] for f in figures)
                         for figures in results] for server, results in rounds.items()}
    rows.append(Row(f"{title}: slowest point to fastest", "times", flatness, [at_most(1.5)]))
    return rows


def distribution_with_tags(context, folder):
    """A distribution whose folder holds PEER_TAGS tags, written as its own layout."""
    server = Distribution(folder, context.server_cpu)
    tags = (folder / "data/docker/registry/v2/repositories" / seed.MILLION / "_manifests/tags")
    for number in range(PEER_TAGS):
        current = tags / seed.tag_name(number) / "current"
        current.mkdir(parents=True)
        (current / "link").write_text("sha256:" + "0" * 64)
    return server.start()
