"""Tests of the bench's own arithmetic and parsing."""

import unittest

from rows import Row, at_least, at_most, markdown_table, text_table
from stats import number, paired_ratios, with_range
from syscalls import Trace

STRACE = """\
10 fsync(7</d/tmp/x>) = 0
11 pread64(9</d/blobs/aa>, ""..., 65536, 0) = 65536
10 read(5<socket:[123]>, ""..., 4096) = 4096
11 pread64(9</d/blobs/aa>,  <unfinished ...>
10 fdatasync(4</d/meta.db-wal>) = 0
11 <... pread64 resumed>""..., 65536, 65536) = 1000
10 read(4</d/meta.db>, ""..., 4096) = 4096
10 read(5<socket:[123]>, "", 4096) = -1 EAGAIN (Resource temporarily unavailable)
10 sendfile(5<socket:[123]>, 9</d/blobs/aa>, NULL, 500) = 500
10 fsync(7</d/tmp>) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
11 +++ exited with 0 +++
"""


class StatsTest(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual(number(0), "0")
        self.assertEqual(number(47529.4), "47,529")
        self.assertEqual(number(0.12345), "0.123")
        self.assertEqual(number(0.0000123), "0.000012")
        self.assertEqual(with_range([3.0, 1.0, 2.0]), "2 (1..3)")
        self.assertEqual(with_range([2.5]), "2.5")

    def test_ratios_are_paired_by_round(self):
        self.assertEqual(paired_ratios([2, 30], [1, 10]), [2, 3])
        self.assertEqual(paired_ratios([2, 30], [0, 10]), [3])


class RowTest(unittest.TestCase):
    def test_meets_and_misses(self):
        values = {"gantry": [10, 12, 11], "nginx": [10, 10, 10]}
        self.assertEqual(Row("x", "req/s", values, [at_least(1.1, "nginx")]).verdict(), "pass")
        self.assertEqual(Row("x", "req/s", values, [at_least(1.2, "nginx")]).verdict(),
                         "FALLS SHORT")
        self.assertEqual(Row("x", "s", values, [at_most(1.1, "nginx")]).verdict(), "pass")
        self.assertEqual(Row("x", "s", values, [at_most(10.5)]).verdict(), "FALLS SHORT")

    def test_one_missed_check_is_enough(self):
        row = Row("x", "", {"gantry": [5], "a": [1], "b": [5]}, [at_least(2, "a"), at_least(2, "b")])
        self.assertEqual(row.verdict(), "FALLS SHORT")
        self.assertFalse(row.good())

    def test_unmeasured_row_is_bad_and_says_why(self):
        row = Row("x", "", {}, failure="no gantry binary")
        self.assertFalse(row.good())
        self.assertIn("no gantry binary", text_table([row]))
        self.assertIn("NOT MEASURED", markdown_table([row]))

    def test_peer_of_zero_is_not_a_pass(self):
        self.assertEqual(Row("x", "", {"gantry": [1], "a": [0]}, [at_least(1, "a")]).verdict(),
                         "FALLS SHORT")

    def test_cells(self):
        row = Row("GET", "req/s", {"gantry": [20], "nginx": [10]}, [at_least(1, "nginx")])
        self.assertEqual(row.cells(), ["GET", "20 req/s", "nginx 10 req/s", "2 × nginx",
                                       "≥ 1 × nginx", "pass"])


class TraceTest(unittest.TestCase):
    def setUp(self):
        self.trace = Trace()
        self.trace.parse(STRACE)

    def test_counts_syncs(self):
        self.assertEqual(self.trace.syncs(), 3)

    def test_counts_reads_of_blob_files_only(self):
        self.assertEqual(self.trace.bytes_read_under("/d"), 65536 + 1000 + 500)
        self.assertEqual(self.trace.bytes_read_under("/elsewhere"), 500)


if __name__ == "__main__":
    unittest.main()
