"""Runs the scenarios and prints the table. Called by script/bench, which builds what it needs."""

import argparse
import os
import pathlib
import sys
import tempfile
import traceback

from context import Context
from machine import describe
from measure import Loadgen
from rows import Row, markdown_table, text_table
from scenarios import access, blob, collection, manifest, memory, pages, push, start
from servers import BenchError

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIOS = {"manifest": manifest, "access": access, "blob": blob, "push": push, "pages": pages, "start": start,
             "memory": memory, "collection": collection}


def parse_arguments(words):
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--only", default=",".join(SCENARIOS),
                        help=f"comma-separated out of: {', '.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="2 rounds, short, large blob of 256 MiB: a smoke run")
    parser.add_argument("--gantry", default=ROOT / "build/release/gantry", type=pathlib.Path)
    parser.add_argument("--peers-only", action="store_true", help="leave gantry out")
    parser.add_argument("--nginx-workers", type=int, default=max(1, os.cpu_count() // 2),
                        help="as many as gantry has reactor threads; half the cores, as gantry")
    parser.add_argument("--access-log", choices=["on", "off"], default="on",
                        help="of gantry and nginx alike; on is the default of both")
    parser.add_argument("--no-pin", action="store_true",
                        help="do not pin servers to CPU 0 and the client to CPU 1")
    arguments = parser.parse_args(words)
    arguments.names = arguments.only.split(",")
    unknown = [name for name in arguments.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no scenario '{unknown[0]}'; there are {', '.join(SCENARIOS)}")
    return arguments


def make_context(arguments, folder):
    quick = arguments.quick
    return Context(
        loadgen=Loadgen(ROOT / "build/bench/loadgen/gantry-loadgen",
                        None if arguments.no_pin else 1, ROOT / "build/bench/results.jsonl"),
        rounds=2 if quick else arguments.rounds,
        seconds=1.0 if quick else 3.0,
        server_cpu=None if arguments.no_pin else 0,
        gantry_binary=None if arguments.peers_only else arguments.gantry,
        nginx_workers=arguments.nginx_workers,
        access_log=arguments.access_log == "on",
        large_bytes=(256 << 20) if quick else (1 << 30),
        folder=pathlib.Path(folder))


def run_scenario(name, module, context):
    """The rows of one scenario. When it stops early, or leaves out one of its titles, a failed row
    stands in for every title that has no row."""
    print(f"… {name}", file=sys.stderr, flush=True)
    rows, reason = [], "the scenario gave no such row"
    try:
        for row in module.run(context):
            print(text_table([row]), file=sys.stderr, flush=True)
            rows.append(row)
    except BenchError as error:
        reason = str(error)
    except Exception as error:  # a row must not vanish because of a mistake in its scenario
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
    missing = [title for title in module.TITLES
               if not any(row.what.startswith(title) for row in rows)]
    stopped = reason != "the scenario gave no such row"
    if stopped and not missing:
        missing = [f"The rest of '{name}'"]
    return rows + [Row(title, "", {}, failure=reason) for title in missing]


def main(words):
    arguments = parse_arguments(words)
    with tempfile.TemporaryDirectory(prefix="gantry-bench-") as folder:
        context = make_context(arguments, folder)
        rows = [row for name in arguments.names for row in run_scenario(name, SCENARIOS[name], context)]
    setup = describe(context)
    print(setup + "\n" + text_table(rows))
    whole = set(arguments.names) == set(SCENARIOS)
    if whole and not arguments.quick and not arguments.peers_only:
        write_results(rows, setup)
    bad = [row for row in rows if not row.good()]
    print(f"\n{len(rows) - len(bad)} of {len(rows)} rows are good", file=sys.stderr)
    return 1 if bad else 0


def write_results(rows, setup):
    text = "# Results of script/bench\n\nWritten by `script/bench`; do not edit.\n\n"
    text += setup + "\n" + markdown_table(rows) + "\n"
    (ROOT / "bench/RESULTS.md").write_text(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
