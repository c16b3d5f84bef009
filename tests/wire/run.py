#!/usr/bin/env python3
"""Runs the *.wire files against gantry in every combination of

    store       sqlite, postgres    the metadata database
    transport   plain, tls
    protocol    h1, h2              HTTP/1.1, or h2 (TLS: by ALPN; plain: by prior knowledge)

One server runs for each store and transport. Prints a table and what failed; ends with 1 if
anything did. README.md describes the files.
"""

import argparse
import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import control  # noqa: E402
import services  # noqa: E402
import wirefile  # noqa: E402
from curl_h2 import Http2  # noqa: E402
from execute import Run  # noqa: E402
from transport import Http1  # noqa: E402

STORES = ("sqlite", "postgres")
TRANSPORTS = ("plain", "tls")
PROTOCOLS = {"h1": Http1, "h2": Http2}
# For accounts.wire; the server's own address is none of these.
ACCOUNTS = {"111111111111": "one", "222222222222": "two", "333333333333": "three"}
HOSTS = "{account}.ecr.test,{region}-docker.test/{account},team.test=222222222222"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    parser.add_argument("--store", action="append", choices=STORES)
    parser.add_argument("--transport", action="append", choices=TRANSPORTS)
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS)
    parser.add_argument("--registry", metavar="HOST:PORT",
                        help="ask this running server (plain HTTP) instead of starting one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="files at a time")
    parser.add_argument("--all", action="store_true", help="show more than 10 failures of a file")
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="all of this folder by default")
    return parser.parse_args()


def make_certificate(folder):
    """A certificate for 127.0.0.1 that signs itself."""
    files = (folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True)
    return files


@contextlib.contextmanager
def serve(options, store, transport, certificate, key):
    """A server of that kind; gives its address."""
    if options.registry:
        yield options.registry
        return
    settings = {"GANTRY_LOG_LEVEL": "warning", "GANTRY_HOSTS": HOSTS}
    with contextlib.ExitStack() as stack:
        if store == "postgres":
            settings["GANTRY_DATABASE_ENGINE"] = "postgres"
            settings["GANTRY_DATABASE_CONNINFO"] = stack.enter_context(services.Postgres()).conninfo
        if transport == "tls":
            settings["GANTRY_TLS_CERTIFICATE"] = str(certificate)
            settings["GANTRY_TLS_KEY"] = str(key)
        gantry = stack.enter_context(services.Gantry(binary=options.gantry, settings=settings))
        for account, alias in ACCOUNTS.items():
            control.ask(gantry.folder / "data", "POST", "/accounts", {"id": account, "alias": alias})
        # The names of accounts are read every second.
        time.sleep(2)
        yield gantry.address


def run_file(wire_file, address, protocol, ca_file, root):
    prefix = f"{root}/{protocol}/{wire_file.path.stem.replace('_', '-')}"
    started = time.monotonic()
    run = Run(wire_file, PROTOCOLS[protocol](address, ca_file), prefix)
    run.run()
    return run, time.monotonic() - started


def run_server(options, files, store, transport, protocols, certificate, key):
    """All files against one server: [(file, combination, run, seconds)]."""
    results = []
    ca_file = str(certificate) if transport == "tls" else None
    # A server that was there before may have seen these files already.
    root = f"wire/{int(time.time()):x}" if options.registry else "wire"
    with serve(options, store, transport, certificate, key) as address, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        started = []
        for wire_file, protocol in itertools.product(files, protocols):
            combination = (store, transport, protocol)
            if not wire_file.only or wire_file.only & set(combination):
                future = pool.submit(run_file, wire_file, address, protocol, ca_file, root)
                started.append((wire_file, combination, future))
        for wire_file, combination, future in started:
            results.append((wire_file, combination, *future.result()))
    return results


def print_table(results, combinations):
    names = ["/".join(combination) for combination in combinations]
    files = sorted({wire_file.path.name for wire_file, *_ in results})
    width = max(len(name) for name in files)
    print(" " * width, *(f"{name:>19}" for name in names))
    cells = {}
    for wire_file, combination, run, seconds in results:
        verdict = "ok" if not run.failures else f"{len(run.failures)} FAILED"
        cells[wire_file.path.name, combination] = f"{verdict} {run.count} {seconds:.1f}s"
    for name in files:
        print(f"{name:<{width}}", *(f"{cells.get((name, combination), '-'):>19}"
                                    for combination in combinations))


def print_failures(results, limit):
    for wire_file, combination, run, _ in results:
        place = "/".join(combination)
        for line, label, text in run.failures[:limit]:
            print(f"\n{wire_file.path.name}:{line} [{place}] {label}\n    {text}")
        if len(run.failures) > limit:
            print(f"\n{wire_file.path.name} [{place}]: {len(run.failures) - limit} more")


def main():
    options = arguments()
    try:
        files = [wirefile.read(path) for path in options.files or sorted(HERE.glob("*.wire"))]
    except (wirefile.WireError, OSError) as error:
        sys.exit(str(error))
    protocols = options.protocol or list(PROTOCOLS)
    stores = ["sqlite"] if options.registry else options.store or STORES
    transports = ["plain"] if options.registry else options.transport or TRANSPORTS
    results = []
    with tempfile.TemporaryDirectory(prefix="gantry-wire-") as folder:
        certificate, key = make_certificate(pathlib.Path(folder))
        for store, transport in itertools.product(stores, transports):
            results += run_server(options, files, store, transport, protocols, certificate, key)
    print_table(results, list(itertools.product(stores, transports, protocols)))
    print_failures(results, sys.maxsize if options.all else 10)
    failed = sum(len(run.failures) for _, _, run, _ in results)
    print(f"\n{sum(run.count for _, _, run, _ in results)} requests, {failed} failed")
    sys.exit(1 if failed or not results else 0)


if __name__ == "__main__":
    main()
