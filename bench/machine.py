"""Describes the machine and the set-up, without names of hosts or folders."""

import os
import pathlib
import platform
import re
import subprocess


def first_match(pattern, text, otherwise="unknown"):
    found = re.search(pattern, text, re.M)
    return found.group(1).strip() if found else otherwise


def package_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip() or "not a Debian package here"


def file_system(folder):
    done = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", str(folder)],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def describe(context):
    cpu = first_match(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text())
    memory_kib = int(first_match(r"^MemTotal:\s*(\d+)",
                                 pathlib.Path("/proc/meminfo").read_text(), "0"))
    kernel = ".".join(platform.release().split(".")[:2])
    pinning = ("servers on CPU 0, client on CPU 1" if context.server_cpu is not None
               else "nothing pinned")
    return "\n".join([
        f"- Machine: {os.cpu_count()} × {cpu}, {memory_kib / (1 << 20):.0f} GiB, Linux {kernel}, "
        f"{file_system(context.folder.parent)} file system; {pinning}.",
        f"- Peers: docker-registry {package_version('docker-registry')} (filesystem driver, "
        "in-memory descriptor cache, access log off, log level error), "
        f"nginx {package_version('nginx-light')} (sendfile, {context.nginx_workers} worker, "
        f"access log {'on' if context.access_log else 'off'}, no open_file_cache).",
        "- Client: gantry-loadgen, one thread, keep-alive, plain HTTP/1.1 over loopback.",
        f"- Large blob: {context.large_bytes >> 20} MiB"
        f"{'' if context.large_bytes == 1 << 30 else ' (a quick run), not the 1 GiB of the titles'}.",
        f"- Method: {context.rounds} rounds, servers taking turns in each; figures are "
        "'median (lowest..highest)'; a ratio is Gantry divided by the peer in the same round. "
        "CPU is user plus system time of the server's processes.",
    ]) + "\n"
