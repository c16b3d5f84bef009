"""Tests of check_layers.py: every rule goes red on a small tree that breaks it."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402

LAYERS = """# comment
base:
json: base
db: base
http: base
core: base db
api: everything above
server: everything
"""


class LayersTest(unittest.TestCase):
    def check(self, files, layers=LAYERS):
        with tempfile.TemporaryDirectory() as folder:
            src = pathlib.Path(folder)
            (src / "LAYERS").write_text(layers)
            for name, text in files.items():
                (src / name).parent.mkdir(parents=True, exist_ok=True)
                (src / name).write_text(text)
            return check_layers.check(src)

    def assert_red(self, files, pattern, layers=LAYERS):
        complaints = self.check(files, layers)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertRegex(complaints[0], pattern)

    def test_allowed_arrows_are_silent(self):
        self.assertEqual(self.check({
            "base/a.h": '#include "base/b.h"\n#include <vector>\n',
            "core/a.cc": '#include "base/b.h"\n  #  include "db/db.h"\n#include "core/a.h"\n',
            "api/oci/a.cc": '#include "core/a.h"\n#include "api/oci/b.h"\n#include "api/errors.h"\n',
            "server/a.cc": '#include "api/oci/b.h"\n#include "db/sqlite/open.h"\n',
            "core/a_test.cc": '#include <gtest/gtest.h>\n#include "db/sqlite/open.h"\n',
        }), [])

    def test_an_arrow_that_is_not_in_the_file(self):
        self.assert_red({"base/a.h": '\n#include "db/db.h"\n'},
                        r"^src/base/a.h:2: .*base may not include db; .* gives it nothing")

    def test_tests_may_include_what_stands_above_them(self):
        self.assertEqual(self.check({"core/a_test.cc": '#include "http/server.h"\n'}), [])
        self.assert_red({"core/a.cc": '#include "http/server.h"\n'}, "core may not include http")
        self.assert_red({"base/a_test.cc": '#include "db/db.h"\n'}, "base may not include db")

    def test_everything_above_ends_at_its_line(self):
        self.assert_red({"api/a.cc": '#include "server/a.h"\n'}, "api may not include server")

    def test_one_dialect_does_not_include_another(self):
        self.assert_red({"api/oci/a.cc": '#include "api/ecr/b.h"\n'},
                        "api/oci may not include api/ecr")
        self.assert_red({"api/a.cc": '#include "api/ecr/b.h"\n'}, r"api/\* may not include api/ecr")

    def test_a_path_that_does_not_start_at_src(self):
        self.assert_red({"db/a.cc": '#include "db.h"\n'}, "write the path from src/ on")
        self.assert_red({"db/a.cc": '#include "../base/a.h"\n'}, "write the path from src/ on")

    def test_unknown_folders(self):
        self.assert_red({"db/a.cc": '#include "util/a.h"\n'}, "no folder util in src/LAYERS")
        self.assert_red({"util/a.h": "", "util/b.h": ""}, "src/util: the folder has no line")
        self.assert_red({"main.cc": ""}, "sources live in the folders")

    def test_a_backend_outside_of_the_composition_root(self):
        self.assert_red({"core/a.cc": '#include "db/sqlite/open.h"\n'}, "only src/server names")

    def test_heavy_headers(self):
        self.assert_red({"json/a.h": "#include <boost/json.hpp>\n"}, "never in a header")
        self.assert_red({"core/a.cc": "#include <boost/json.hpp>\n"}, "only src/json may include")
        self.assert_red({"http/a.cc": "#include <boost/beast/http.hpp>\n",
                         "http/b.cc": "#include <boost/beast/http/parser.hpp>\n"},
                        "src/http/b.cc:1: .*http/a.cc includes boost/beast/ already")
        self.assert_red({"base/a.cc": "#include <gtest/gtest.h>\n"}, "only in .*_test.cc")
        self.assert_red({"base/a.cc": "#include <benchmark/benchmark.h>\n"}, "only in .*_bench.cc")

    def test_a_cycle(self):
        self.assert_red({}, "a cycle: a -> b -> c -> a", "a: b\nb: c\nc: a\n")

    def test_a_file_that_is_malformed(self):
        self.assert_red({}, "LAYERS:2: .*may include x, which has no line", "a:\nb: x\n")
        self.assert_red({}, "LAYERS:2: a has a line already", "a:\na:\n")
        self.assert_red({}, "LAYERS:1: not of the form", "just words\n")
        self.assert_red({}, "LAYERS:1: a names itself", "a: a\n")

    def test_the_design_s_wording_of_everything(self):
        allowed, complaints = check_layers.read_layers("a:\nb: everything above\nc: everything\nd:\n")
        self.assertEqual(complaints, [])
        self.assertEqual(allowed, {"a": set(), "b": {"a"}, "c": {"a", "b", "d"}, "d": set()})


if __name__ == "__main__":
    unittest.main()
