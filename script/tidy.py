#!/usr/bin/env python3
"""Runs clang-tidy (.clang-tidy) on C++ source files, two at a time, and remembers what was clean.

    script/tidy.py            sources that changed since the branch left its upstream, or all where
                              there is no upstream
    script/tidy.py --full     all sources
    script/tidy.py FILE...    these

Needs build/release/compile_commands.json. A file is looked at again when it, a header of ours that
it reaches, its compile command, .clang-tidy or clang-tidy changed: build/lint/tidy.json.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
MEMORY = ROOT / "build/lint/tidy.json"
PROGRAM = "clang-tidy-14"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


class Fingerprints:
    """What the verdict on a source file depends on, as a hash."""

    def __init__(self, includes_from):
        self._includes_from = includes_from
        self._files = {}  # path: (hash of the content, paths it includes)
        version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout
        self._common = version + (ROOT / ".clang-tidy").read_text()

    def of(self, path, command):
        reached, waiting = {}, [path]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached[current], included = self._look_at(current)
                waiting += included
        text = json.dumps([self._common, command, sorted(reached.items())])
        return hashlib.sha256(text.encode()).hexdigest()

    def _look_at(self, path):
        if path not in self._files:
            data = pathlib.Path(path).read_bytes()
            included = []
            for name in INCLUDE.findall(data.decode(errors="replace")):
                for folder in (self._includes_from, pathlib.Path(path).parent):
                    if (folder / name).is_file():
                        included.append(str(folder / name))
                        break
            self._files[path] = hashlib.sha256(data).hexdigest(), included
        return self._files[path]


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return done.stdout.split("\n") if done.returncode == 0 else None


def changed_files():
    """Names of files that differ from the upstream branch, or None without one."""
    base = git("merge-base", "HEAD", "@{upstream}")
    if base is None:
        return None
    named = (git("diff", "--name-only", base[0]) or []) \
        + (git("ls-files", "--others", "--exclude-standard") or [])
    return {str(ROOT / name) for name in named if name}


def commands(build):
    """{source file: compile command} of the sources of the repository; generated ones are not ours."""
    entries = json.loads((build / "compile_commands.json").read_text())
    found = {os.path.normpath(entry["file"]): entry["command"] for entry in entries}
    return {path: command for path, command in found.items()
            if path.startswith(f"{ROOT}/") and not path.startswith(f"{ROOT}/build/")
            and os.path.exists(path)}


def run_tidy(build, path):
    done = subprocess.run([PROGRAM, "-p", build, "--quiet", path], capture_output=True, text=True)
    return done.returncode == 0, done.stdout.replace(f"{ROOT}/", "") or done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    build = ROOT / "build/release"
    sources = commands(build)
    if options.files:
        wanted = {os.path.abspath(name) for name in options.files}
        if not wanted <= set(sources):
            sys.exit(f"tidy: not compiled: {' '.join(sorted(wanted - set(sources)))}")
    else:
        changed = None if options.full else changed_files()
        wanted = set(sources) if changed is None else changed & set(sources)

    clean = set(json.loads(MEMORY.read_text())) if MEMORY.exists() else set()
    fingerprints = Fingerprints(ROOT / "src")
    prints = {path: fingerprints.of(path, sources[path]) for path in sorted(wanted)}
    # The dearest first, so that both cores end together.
    waiting = sorted((path for path in wanted if prints[path] not in clean),
                     key=os.path.getsize, reverse=True)
    bad = 0
    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for path, (good, said) in zip(waiting, pool.map(lambda p: run_tidy(build, p), waiting)):
                if good:
                    clean.add(prints[path])
                else:
                    bad += 1
                    print(said, end="")
    finally:
        MEMORY.parent.mkdir(parents=True, exist_ok=True)
        # Only what a run over all files would ask for; other branches' verdicts are cheap to redo.
        MEMORY.write_text(json.dumps(sorted(clean)[:20000]))
    print(f"tidy: {len(wanted)} files, {len(wanted) - len(waiting)} of them clean before and "
          f"unchanged, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
