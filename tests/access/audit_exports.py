#!/usr/bin/env python3
"""The audit log is exported: a server of ours that is killed meanwhile, a file, a syslog collector
over TCP and TLS, and a bucket behind an HTTP server that checks signatures.

    tests/access/audit_exports.py [--gantry BINARY]
"""

import argparse
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry, free_port

ACCOUNT = "/accounts/000000000000"
KEY_ID, SECRET = "AKIATEST", "the/secret+key"


class Collector:
    """Takes syslog messages with octet counting (RFC 6587), over TLS where there is a context."""

    def __init__(self, context=None):
        self.context, self.messages = context, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
                if self.context:
                    peer = self.context.wrap_socket(peer, server_side=True)
                threading.Thread(target=self.read, args=(peer,), daemon=True).start()
            except ssl.SSLError:
                continue
            except OSError:
                return

    def read(self, peer):
        stream = peer.makefile("rb")
        while True:
            length = b""
            while (byte := stream.read(1)) not in (b" ", b""):
                length += byte
            if not byte:
                return
            self.messages.append(stream.read(int(length)).decode())

    def sequences(self):
        return [int(re.search(r' sequence="(\d+)"', message).group(1)) for message in list(self.messages)]

    def close(self):
        self.socket.close()


class Bucket(http.server.ThreadingHTTPServer):
    """Takes objects whose PUT is signed by the key (AWS Signature Version 4)."""

    def __init__(self):
        self.objects, self.refused, self.down = {}, 0, False
        super().__init__(("127.0.0.1", 0), BucketHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class BucketHandler(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        good = not self.server.down and self.is_signed(body)
        if good:
            self.server.objects[urllib.parse.unquote(self.path)] = body.decode()
        else:
            self.server.refused += 1
        self.send_response(200 if good else 503 if self.server.down else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def is_signed(self, body):
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/s3/aws4_request, ?"
            r"SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})", self.headers["Authorization"])
        key_id, day, region, names, signature = found.groups()
        digest = hashlib.sha256(body).hexdigest()
        if key_id != KEY_ID or self.headers["x-amz-content-sha256"] != digest:
            return False
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names.split(";"))
        request = "\n".join(["PUT", self.path, "", headers, names, digest])
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"],
                          f"{day}/{region}/s3/aws4_request",
                          hashlib.sha256(request.encode()).hexdigest()])
        key = ("AWS4" + SECRET).encode()
        for part in (day, region, "s3", "aws4_request", text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return "host" in names.split(";") and key.hex() == signature

    def log_message(self, *_):
        pass


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s: {what}")
        time.sleep(0.05)


class AuditExports(unittest.TestCase):
    binary = None

    def serve(self, **settings):
        gantry = Gantry(self.binary, anonymous=False, settings={
            "GANTRY_AUDIT_" + name: str(value) for name, value in settings.items()})
        gantry.start()
        self.addCleanup(gantry.stop)
        return gantry

    def make_users(self, gantry, names):
        for name in names:
            control.ask(gantry.folder / "data", "POST", f"{ACCOUNT}/users", {"name": name})

    def metrics(self, gantry):
        host, port = gantry.address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    def certificate(self, folder):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=collector", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                "-keyout", "key.pem", "-out", "cert.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        return context

    def test_nothing_is_lost_by_kills(self):
        collector, bucket = Collector(), Bucket()
        self.addCleanup(collector.close)
        self.addCleanup(bucket.shutdown)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        gantry = self.serve(EXPORT_FILE=folder / "audit.jsonl",
                            EXPORT_SYSLOG=f"tcp://127.0.0.1:{collector.port}",
                            EXPORT_S3_ENDPOINT=bucket.url, EXPORT_S3_BUCKET="audit",
                            EXPORT_S3_PREFIX="node 1", EXPORT_S3_ACCESS_KEY_ID=KEY_ID,
                            EXPORT_S3_SECRET_ACCESS_KEY=SECRET)
        made = 0
        for kill in range(3):
            self.make_users(gantry, [f"u{kill}-{n}" for n in range(20)])
            made += 20
            time.sleep(0.3 * kill)
            gantry.kill()
            gantry.launch()
        lines = lambda: (folder / "audit.jsonl").read_text().splitlines() if (
            folder / "audit.jsonl").exists() else []
        in_file = lambda: {json.loads(line)["sequence"] for line in lines()}
        in_bucket = lambda: {json.loads(line)["sequence"]
                             for body in bucket.objects.values() for line in body.splitlines()}
        last = max(record["sequence"] for record in control.ask(
            gantry.folder / "data", "GET", f"{ACCOUNT}/audit?n=1000")["records"])
        self.assertGreaterEqual(last, made)
        wanted = set(range(1, last + 1))
        until("every record in the file", lambda: wanted <= in_file())
        until("every record at the collector", lambda: wanted <= set(collector.sequences()))
        # What a minute has not brought, a restart does.
        gantry.kill()
        gantry.launch()
        until("every record in the bucket", lambda: wanted <= in_bucket())
        self.assertEqual(bucket.refused, 0)
        for name, body in bucket.objects.items():
            first = json.loads(body.splitlines()[0])["sequence"]
            self.assertEqual(name, f"/audit/node 1/{first:020}.jsonl")
        self.assertRegex(collector.messages[0], r"^<\d+>1 \S+ \S+ gantry - \S+ \[gantry@32473 ")
        for target in ("file", "syslog", "s3"):
            name = f"gantry_audit_export_{target}_lag_records"
            until(f"no lag of {target}", lambda: float(self.metrics(gantry)[name]) == 0)

    def test_a_target_that_fails_lags_and_catches_up(self):
        bucket = Bucket()
        bucket.down = True
        self.addCleanup(bucket.shutdown)
        gantry = self.serve(EXPORT_S3_ENDPOINT=bucket.url, EXPORT_S3_BUCKET="audit",
                            EXPORT_S3_ACCESS_KEY_ID=KEY_ID, EXPORT_S3_SECRET_ACCESS_KEY=SECRET)
        self.make_users(gantry, ["alice"])
        name = 'gantry_audit_export_failures_total{target="s3"}'
        until("a failure", lambda: float(self.metrics(gantry)[name]) > 0, 90)
        self.assertGreater(float(self.metrics(gantry)["gantry_audit_export_s3_lag_records"]), 0)
        bucket.down = False
        until("no lag", lambda: float(
            self.metrics(gantry)["gantry_audit_export_s3_lag_records"]) == 0, 90)
        self.assertTrue(bucket.objects)

    def test_tls(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        collector = Collector(self.certificate(folder))
        self.addCleanup(collector.close)
        trusting = self.serve(EXPORT_SYSLOG=f"tls://127.0.0.1:{collector.port}",
                              EXPORT_SYSLOG_CA_FILE=folder / "cert.pem")
        self.make_users(trusting, ["alice"])
        until("a message", lambda: collector.messages)
        before = len(collector.messages)
        doubting = self.serve(EXPORT_SYSLOG=f"tls://127.0.0.1:{collector.port}")
        self.make_users(doubting, ["bob"])
        name = 'gantry_audit_export_failures_total{target="syslog"}'
        until("a failure", lambda: float(self.metrics(doubting)[name]) > 0)
        self.assertEqual(len(collector.messages), before)

    def test_addresses_are_checked(self):
        for settings in ({"EXPORT_SYSLOG": "127.0.0.1:514"}, {"EXPORT_SYSLOG": "tcp://"},
                         {"EXPORT_S3_ENDPOINT": "https://s3.example.com"}):
            done = subprocess.run(
                [self.binary, "serve", "--listen", f"127.0.0.1:{free_port()}", "--data",
                 self.enterContext(tempfile.TemporaryDirectory())],
                env={**os.environ, **{"GANTRY_AUDIT_" + k: v for k, v in settings.items()}},
                capture_output=True, text=True, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("audit.export", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gantry")
    options, rest = parser.parse_known_args()
    AuditExports.binary = options.gantry or os.environ.get("GANTRY_BINARY") or str(
        pathlib.Path(__file__).resolve().parents[2] / "build/release/gantry")
    unittest.main(argv=[sys.argv[0], *rest])
