"""Counts what a server asks of the kernel, with strace. Never during a timed run."""

import contextlib
import pathlib
import re
import signal
import subprocess
import time

from servers import BenchError, require_program

SYNCS = {"fsync", "fdatasync", "sync_file_range", "syncfs", "msync"}
READS = {"read", "pread64", "readv", "preadv", "preadv2", "sendfile", "copy_file_range", "splice"}
DATABASE_FILE = re.compile(r"\.(db|sqlite)[^/]*$|-(wal|shm|journal)$")

CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)$")
RESUMED = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$")
RESULT = re.compile(r"=\s+(-?\d+)(?:<[^>]*>)?\s*(?:\S+ \(.*\))?$")
FIRST_FILE = re.compile(r"\d+<([^>]*)>")


class Trace:
    """The calls of a traced interval: (name, file of the first descriptor, result)."""

    def __init__(self):
        self.calls = []

    def parse(self, text):
        unfinished = {}
        for line in text.splitlines():
            resumed = RESUMED.match(line)
            if resumed:
                thread, name, rest = resumed.groups()
                self._add(name, unfinished.pop((thread, name), "") + rest)
                continue
            call = CALL.match(line)
            if not call:
                continue
            thread, name, rest = call.groups()
            if rest.endswith("<unfinished ...>"):
                unfinished[(thread, name)] = rest.removesuffix("<unfinished ...>")
            else:
                self._add(name, rest)

    def _add(self, name, rest):
        result = RESULT.search(rest)
        file = FIRST_FILE.search(rest)
        self.calls.append((name, file.group(1) if file else "",
                           int(result.group(1)) if result else 0))

    def syncs(self):
        return sum(1 for name, _file, _result in self.calls if name in SYNCS)

    def bytes_read_under(self, folder):
        """Bytes read from files below the folder, the database's own files aside. sendfile's
        first descriptor is the socket, so anything it copied counts."""
        total = 0
        for name, file, result in self.calls:
            below = file.startswith(str(folder)) and not DATABASE_FILE.search(file)
            if name in READS and result > 0 and (below or name in ("sendfile", "splice")):
                total += result
        return total


@contextlib.contextmanager
def traced(server, output):
    """Traces the server's syncs and reads while the body of `with` runs; yields the Trace, which
    is filled at the end."""
    require_program("strace", "strace")
    trace = Trace()
    output = pathlib.Path(output)
    command = ["strace", "-f", "-y", "-s", "0", "-o", str(output), "-e",
               "trace=" + ",".join(sorted(SYNCS | READS)), "-p", str(server.process.pid)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _wait_until_attached(server, process)
    try:
        yield trace
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        process.stderr.close()
    trace.parse(output.read_text(errors="replace"))
    output.unlink()


def _wait_until_attached(server, process):
    tasks = pathlib.Path(f"/proc/{server.process.pid}/task")
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        status = [(task / "status").read_text() for task in tasks.iterdir()]
        if all(re.search(r"^TracerPid:\s+[1-9]", text, re.M) for text in status):
            return
        time.sleep(0.05)
    process.kill()
    raise BenchError(f"strace could not attach to {server.name}")
