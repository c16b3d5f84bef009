"""What a collection does to pulls: the p99 of manifest GETs with and without `gantry gc`."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from rows import GANTRY, Row, at_most
from servers import BenchError, pinned

TITLES = ["Collection: p99 of manifest GETs while it runs, clients pushing",
          "Collection: p99 of manifest GETs while it runs, nobody pushing"]
REPOSITORY = "bench/manifests"
PUSHED = "bench/pushed"
PATH = f"/v2/{REPOSITORY}/manifests/v0000000"
QUIET = "gantry, no collection"
GETS_PER_SECOND = 4000
PUSHES_PER_SECOND = 50  # of images that share their layers
WINDOW_SECONDS = 10.0
GRACE_SECONDS = 1
GARBAGE_BLOBS = 10_000
GARBAGE_BLOBS_MAX = 320_000
ENVIRONMENT = {"GANTRY_STORAGE_COLLECTION_GRACE_PERIOD": f"{GRACE_SECONDS}s",
               "GANTRY_STORAGE_COLLECTION_INTERVAL": "0s"}


def run(context):
    if not context.gantry_binary:
        yield from (Row(title, "ms", {}) for title in TITLES)
        return
    with context.scratch() as folder:
        server = context.make(GANTRY, folder)
        server.environment.update(ENVIRONMENT)
        try:
            server.start()
            context.loadgen.run(server, "put-manifests", repo=REPOSITORY, count=100, size=1500,
                                seed=1)
            yield from measure(context, server, TITLES[0], PUSHES_PER_SECOND, [at_most(1.1, QUIET)])
            yield from measure(context, server, TITLES[1], 0, [])
        finally:
            server.stop()


def measure(context, server, title, pushes_per_second, checks):
    garbage, values = GARBAGE_BLOBS, {GANTRY: [], QUIET: []}
    removed_per_second = []
    while len(values[GANTRY]) < context.rounds:
        make_garbage(context, server, garbage)
        first = gets(context, server, pushes_per_second)
        busy, gc_seconds = gets_during_collection(context, server, pushes_per_second)
        if gc_seconds is None:  # it ended inside the window: the round says little
            garbage *= 2
            if garbage > GARBAGE_BLOBS_MAX:
                raise BenchError(f"{GARBAGE_BLOBS_MAX:,} blobs are collected in less than "
                                 f"{WINDOW_SECONDS} s, too fast to see a difference in the pulls")
            continue
        values[GANTRY].append(busy)
        # Before and after it: the store grows, and the disk is not equally fast all the time.
        values[QUIET].append((first + gets(context, server, pushes_per_second)) / 2)
        removed_per_second.append(garbage / gc_seconds)
    pushing = f", {pushes_per_second} images a second pushed on 4 more" if pushes_per_second else ""
    yield Row(title, "ms", values, checks,
              f"{GETS_PER_SECOND:,} GETs a second on 16 connections{pushing}; "
              f"{garbage:,} blobs are garbage")
    yield Row(f"{title}: blobs removed", "blobs/s", {GANTRY: removed_per_second}, [])


def make_garbage(context, server, blobs):
    """Blobs that no manifest needs, older than the grace period."""
    pushed = context.loadgen.run(server, "push-blobs", repo="bench/garbage", connections=32,
                                 size=4096, form="single", count=blobs)
    if pushed["count"] != blobs:
        raise BenchError(f"only {pushed['count']} of {blobs} blobs of garbage were pushed")
    time.sleep(GRACE_SECONDS + 0.5)


def gets(context, server, pushes_per_second, meanwhile=None):
    return context.loadgen.run(server, "paced", path=PATH, connections=16, pace=GETS_PER_SECOND,
                               push_pace=pushes_per_second, repo=PUSHED, size=1500,
                               seconds=WINDOW_SECONDS, meanwhile=meanwhile)["p99_ms"]


def gets_during_collection(context, server, pushes_per_second):
    """(p99 of the GETs, seconds the collection took or None if it ended before the GETs)."""
    command = pinned(context.loadgen.cpu, [str(server.binary), "gc", "--data", str(server.data)])
    with ThreadPoolExecutor(max_workers=1) as beside:
        begun = []  # when the clients are there, as they are in production
        p99 = gets(context, server, pushes_per_second,
                   lambda: begun.append(beside.submit(collect, command)))
        still_running = not begun[0].done()
        gc_seconds = begun[0].result()
    return p99, gc_seconds if still_running else None


def collect(command):
    """How many seconds it took."""
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise BenchError(f"gantry gc: {(done.stdout + done.stderr).strip() or 'no word of why'}")
    return time.monotonic() - begin
