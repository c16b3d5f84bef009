"""One run of the load generator against one server, with what the server and machine spent."""

import json
import os
import pathlib
import subprocess
import time

from servers import BenchError, TICKS_PER_SECOND, pinned


class Loadgen:
    """Calls gantry-loadgen, pinned to the client's CPU, and keeps every result."""

    def __init__(self, binary, cpu, results_path):
        self.binary = str(binary)
        self.cpu = cpu
        self.results_path = pathlib.Path(results_path)
        self.results_path.parent.mkdir(parents=True, exist_ok=True)
        self.results_path.write_text("")

    def command(self, server, mode, options):
        words = [self.binary, mode, "--target", server.target]
        if server.authorization:
            words += ["--authorization", server.authorization]
        for name, value in options.items():
            for one in value if isinstance(value, list) else [value]:
                words += ["--" + name.replace("_", "-"), str(one)]
        return pinned(self.cpu, words)

    def run(self, server, mode, timeout=600, meanwhile=None, **options):
        """Runs one mode; its single figure, with server_cpu_s, rss_mib and noise added.
        `meanwhile` is called when the mode has begun."""
        return self.run_many(server, mode, timeout, meanwhile, **options)[-1]

    def run_many(self, server, mode, timeout=600, meanwhile=None, **options):
        os.sync()  # what earlier runs left dirty is not this run's to write
        cpu_before, machine_before = server.cpu_seconds(), busy_seconds()
        begin = time.monotonic()
        with subprocess.Popen(self.command(server, mode, options), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as client:
            try:
                if meanwhile:
                    meanwhile()
                output, errors = client.communicate(timeout=timeout)
            except BaseException:
                client.kill()
                raise
        wall = time.monotonic() - begin
        server_cpu = server.cpu_seconds() - cpu_before
        figures = [json.loads(line) for line in output.splitlines()]
        if client.returncode != 0 or not figures:
            reason = figures[-1].get("first_error", "no answer") if figures else errors.strip()
            raise BenchError(f"{server.name}: gantry-loadgen {mode}: {reason}")
        client_cpu = sum(figure.get("client_cpu_s", 0) for figure in figures)
        others = busy_seconds() - machine_before - server_cpu - client_cpu
        for figure in figures:
            figure.update(server=server.name, server_cpu_s=server_cpu, rss_mib=server.rss_mib(),
                          rss_peak_mib=server.rss_mib("VmHWM"),
                          others_cpu=max(0.0, others / wall))
            self.record(figure)
        return figures

    def record(self, figure):
        with self.results_path.open("a") as results:
            results.write(json.dumps(figure) + "\n")

    def hold(self, server, mode, **options):
        """Starts a mode that holds connections; returns its process once all of them stand."""
        process = subprocess.Popen(self.command(server, mode, options), stdout=subprocess.PIPE,
                                   text=True)
        line = process.stdout.readline()
        if '"ready"' not in line:
            process.wait()
            raise BenchError(f"{server.name}: gantry-loadgen {mode}: {line.strip()}")
        return process


def busy_seconds():
    """CPU seconds that the whole machine has spent on anything."""
    fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND


def interleaved(servers, rounds, once):
    """Calls once(server) for A B A B …; returns {server name: [result of each round]}."""
    results = {server.name: [] for server in servers}
    for number in range(rounds):
        order = servers if number % 2 == 0 else list(reversed(servers))
        for server in order:
            results[server.name].append(once(server))
    return results


def column(results, key):
    """{server name: [figures]} → {server name: [figure[key]]}."""
    return {name: [figure[key] for figure in figures] for name, figures in results.items()}
