#!/usr/bin/env python3
"""Checks every #include under src/ against src/LAYERS, and that heavy headers stay where they belong.

    script/check_layers.py [SRC]      prints FILE:LINE: what and why, one a line; status 1 if any

A line of LAYERS names a folder and what it may include, itself always included:
    oci: base json crypto
    api: everything above             all folders of the lines above it
    server: everything                all folders
A test may include all that stands above its own line, to have something to test against.
Besides: `api/x` never includes `api/y`; a backend (db/sqlite, blob/fs, ...) is included only by its
own folder, by src/server and by tests; the arrows have no cycle.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')

# Folders that hold an implementation of an interface of the folder above them.
BACKENDS = ("blob/fs", "blob/mem", "blob/s3", "db/postgres", "db/sqlite")

# Folders whose business is testing: what is in them counts as a test.
TEST_FOLDERS = ("testing", "contract")

# (prefix of the header, files at most, folders that may include it). One file: its compile time is
# paid once, and no header of ours spreads it, except in a folder for tests.
MANY = 99
HEAVY = (
    ("boost/beast/", 1, ("http",)),
    ("boost/asio/", 1, ("http",)),
    ("boost/json", 1, ("json",)),
    ("CLI/", 1, ("cli", "server")),
    ("yaml-cpp/", 1, ("server",)),
    ("prometheus/", 1, ("metrics",)),
    ("sqlite3.h", MANY, ("db",)),
    ("libpq-fe.h", MANY, ("db",)),
    ("curl/", MANY, ("httpc",)),
    ("nghttp2/", MANY, ("http",)),
)


def is_test(path):
    return path.stem in TEST_FOLDERS or path.stem.endswith(("_test", "_bench", "_suite", "_script")) \
        or any(part in TEST_FOLDERS for part in path.parts[:-1])


def read_layers(text):
    """({folder: set of folders it may include}, [complaints about the file])."""
    allowed, complaints = {}, []
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, colon, rest = line.partition(":")
        if not colon or not re.fullmatch(r"[a-z0-9_]+", folder):
            complaints.append(f"LAYERS:{number}: not of the form \"folder: folder folder\": {line}")
        elif folder in allowed:
            complaints.append(f"LAYERS:{number}: {folder} has a line already")
        else:
            rows.append((number, folder, rest.split()))
            above = set(allowed)
            allowed[folder] = above if rest.split() == ["everything", "above"] else set()
    for number, folder, names in rows:
        if names == ["everything", "above"]:
            continue
        if names == ["everything"]:
            allowed[folder] = set(allowed) - {folder}
            continue
        for name in names:
            if name not in allowed:
                complaints.append(f"LAYERS:{number}: {folder} may include {name}, which has no line")
            elif name == folder:
                complaints.append(f"LAYERS:{number}: {folder} names itself; it always may")
            else:
                allowed[folder].add(name)
    everything = {folder for _, folder, names in rows if names == ["everything"]}
    complaints += cycles({folder: names for folder, names in allowed.items()
                          if folder not in everything})
    return allowed, complaints


def cycles(arrows):
    """A complaint for the first cycle that a walk along the arrows finds."""
    done, path = set(), []

    def visit(folder):
        if folder in path:
            return " -> ".join(path[path.index(folder):] + [folder])
        if folder in done or folder not in arrows:
            return None
        path.append(folder)
        for name in sorted(arrows[folder]):
            found = visit(name)
            if found:
                return found
        path.pop()
        done.add(folder)
        return None

    for folder in arrows:
        found = visit(folder)
        if found:
            return [f"LAYERS: a cycle: {found}"]
    return []


def check_own(file, header, allowed):
    """What is wrong with `file` including our own `header`, both relative to src/; or None."""
    folder, target = file.parts[0], pathlib.PurePosixPath(header)
    if len(target.parts) < 2 or ".." in target.parts:
        return f'"{header}": write the path from src/ on, as in "base/result.h"'
    wanted = target.parts[0]
    if wanted not in allowed:
        return f'"{header}": no folder {wanted} in src/LAYERS'
    order = list(allowed)
    may_test = is_test(file) and order.index(wanted) < order.index(folder)
    if wanted != folder and wanted not in allowed[folder] and not may_test:
        may = " ".join(sorted(allowed[folder])) or "nothing"
        return f'"{header}": {folder} may not include {wanted}; src/LAYERS gives it {may}'
    test_help = is_test(file) and len(target.parts) > 2 and target.parts[1] in TEST_FOLDERS
    if wanted == folder == "api" and len(target.parts) > 2 and not test_help:
        dialect = file.parts[1] if len(file.parts) > 2 else None
        if dialect != target.parts[1]:
            return f'"{header}": api/{dialect or "*"} may not include api/{target.parts[1]}'
    if str(target.parent) in BACKENDS and not str(file).startswith(f"{target.parent}/") \
            and folder != "server" and not is_test(file):
        return f'"{header}": only src/server names a backend; use the interface in {wanted}/'
    return None


def check_foreign(file, header, users):
    """The same for a header of a library. `users`: {prefix: files seen so far}, kept across calls."""
    if header.startswith(("gtest/", "gmock/")):
        return None if is_test(file) else f"<{header}>: only in *_test.cc and folders for tests"
    if header.startswith("benchmark/"):
        return None if is_test(file) else f"<{header}>: only in *_bench.cc"
    for prefix, files_max, folders in HEAVY:
        if not header.startswith(prefix):
            continue
        if file.parts[0] not in folders:
            return f"<{header}>: only src/{' and src/'.join(folders)} may include {prefix}"
        if file.suffix == ".h" and files_max < MANY and not is_test(file):
            return f"<{header}>: never in a header; wrap what is needed in our own"
        seen = users.setdefault(prefix, [])
        if file not in seen and not is_test(file):
            seen.append(file)
        if len(seen) > files_max:
            return f"<{header}>: {seen[0]} includes {prefix} already; it stands in one source file"
    return None


def check(src):
    """All complaints about a source tree, as strings "src/FILE:LINE: ..."."""
    allowed, complaints = read_layers((src / "LAYERS").read_text())
    complaints = [f"src/{text}" for text in complaints]
    users = {}
    folders_seen = set()
    for path in sorted([*src.rglob("*.h"), *src.rglob("*.cc")]):
        file = path.relative_to(src)
        if len(file.parts) == 1:
            complaints.append(f"src/{file}: sources live in the folders that LAYERS names")
            continue
        if file.parts[0] not in allowed:
            if file.parts[0] not in folders_seen:
                complaints.append(f"src/{file.parts[0]}: the folder has no line in src/LAYERS")
            folders_seen.add(file.parts[0])
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            wrong = check_own(file, found[2], allowed) if found[1] == '"' \
                else check_foreign(file, found[2], users)
            if wrong:
                complaints.append(f"src/{file}:{number}: {wrong}")
    return complaints


def main():
    src = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 \
        else pathlib.Path(__file__).resolve().parents[1] / "src"
    complaints = check(src)
    for text in complaints:
        print(text)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
