#!/usr/bin/env python3
"""Tests of the program from outside; see README.md."""

import hashlib
import http.client
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("GANTRY_BINARY", str(ROOT / "build/release/gantry"))
DONE, FAILED, USAGE, DAMAGE = 0, 1, 2, 3


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class ProgramTest(unittest.TestCase):
    """Runs programs in a temporary folder; what still runs at the end is killed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gantry-program-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.running = []
        self.addCleanup(self.kill_all)

    def kill_all(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def environment(self, settings):
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GANTRY_")}
        return {**kept, **settings}

    def run_gantry(self, *words, **settings):
        done = subprocess.run([BINARY, *words], cwd=self.folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=self.environment(settings), timeout=60)
        return done.returncode, done.stdout, done.stderr

    def serve(self, *words, data="data", **settings):
        """A server that is ready; gives (process, url)."""
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", data, "--anonymous", *words]
        log = open(self.folder / "log", "ab")
        with log:
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=log,
                                       text=True, env=self.environment(settings))
        self.running.append(process)
        line = process.stdout.readline()
        self.assertRegex(line, r"^listening on https?://127\.0\.0\.1:\d+\n$", self.log_text())
        return process, line.split()[-1]

    def log_text(self):
        return (self.folder / "log").read_text()

    def events(self):
        return [json.loads(line) for line in self.log_text().splitlines()]

    def wait_for_event(self, name):
        end = time.monotonic() + 20
        while not any(event["event"] == name for event in self.events()):
            self.assertLess(time.monotonic(), end, f"no {name} in the log: {self.log_text()}")
            time.sleep(0.02)

    def connect(self, url):
        return http.client.HTTPConnection(url.partition("//")[2], timeout=30)

    def request(self, url, method, path, body=None, headers=None):
        connection = self.connect(url)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer

    def push_image(self, url, name="a", tag="v1", text=b"{}"):
        """An image of one blob; gives the digests of the blob and the manifest."""
        blob = digest_of(text)
        status, _ = self.request(url, "POST", f"/v2/{name}/blobs/uploads/?digest={blob}", text)
        self.assertEqual(status, 201)
        media_type = "application/vnd.oci.image.manifest.v1+json"
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": media_type, "layers": [],
            "config": {"mediaType": "a/b", "digest": blob, "size": len(text)}}).encode()
        status, answer = self.request(url, "PUT", f"/v2/{name}/manifests/{tag}", manifest,
                                      {"Content-Type": media_type})
        self.assertEqual(status, 201, answer)
        return blob, digest_of(manifest)

    def end(self, process, how=signal.SIGTERM):
        process.send_signal(how)
        return process.wait(40)


class ServeTest(ProgramTest):
    def test_ready_line_is_the_only_output(self):
        process, url = self.serve()
        self.assertEqual(self.request(url, "GET", "/v2/")[0], 200)
        self.assertEqual(self.end(process), DONE)
        self.assertEqual(process.stdout.read(), "")
        self.assertEqual(self.events()[-1]["event"], "stopped")

    def test_data_survives(self):
        process, url = self.serve()
        _, manifest = self.push_image(url)
        self.assertEqual(self.end(process), DONE)
        process, url = self.serve()
        self.assertEqual(digest_of(self.request(url, "GET", "/v2/a/manifests/v1")[1]), manifest)
        process.kill()
        process.wait()
        _, url = self.serve()  # a lock and a control socket that were left behind
        self.assertEqual(digest_of(self.request(url, "GET", "/v2/a/manifests/v1")[1]), manifest)

    def test_data_is_for_the_owner_only(self):
        _, url = self.serve()
        self.push_image(url)
        for path in [self.folder / "data", *(self.folder / "data").rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_public_addresses(self):
        for arguments, warned in ([], True), (["--anonymous"], False):
            command = [BINARY, "serve", "--listen", "0.0.0.0:0", "--data", "data", *arguments]
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True,
                                       stderr=subprocess.PIPE, env=self.environment({}))
            self.running.append(process)
            self.assertRegex(process.stdout.readline(), r"^listening on http://0\.0\.0\.0:\d+\n$")
            process.terminate()
            said = process.communicate()[1]
            self.assertEqual("passwords and tokens reach 0.0.0.0:0 unencrypted" in said, warned)

    def test_the_first_password_is_for_a_terminal_only(self):
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", "data"]
        said = []
        for _start in range(2):
            terminal, other_end = pty.openpty()
            process = subprocess.Popen(command, cwd=self.folder, stdout=other_end,
                                       stderr=subprocess.PIPE, env=self.environment({}))
            self.running.append(process)
            os.close(other_end)
            text = ""
            end = time.monotonic() + 5
            while "user password admin" not in text and time.monotonic() < end:
                if select.select([terminal], [], [], 0.5)[0]:
                    text += os.read(terminal, 4096).decode()
                elif "listening" in text:
                    break
            process.terminate()
            said.append((text, process.communicate()[1].decode()))
            os.close(terminal)
        password = re.search(r"the one-time password (\S+)", said[0][0]).group(1)
        self.assertGreaterEqual(len(password), 16)
        self.assertNotIn(password, said[0][1])
        self.assertNotIn("password", said[1][0])
        for path in (self.folder / "data").rglob("*"):
            if path.is_file():
                self.assertNotIn(password.encode(), path.read_bytes(), path)

    def test_the_first_password_without_a_terminal(self):
        process = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", "--data", "data"],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=self.environment({}))
        self.running.append(process)
        process.stdout.readline()
        answer = subprocess.run([BINARY, "user", "password", "admin", "--data", "data"],
                                cwd=self.folder, input="a better password\n", text=True,
                                capture_output=True, env=self.environment({}), check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        process.terminate()
        out, log = process.communicate()
        self.assertEqual(out, "")
        self.assertIn("administrator_made", log)
        self.assertNotIn("one-time", log)

    def test_several_addresses(self):
        command = [BINARY, "serve", "--data", "data", "--anonymous"]
        settings = {"GANTRY_LISTEN": "127.0.0.1:0,[::1]:0"}
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=log,
                                       text=True, env=self.environment(settings))
        self.running.append(process)
        self.assertRegex(process.stdout.readline(), r"^listening on http://127\.0\.0\.1:\d+\n$")
        self.wait_for_event("listening")
        addresses = [e["address"] for e in self.events() if e["event"] == "listening"]
        self.assertEqual(len(addresses), 2)
        self.assertEqual(self.request(addresses[1], "GET", "/healthz")[0], 200)

    def test_a_folder_has_one_server(self):
        process, _ = self.serve()
        code, out, err = self.run_gantry("serve", "--listen", "127.0.0.1:0", "--data", "data")
        self.assertEqual((code, out), (FAILED, ""))
        self.assertIn(f"in use by process {process.pid};", err)

    def test_an_address_in_use(self):
        _, url = self.serve()
        address = url.partition("//")[2]
        code, _, err = self.run_gantry("serve", "--listen", address, "--data", "other")
        self.assertEqual(code, FAILED)
        self.assertIn(address, err)

    def test_a_path_too_long_for_the_socket(self):
        code, _, err = self.run_gantry("serve", "--listen", "127.0.0.1:0", "--data", "d" * 120)
        self.assertEqual(code, FAILED)
        self.assertIn("too long", err)

    def test_a_database_that_does_not_answer(self):
        code, _, err = self.run_gantry(
            "serve", "--listen", "127.0.0.1:0", "--data", "data",
            GANTRY_DATABASE_ENGINE="postgres",
            GANTRY_DATABASE_CONNINFO=f"host={self.folder} dbname=x connect_timeout=2")
        self.assertEqual(code, FAILED)
        self.assertTrue(err.startswith("gantry: "), err)

    def test_access_log(self):
        process, url = self.serve()
        self.request(url, "GET", "/v2/?token=secret", headers={
            "X-Request-Id": "id-1", "User-Agent": "test", "traceparent": "00-1-2-01"})
        self.end(process)
        line = next(e for e in self.events() if e["event"] == "request" and e["path"] == "/v2/")
        self.assertEqual([line[key] for key in ("id", "method", "status", "peer", "user_agent",
                                                "traceparent")],
                         ["id-1", "GET", 200, "127.0.0.1", "test", "00-1-2-01"])
        self.assertGreater(line["duration_us"], 0)
        self.assertNotIn("secret", self.log_text())

    def test_no_access_log(self):
        process, url = self.serve(GANTRY_LOG_ACCESS="false")
        self.request(url, "GET", "/v2/")
        self.end(process)
        self.assertNotIn("request", [event["event"] for event in self.events()])

    def test_an_unknown_variable_is_a_warning(self):
        process, _ = self.serve(GANTRY_STORAGE_TRASHPERIOD="1d")
        self.end(process)
        warnings = [e["message"] for e in self.events() if e["event"] == "configuration"]
        self.assertEqual(len(warnings), 1)
        self.assertIn("did you mean GANTRY_STORAGE_TRASH_PERIOD?", warnings[0])

    def test_not_ready_without_space(self):
        _, url = self.serve(GANTRY_READINESS_FREE_MIN="8000000TiB")
        status, body = self.request(url, "GET", "/readyz")
        self.assertEqual(status, 503)
        self.assertEqual(json.loads(body)["checks"]["disk"]["reason"], "too_little_free_space")


class SignalTest(ProgramTest):
    def begin_upload(self, url):
        """A request that is in flight: its body has not ended."""
        connection = self.connect(url)
        connection.putrequest("POST", f"/v2/a/blobs/uploads/?digest={digest_of(b'abcd')}")
        connection.putheader("Content-Length", "4")
        connection.endheaders()
        connection.send(b"ab")
        # The server has seen it when another request has been answered meanwhile.
        self.request(url, "GET", "/healthz")
        return connection

    def wait_until_refused(self, url):
        """Nobody new is let in from some moment on."""
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(tuple(url.partition("//")[2].split(":")), 5).close()
            except OSError:
                return
            self.assertLess(time.monotonic(), end, "new connections are accepted")

    def test_drain(self):
        process, url = self.serve()
        upload = self.begin_upload(url)
        process.send_signal(signal.SIGTERM)
        self.wait_for_event("draining")
        self.assertIsNone(process.poll())
        upload.send(b"cd")
        self.assertEqual(upload.getresponse().status, 201)
        upload.close()
        self.assertEqual(process.wait(20), DONE)

    def test_not_ready_while_draining(self):
        process, url = self.serve()
        kept = self.connect(url)
        kept.request("GET", "/readyz")
        response = kept.getresponse()
        self.assertEqual(response.status, 200)
        response.read()
        upload = self.begin_upload(url)
        process.send_signal(signal.SIGTERM)
        self.wait_for_event("draining")
        self.wait_until_refused(url)
        kept.request("GET", "/readyz")
        response = kept.getresponse()
        self.assertEqual(response.status, 503)
        self.assertEqual(json.loads(response.read())["checks"]["serving"]["reason"], "draining")
        upload.send(b"cd")
        self.assertEqual(upload.getresponse().status, 201)
        upload.close()
        kept.close()
        self.assertEqual(process.wait(40), DONE)

    def test_a_request_that_does_not_end_is_cut_off(self):
        process, url = self.serve(GANTRY_HTTP_DRAIN_TIMEOUT="1s")
        upload = self.begin_upload(url)
        self.assertEqual(self.end(process), DONE)
        upload.close()

    def test_a_second_signal_ends_at_once(self):
        process, url = self.serve()
        upload = self.begin_upload(url)
        process.send_signal(signal.SIGTERM)
        self.wait_for_event("draining")
        started = time.monotonic()
        self.assertEqual(self.end(process, signal.SIGINT), FAILED)
        self.assertLess(time.monotonic() - started, 10)
        upload.close()

    def test_hangup_without_tls_changes_nothing(self):
        process, url = self.serve()
        process.send_signal(signal.SIGHUP)
        self.assertEqual(self.request(url, "GET", "/healthz")[0], 200)
        self.assertEqual(self.end(process, signal.SIGINT), DONE)


class TlsTest(ProgramTest):
    def make_certificate(self, name):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             "subjectAltName=IP:127.0.0.1", "-out", self.folder / "c.pem",
             "-keyout", self.folder / "k.pem"], check=True, capture_output=True)

    def served_certificate(self, url):
        host, port = url.partition("//")[2].split(":")
        return ssl.get_server_certificate((host, int(port)))

    def test_the_certificate_is_read_again(self):
        self.make_certificate("one")
        process, url = self.serve(GANTRY_TLS_CERTIFICATE="c.pem", GANTRY_TLS_KEY="k.pem")
        self.assertTrue(url.startswith("https://"))
        first = self.served_certificate(url)
        self.make_certificate("two")
        self.assertEqual(self.served_certificate(url), first)
        process.send_signal(signal.SIGHUP)
        self.wait_for_event("certificate_reloaded")
        second = self.served_certificate(url)
        self.assertNotEqual(second, first)
        (self.folder / "c.pem").write_text("nonsense")
        process.send_signal(signal.SIGHUP)
        self.wait_for_event("certificate_not_reloaded")
        self.assertEqual(self.served_certificate(url), second)
        self.assertEqual(self.end(process), DONE)

    def test_a_certificate_that_is_not_there(self):
        code, _, err = self.run_gantry("serve", "--listen", "127.0.0.1:0", "--data", "data",
                                       GANTRY_TLS_CERTIFICATE="no.pem", GANTRY_TLS_KEY="no.pem")
        self.assertEqual(code, FAILED)
        self.assertIn("no.pem", err)


class ConfigTest(ProgramTest):
    def test_check(self):
        file = self.folder / "g.yaml"
        file.write_text("storage:\n  trash_period: 2d\n")
        code, out, _ = self.run_gantry("config", "check", "g.yaml")
        self.assertEqual((code, out), (DONE, "the configuration is good\n"))
        file.write_text("storage:\n  trash_perod: 2d\nworkers: x\n")
        code, out, err = self.run_gantry("config", "check", "g.yaml")
        self.assertEqual((code, out), (USAGE, ""))
        self.assertEqual(err.splitlines(), [
            'gantry: g.yaml:2: unknown key "storage.trash_perod"; '
            'did you mean "storage.trash_period"?',
            'gantry: g.yaml:3: workers: "x" is not a whole number'])
        code, _, err = self.run_gantry("serve", "--config", "g.yaml")
        self.assertEqual(code, USAGE)
        self.assertIn("g.yaml:2", err)

    def test_the_example_is_good(self):
        _, example, _ = self.run_gantry("config", "example")
        self.assertEqual(example, (ROOT / "docs/user/gantry.example.yaml").read_text())
        (self.folder / "g.yaml").write_text(example)
        self.assertEqual(self.run_gantry("config", "check", "g.yaml")[0], DONE)

    def test_version(self):
        code, out, _ = self.run_gantry("version", "--json")
        self.assertEqual(code, DONE)
        self.assertRegex(json.loads(out)["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(self.run_gantry("version")[1], f"gantry {json.loads(out)['version']}\n")


class CommandTest(ProgramTest):
    def commands(self, blob):
        """The commands that work with and without a server, on a store with one deleted blob."""
        code, out, err = self.run_gantry("trash", "list", "--data", "data")
        self.assertEqual(code, DONE, err)
        self.assertRegex(out, rf"(?m)^ID +DELETED.*\n(\d+) .* blob +a +{blob} ")
        trash_id = out.splitlines()[1].split()[0]
        self.assertEqual(self.run_gantry("trash", "list", "--data", "data", "--repository", "b")[0],
                         FAILED)
        code, out, err = self.run_gantry("trash", "restore", trash_id, "--data", "data")
        self.assertEqual((code, out), (DONE, f"restored blob {blob} of a\n"), err)
        code, out, err = self.run_gantry("trash", "restore", trash_id, "--data", "data")
        self.assertEqual(code, FAILED)
        self.assertIn(trash_id, err)
        self.assertEqual(self.run_gantry("trash", "list", "--data", "data")[1],
                         "the trash is empty\n")
        code, out, err = self.run_gantry("gc", "--data", "data", "--json")
        self.assertEqual(code, DONE, err)
        self.assertEqual(json.loads(out)["blobsRemoved"], 0)
        self.assertRegex(self.run_gantry("gc", "--data", "data")[1], r"^freed 0 B: 0 blobs removed")
        code, out, err = self.run_gantry("scrub", "--data", "data", "--rate", "1000000")
        self.assertEqual(code, DONE, err)
        self.assertEqual(out, "2 blobs, 6 B checked: 0 damaged, 0 missing\n")

    def store_with_a_deleted_blob(self, url):
        self.push_image(url)
        free = digest_of(b"free")
        self.request(url, "POST", f"/v2/a/blobs/uploads/?digest={free}", b"free")
        self.assertEqual(self.request(url, "DELETE", f"/v2/a/blobs/{free}")[0], 202)
        return free

    def test_commands_with_a_server(self):
        process, url = self.serve()
        self.commands(self.store_with_a_deleted_blob(url))
        code, _, err = self.run_gantry("verify", "--data", "data")
        self.assertEqual(code, FAILED)
        self.assertIn(f"in use by process {process.pid};", err)

    def test_commands_without_a_server(self):
        process, url = self.serve()
        blob = self.store_with_a_deleted_blob(url)
        self.end(process)
        self.commands(blob)
        code, out, err = self.run_gantry("verify", "--data", "data")
        self.assertEqual(code, DONE, err)
        self.assertEqual(out, "2 blobs, 6 B checked: 0 defects, 0 orphans, 0 uploads in progress\n")
        self.assertEqual(json.loads(self.run_gantry("verify", "--data", "data", "--json")[1]),
                         {"blobs": 2, "bytes": 6, "orphans": 0, "uploads": 0, "defects": []})

    def test_damage_is_found(self):
        process, url = self.serve()
        text = b"x" * 300000  # a file of its own
        blob, _ = self.push_image(url, text=text)
        self.end(process)
        hexadecimal = blob.partition(":")[2]
        stored = [path for path in (self.folder / "data").rglob("*")
                  if hexadecimal in path.name and path.is_file()]
        self.assertEqual(len(stored), 1)
        os.chmod(stored[0], 0o600)
        with open(stored[0], "r+b") as file:
            file.write(b"y")
        code, out, _ = self.run_gantry("verify", "--data", "data")
        self.assertEqual(code, DAMAGE)
        self.assertIn(f"blob_damaged: {blob}", out)
        _, url = self.serve()
        code, out, _ = self.run_gantry("scrub", "--data", "data")
        self.assertEqual(code, DAMAGE)
        self.assertIn("1 damaged", out)
        self.assertEqual(self.request(url, "GET", f"/v2/a/blobs/{blob}")[0], 404)
        self.push_image(url, text=text)
        self.assertEqual(self.request(url, "GET", f"/v2/a/blobs/{blob}"), (200, text))
        self.assertEqual(self.run_gantry("scrub", "--data", "data")[0], DONE)

    def test_backup_and_restore(self):
        process, url = self.serve()
        blob, manifest = self.push_image(url)
        code, out, err = self.run_gantry("backup", "--data", "data", "copy")
        self.assertEqual(code, DONE, err)
        self.assertIn("copy: 1 blobs, 2 B", out)
        code, _, err = self.run_gantry("backup", "--data", "data", "copy")
        self.assertEqual(code, FAILED, "a backup over another one")
        self.push_image(url, name="later")
        code, out, err = self.run_gantry("restore", "--data", "restored", "copy")
        self.assertEqual(code, DONE, err)
        self.assertEqual(self.run_gantry("verify", "--data", "restored")[0], DONE)
        _, restored = self.serve(data="restored")
        self.assertEqual(digest_of(self.request(restored, "GET", "/v2/a/manifests/v1")[1]),
                         manifest)
        self.assertEqual(self.request(restored, "GET", f"/v2/a/blobs/{blob}"), (200, b"{}"))
        self.assertEqual(self.request(restored, "GET", "/v2/later/manifests/v1")[0], 404)
        code, _, err = self.run_gantry("restore", "--data", "again", "nothing")
        self.assertEqual(code, FAILED)
        self.assertIn("holds no backup", err)
        self.assertFalse((self.folder / "nothing").exists())


if __name__ == "__main__":
    sys.exit(unittest.main())
