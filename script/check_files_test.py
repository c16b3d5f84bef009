"""Tests of check_files.py: every rule goes red on a file that breaks it."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_files  # noqa: E402


class FilesTest(unittest.TestCase):
    def check(self, name, content, executable=False):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            if executable:
                path.chmod(0o755)
            return check_files.check_file(pathlib.Path(folder), name)

    def assert_red(self, name, content, pattern, executable=False):
        complaints = self.check(name, content, executable)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertRegex(complaints[0], pattern)

    def test_ordinary_files_are_silent(self):
        self.assertEqual(self.check("src/a/a.h", "#pragma once\n\nint Answer();\n"), [])
        self.assertEqual(self.check("script/x", "#!/bin/sh\nexit 0\n", executable=True), [])
        self.assertEqual(self.check("docs/a.md", ""), [])
        self.assertEqual(self.check("src/a/a.cc", "#ifdef __clang__\n#endif\n"), [])

    def test_blanks_tabs_and_line_ends(self):
        self.assert_red("a.md", "one\ntwo \n", r"^a.md:2: blanks")
        self.assert_red("a.md", "one\r\n", "a.md:1: a carriage return")
        self.assert_red("a.py", "if True:\n\tpass\n", "a.py:2: a tab")
        self.assert_red("a.md", "one", "no newline at the end")
        self.assert_red("a.md", "one\n\n", "empty lines at the end")

    def test_banned_words(self):
        self.assert_red("a.md", "TO" "DO: later\n", "a.md:1: .*file an issue")
        self.assert_red("a.cc", "// FIX" "ME\n", "file an issue")
        self.assert_red("a.cc", "#include <regex>\n", "a banned header")
        self.assert_red("a.cc", "x = std::regex(y);\n", "globs")
        self.assert_red("a.cc", "co_await f();\n", "globs")
        self.assert_red("a.cc", "s = strerror(errno);\n", "generic_category")
        self.assert_red("a.cc", "sprintf(b, s);\n", "unsafe")
        self.assert_red("a.cc", "#ifdef GANTRY_S3\n", "no feature behind")

    def test_paths_of_one_machine(self):
        self.assert_red("a.md", "see /ho" "me/me/file\n", "absolute path of one machine")
        self.assert_red("a.md", f"in {check_files.ROOT}\n", "absolute path of this checkout")
        self.assertEqual(self.check("a.md", "https://example.com/home/page and ~/root/x\n"), [])

    def test_sleep_in_a_unit_test(self):
        line = "std::this_thread::sleep_for(1ms);\n"
        self.assert_red("src/a/a_test.cc", line, "a sleep in a unit test")
        self.assertEqual(self.check("tests/a_test.cc", line), [])

    def test_sizes(self):
        self.assert_red("src/a/a.cc", "int a;\n" * 801, "801 lines; at most 800")
        self.assert_red("src/a/README.md", "a\n" * 41, "41 lines")
        self.assertEqual(self.check("README.md", "a\n" * 41), [])
        self.assert_red("a.md", "a\n" * (1 << 19) + "a\n", "bytes; at most")

    def test_form(self):
        self.assert_red("a.h", "int a;\n", "without #pragma once")
        self.assert_red("script/x", "#!/bin/sh\n", "not executable")
        self.assert_red("script/x", "exit 0\n", "without #! line")
        self.assert_red("a.bin", b"a\0b", "a binary file")
        self.assert_red("a.md", b"\xff\n", "not UTF-8")
        self.assertEqual(self.check("fuzz/corpus/http/a", b"a\0b"), [])

    def test_syntax(self):
        self.assert_red("a.py", "def f(:\n", "a.py:1: Python")
        self.assert_red("a", "#!/usr/bin/env python3\n)\n", "a:2: Python", executable=True)
        self.assert_red("a.sh", "if true; then\n", "sh: ")
        self.assert_red("a", "#!/bin/bash\na=(\n", "bash: ", executable=True)

    def test_a_folder_without_readme(self):
        self.assertEqual(list(check_files.folder_rules({"src/a/a.h", "src/b/b.h", "src/b/README.md"})),
                         [("src/a", "a folder without README.md (purpose, what belongs, how to test)")])


if __name__ == "__main__":
    unittest.main()
