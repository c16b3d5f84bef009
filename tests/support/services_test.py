"""Tests of services.py with processes that every machine has."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import services  # noqa: E402

WITH = pathlib.Path(__file__).with_name("with")


class Shell(services.Service):
    """A service that runs a line of shell and is ready when that made the file `ready`."""

    name = "shell"
    start_timeout_s = 5
    stop_timeout_s = 1

    def __init__(self, line):
        super().__init__()
        self.line = line

    def command(self):
        return ["sh", "-c", self.line]

    def is_ready(self):
        return (self.folder / "ready").exists()


class ServiceTest(unittest.TestCase):
    def test_runs_until_the_block_ends_and_leaves_no_folder(self):
        with Shell("touch ready; trap 'exit 0' TERM; while :; do sleep 0.05; done") as service:
            self.assertTrue(service.folder.exists())
            self.assertIsNone(service.process.poll())
        self.assertFalse(service.folder.exists())
        self.assertEqual(service.process.returncode, 0)

    def test_an_end_while_starting_is_an_error_with_the_log(self):
        with self.assertRaisesRegex(services.ServiceError, "(?s)status 3 while starting.*no disk"):
            Shell("echo no disk >&2; exit 3").start()

    def test_a_bad_exit_status_at_the_end_is_an_error(self):
        with self.assertRaisesRegex(services.ServiceError, "ended with status 7"):
            with Shell("trap 'exit 7' TERM; touch ready; while :; do sleep 0.05; done"):
                pass

    def test_one_that_ignores_the_signal_is_killed_and_said_so(self):
        with self.assertRaisesRegex(services.ServiceError, "it ignored SIGTERM"):
            with Shell("trap '' TERM; touch ready; while :; do sleep 0.05; done"):
                pass

    def test_the_error_of_the_block_is_not_hidden_by_that_of_the_service(self):
        with self.assertRaises(KeyError):
            with Shell("trap 'exit 7' TERM; touch ready; while :; do sleep 0.05; done"):
                raise KeyError

    def test_killed_it_can_be_launched_again_in_the_same_folder(self):
        line = "trap 'exit 0' TERM; test -e ready && touch again; touch ready; " \
               "while :; do sleep 0.05; done"
        with Shell(line) as service:
            service.kill()
            service.launch()
            while not (service.folder / "again").exists():
                self.assertIsNone(service.process.poll())


class WithTest(unittest.TestCase):
    def run_with(self, *arguments):
        return subprocess.run([WITH, *arguments], capture_output=True, text=True)

    def test_an_unknown_service_names_the_known_ones(self):
        done = self.run_with("mysql", "--", "true")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("'mysql'", done.stderr)
        self.assertIn("postgres", done.stderr)

    def test_the_command_gives_the_status_and_sees_the_exports(self):
        done = self.run_with("postgres", "--", "sh", "-c",
                             'psql -Atc "SELECT 40 + 2" "$GANTRY_TEST_POSTGRES"; exit 5')
        self.assertEqual((done.returncode, done.stdout), (5, "42\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()
