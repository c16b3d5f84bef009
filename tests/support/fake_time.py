"""A time of our own for programs, by libfaketime: nothing in them knows of it.

    fake_time.begin()                 the first thing in a test program: it begins anew under libfaketime
    fake_time.go_back(days=10)        from now on it is ten days ago, here and in all that was started here
"""

import os
import pathlib
import select
import sys
import tempfile
import time

LIBRARY = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
FILE = "FAKETIME_TIMESTAMP_FILE"


def begin():
    """Returns in a process whose clock, and that of its children, can be set."""
    if FILE in os.environ:
        # libfaketime 0.9.10 refuses the absolute times that Python sleeps until.
        time.sleep = lambda seconds: select.select([], [], [], seconds)
        return
    if not LIBRARY.exists():
        sys.exit(f"no {LIBRARY}: script/bootstrap --test installs it")
    handle, name = tempfile.mkstemp(prefix="gantry-time-")
    os.write(handle, b"+0\n")
    os.close(handle)
    environment = {**os.environ, FILE: name, "LD_PRELOAD": str(LIBRARY), "FAKETIME_NO_CACHE": "1",
                   # Waiting goes on as it does, and files keep their own times.
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    pid = os.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-B", *sys.argv], environment)
    status = os.waitpid(pid, 0)[1]
    os.unlink(name)
    sys.exit(os.waitstatus_to_exitcode(status))


def go_back(days):
    """It is as long ago as that; time goes on from there."""
    # Renamed into place: who reads it in the middle of a change would see the true time.
    name = os.environ[FILE]
    with open(name + ".new", "w") as file:
        file.write(f"{-round(days * 86400):+d}\n")
    os.rename(name + ".new", name)
