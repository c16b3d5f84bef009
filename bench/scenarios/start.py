"""Start with 1,000,000 tags and 730,000 manifests."""

import seed
from context import fetch
from rows import GANTRY, Row, at_most

TITLES = ["Start with 1,000,000 tags and 730,000 manifests"]


def run(context):
    if not context.gantry_binary:
        return [Row(TITLES[0], "s", {})]
    seconds, memory = [], []
    data = context.seeded_data()
    for _ in range(context.rounds):
        with context.scratch() as folder:
            server = context.make(GANTRY, folder, data)
            try:
                server.start()
                seconds.append(server.ready_seconds)
                fetch(server, f"/v2/{seed.MILLION}/manifests/{seed.tag_name(999_999)}")
                memory.append(server.rss_mib())
            finally:
                server.stop()
    return [Row(TITLES[0], "s", {GANTRY: seconds}, [at_most(1)],
                "from the start of the process to the first answer of /v2/; files in page cache"),
            Row("Memory after that start and one pull", "MiB", {GANTRY: memory})]
