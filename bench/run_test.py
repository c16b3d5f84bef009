"""A scenario that fails, or forgets a row, must show."""

import contextlib
import io
import types
import unittest

import run
from rows import Row
from servers import BenchError


def rows_of(generator, titles):
    module = types.SimpleNamespace(run=generator, TITLES=titles)
    with contextlib.redirect_stderr(io.StringIO()):
        return run.run_scenario("some", module, None)


class RunScenarioTest(unittest.TestCase):
    def test_failure_keeps_what_was_measured_and_marks_the_rest(self):
        def fails(_context):
            yield Row("first", "ms", {"gantry": [1]})
            raise BenchError("no binary")
        rows = rows_of(fails, ["first", "second"])
        self.assertEqual([(row.what, row.good()) for row in rows],
                         [("first", True), ("second", False)])
        self.assertEqual(rows[1].failure, "no binary")

    def test_failure_after_the_last_title_still_shows(self):
        def fails(_context):
            yield Row("first: median", "ms", {"gantry": [1]})
            raise ValueError("mistake")
        rows = rows_of(fails, ["first"])
        self.assertFalse(rows[-1].good())
        self.assertIn("ValueError: mistake", rows[-1].failure)

    def test_forgotten_title_is_a_failure(self):
        rows = rows_of(lambda _context: iter([]), ["first"])
        self.assertFalse(rows[0].good())

    def test_unknown_scenario_is_refused(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            run.parse_arguments(["--only", "manifest,nonsense"])


if __name__ == "__main__":
    unittest.main()
