#!/usr/bin/env python3
"""Tests of the wire test runner itself: what it reads, and that it notices what is wrong."""

import http.server
import pathlib
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import matching  # noqa: E402
import wirefile  # noqa: E402
from curl_h2 import Http2  # noqa: E402
from execute import Run  # noqa: E402
from transport import Http1, ProtocolError, Response  # noqa: E402


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what the path says: /STATUS/BODY."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        status, _, body = self.path[1:].partition("/")
        length = int(self.headers.get("Content-Length", 0))
        body = body.encode() + self.rfile.read(length)
        self.send_response(int(status))
        self.send_header("X-Request-Id", self.headers.get("X-Request-Id", "1"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *_):
        pass


class RunnerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.address = f"127.0.0.1:{cls.server.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".wire") as file:
            file.write(text)
            file.flush()
            return wirefile.read(pathlib.Path(file.name))

    def failures(self, text):
        run = Run(self.read(text), Http1(self.address), "test/repo")
        run.run()
        return [failure[2] for failure in run.failures]

    def assert_fails(self, text, part):
        failures = self.failures(text)
        self.assertEqual(len(failures), 1, failures)
        self.assertIn(part, failures[0])

    def test_what_is_right_passes(self):
        self.assertEqual(self.failures("""
# comment
let word = b
data body = text a${word}c
data more = <<END
x
y
END
request one
GET /200/${repo}
=> 200
X-Request-Id: 1
!ETag
body text test/repo
capture id = header X-Request-Id

request two
POST /201/
X-Request-Id: ${id}${size:body}
body body
=> 200|201
X-Request-Id: 1*
body body
contains bc
size 3

foreach x p q
request three ${x}
PUT /200/
body more
=> 200
body <<END
x
y
END

endforeach
loop i 0 2
request four
HEAD /404/
=> 404
empty

endloop
raw five
send "GET /200/raw HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
=> 200
body text raw
closed
"""), [])

    def test_what_is_wrong_is_noticed(self):
        self.assert_fails("request a\nGET /200/\n=> 404\n", "expected status 404, got 200")
        self.assert_fails("request a\nGET /200/x\n=> 200\nETag: *\n", "no header ETag")
        self.assert_fails("request a\nGET /200/x\n=> 200\nX-Request-Id: 2\n",
                          "expected X-Request-Id: 2, got '1'")
        self.assert_fails("request a\nGET /200/x\n=> 200\n!Content-Length\n",
                          "unwanted Content-Length")
        self.assert_fails("request a\nGET /200/xy\n=> 200\nbody text xz\n", "differs at byte 1")
        self.assert_fails("request a\nGET /200/x\n=> 200\nempty\n", "expected an empty body")
        self.assert_fails("request a\nGET /200/x\n=> 200\nsize 2\n", "a body of 2 bytes, got 1")
        self.assert_fails("request a\nGET /200/x\n=> 200\ncontains y\n", "does not contain 'y'")
        self.assert_fails("request a\nGET /200/x\n=> 200\njson {}\n", "is not JSON")
        self.assert_fails("request a\nGET /400/{}\n=> 400\nerror X\n", "expected the error X")
        self.assert_fails("request a\nGET /200/${nope}\n=> 200\n", "${nope} is not set")
        self.assert_fails("request a\nGET /200/\n=> 200\ncapture x = header ETag\n", "to capture")
        self.assert_fails('raw a\nsend "GET /200/ HTTP/1.1\\r\\n\\r\\n"\n=> 200\nclosed\n',
                          "keeps the connection open")

    def test_files_that_are_not_written_right(self):
        for text in ("nonsense\n", "request a\nGET /\n", "request a\nGET\n=> 200\n",
                     "let x\n", "data x = number 1\n", "foreach a b\n", "data x = <<END\n",
                     "request a\nGET /\nhello world\n=> 200\n", "raw a\nsend x\n=> 200\n",
                     "request a\nGET /\n=> 200\ncapture x\n", "request a\nGET /\n=> 200\nfoo\n"):
            with self.assertRaises(wirefile.WireError, msg=text):
                self.read(text)

    def test_h2_asks_for_h2(self):
        with self.assertRaises(ProtocolError):
            Http2(self.address).request("GET", "/200/", [], b"", 0)


class MatchingTest(unittest.TestCase):
    def test_globs(self):
        for pattern, text in (("a", "a"), ("*", ""), ("a*", "abc"), ("*c", "abc"), ("a*c", "ac"),
                              ("a*b*c", "a-b-c"), ("*/*", "a/b"), ("<*n=3*>", "<?n=3&x>")):
            self.assertTrue(matching.glob_matches(pattern, text), (pattern, text))
        for pattern, text in (("a", "b"), ("a*", "b"), ("a*a", "a"), ("*c", "cb"), ("a*b*c", "acb")):
            self.assertFalse(matching.glob_matches(pattern, text), (pattern, text))

    def test_json_subsets(self):
        got = b'{"a": 1, "b": [{"c": "d", "e": true}], "f": null}'
        for wanted in ({}, {"a": 1}, {"b": [{"c": "d"}]}, {"b": ["*"]}, {"b": "*", "x": None}):
            self.assertEqual(matching.json_problems(got, wanted), [], wanted)
        for wanted in ({"a": 2}, {"a": True}, {"x": 1}, {"b": []}, {"b": [{"c": "x"}]}, [],
                       {"a": None}):
            self.assertNotEqual(matching.json_problems(got, wanted), [], wanted)

    def test_errors_have_a_form(self):
        def problems(body, content_type="application/json"):
            return matching.error_problems(Response(400, [("Content-Type", content_type)], body),
                                           ["A"])
        self.assertEqual(problems(b'{"errors":[{"code":"A","message":"b"}]}'), [])
        self.assertNotEqual(problems(b'{"errors":[{"code":"B","message":"b"}]}'), [])
        self.assertNotEqual(problems(b'{"errors":[{"code":"A","message":""}]}'), [])
        self.assertNotEqual(problems(b'{"errors":[{"code":"A","message":"b"}]}', "text/plain"), [])


if __name__ == "__main__":
    unittest.main()
