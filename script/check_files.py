#!/usr/bin/env python3
"""Checks what clang-tidy does not: rules about files and lines. Part of script/lint.

    script/check_files.py             every file of the repository; prints FILE:LINE: what and why
Each rule is a function below, and has a test in check_files_test.py that sees it go red.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]

SOURCE_LINES_MAX = 800
README_LINES_MAX = 40
FILE_BYTES_MAX = 1 << 20

CPP = (".h", ".cc")
# Data in which any byte may be meant: inputs of tests and fuzzers, and the licence as it was written.
AS_IT_IS = re.compile(r"(^|/)(corpus|testdata|data)/|^LICENSE$")

# (what is banned, in files with these suffixes, what to do instead)
BANNED = (
    (r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b", None, "do it, or file an issue"),
    (r"#\s*include\s*<(regex|format|coroutine|expected)>", CPP,
     "a banned header: linear-time patterns, no coroutines, C++20 of g++ 12 and clang 14"),
    (r"\bstd::regex\b|\bco_(await|return|yield)\b", CPP, "banned; globs and plain functions instead"),
    (r"\bstrerror\s*\(", CPP, "not thread-safe; use std::generic_category().message()"),
    (r"\b(gets|strcpy|strcat|sprintf|strtok|gmtime|localtime|rand)\s*\(", CPP,
     "unsafe or not thread-safe"),
    (r"^\s*#\s*ifn?def\b(?!.*(__clang__|__has_))", (".cc",),
     "no feature behind #ifdef; everything is in the one binary"),
    (r"(?<![\w./~-])/(home|root|Users)/\w", None, "an absolute path of one machine"),
)
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(")


def line_rules(name, lines):
    """(line number, complaint) for rules that look at one line."""
    suffix = pathlib.PurePosixPath(name).suffix
    for number, line in enumerate(lines, 1):
        if line.endswith("\r"):
            yield number, "a carriage return"
        elif line != line.rstrip():
            yield number, "blanks at the end of the line"
        if "\t" in line and suffix in (*CPP, ".py", ".yml", ".yaml", ".json"):
            yield number, "a tab; indent with spaces"
        if str(ROOT) in line:
            yield number, "the absolute path of this checkout"
        for pattern, suffixes, instead in BANNED:
            found = re.search(pattern, line) if not suffixes or suffix in suffixes else None
            if found:
                yield number, f"{found[0].strip()}: {instead}"
        if SLEEP.search(line) and name.startswith("src/") and name.endswith("_test.cc"):
            yield number, "a sleep in a unit test; use the fake clock or wait for the event"


def size_rules(name, lines):
    if name.startswith("src/") and name.endswith(CPP) and len(lines) > SOURCE_LINES_MAX:
        yield 0, f"{len(lines)} lines; at most {SOURCE_LINES_MAX}, one subject per file"
    if name.startswith("src/") and name.endswith("/README.md") and len(lines) > README_LINES_MAX:
        yield 0, f"{len(lines)} lines; a folder's README has at most {README_LINES_MAX}"


def form_rules(name, text, executable):
    if text and not text.endswith("\n"):
        yield 0, "no newline at the end"
    if text.endswith("\n\n"):
        yield 0, "empty lines at the end"
    if name.endswith(".h") and "#pragma once" not in text:
        yield 0, "a header without #pragma once"
    if text.startswith("#!") and not executable:
        yield 0, "starts with #! but is not executable"
    if name.startswith("script/") and "." not in name and not text.startswith("#!"):
        yield 0, "a script without #! line"


def language_rules(name, text, path):
    """Syntax of shell and Python, without running anything."""
    first = text.split("\n", 1)[0]
    if name.endswith(".py") or re.match(r"#!.*\bpython", first):
        try:
            compile(text, name, "exec", dont_inherit=True)
        except SyntaxError as error:
            yield error.lineno or 0, f"Python: {error.msg}"
    elif name.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba)?sh\b", first):
        shell = "bash" if "bash" in first or name.endswith(".bash") else "sh"
        done = subprocess.run([shell, "-n", path], capture_output=True, text=True)
        if done.returncode != 0:
            yield 0, f"{shell}: {done.stderr.strip()}"


def folder_rules(names):
    """Rules about the tree as a whole: (name, complaint)."""
    folders = {name.split("/")[1] for name in names if re.match(r"src/[^/]+/", name)}
    for folder in sorted(folders):
        if f"src/{folder}/README.md" not in names:
            yield f"src/{folder}", "a folder without README.md (purpose, what belongs, how to test)"


def check_file(root, name):
    """All complaints about one file, as "NAME:LINE: ..."."""
    path = root / name
    data = path.read_bytes()
    if len(data) > FILE_BYTES_MAX:
        return [f"{name}: {len(data)} bytes; at most {FILE_BYTES_MAX} in the repository"]
    if AS_IT_IS.search(name):
        return []
    if b"\0" in data:
        return [f"{name}: a binary file; generate it, or keep it under testdata/"]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [f"{name}: not UTF-8 at byte {error.start}"]
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    found = [*line_rules(name, lines), *size_rules(name, lines),
             *form_rules(name, text, path.stat().st_mode & 0o100),
             *language_rules(name, text, path)]
    return [f"{name}:{number}: {what}" if number else f"{name}: {what}"
            for number, what in sorted(found)]


def repository_files(root):
    """What git knows or would add."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (root / name).is_file())


def check(root, names):
    complaints = [text for name in names for text in check_file(root, name)]
    return complaints + [f"{name}: {what}" for name, what in folder_rules(set(names))]


def main():
    complaints = check(ROOT, repository_files(ROOT))
    for text in complaints:
        print(text)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
