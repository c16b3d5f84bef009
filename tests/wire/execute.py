"""Runs the stanzas of a wire file against a server and collects what fails."""

import codecs
import hashlib
import json
import random
import re
from urllib.parse import quote

import matching
from transport import ProtocolError, RAW_TIMEOUT_S

VARIABLE = re.compile(r"\$\{([^${}]+)\}")


class Undefined(Exception):
    """A variable that no stanza has set."""


class Run:
    """One file against one server by one protocol."""

    def __init__(self, wire_file, client, prefix):
        self.file = wire_file
        self.client = client
        self.variables = {"repo": prefix, "authority": client.address}
        self.data = {"empty": b""}
        self.failures = []  # (line, label, text)
        self.count = 0      # stanzas that asked the server something

    def run(self):
        self.run_all(self.file.stanzas)
        self.client.close()

    def run_all(self, stanzas):
        for stanza in stanzas:
            try:
                getattr(self, "run_" + stanza.kind)(stanza)
            except (ProtocolError, Undefined, OSError) as error:
                self.fail(stanza, str(error))

    def fail(self, stanza, text):
        self.failures.append((stanza.line, self.expand_label(stanza.label), text))

    # --- variables and data -------------------------------------------------------------------

    def expand(self, text):
        while (found := VARIABLE.search(text)):
            text = text[:found.start()] + self.lookup(found.group(1)) + text[found.end():]
        return text

    def expand_label(self, label):
        try:
            return self.expand(label)
        except Undefined:
            return label

    def lookup(self, name):
        if name in self.variables:
            return self.variables[name]
        function, colon, argument = name.partition(":")
        if not colon:
            raise Undefined(f"${{{name}}} is not set")
        if function in ("sha256", "sha512"):
            return f"{function}:" + hashlib.new(function, self.bytes(argument)).hexdigest()
        if function == "dashed":  # the tag of the referrers tag schema
            return self.lookup("sha256:" + argument).replace(":", "-")
        if function == "size":
            return str(len(self.bytes(argument)))
        if function == "text":
            return self.bytes(argument).decode()
        if function == "base64":
            return codecs.encode(self.bytes(argument), "base64").decode().replace("\n", "")
        if function == "quote":
            return quote(self.lookup(argument), safe="")
        if function == "repeat":
            what, _, count = argument.rpartition(":")
            return what * int(count)
        if function == "pad":
            width, _, variable = argument.partition(":")
            return self.lookup(variable).zfill(int(width))
        raise Undefined(f"${{{name}}}: there is no function {function!r}")

    def bytes(self, name):
        if name not in self.data:
            raise Undefined(f"there is no data {name!r}")
        return self.data[name]

    def body(self, body):
        if body is None:
            return b""
        kind, text = body
        return self.bytes(self.expand(text.value)) if kind == "data" else self.expand(text.value).encode()

    def run_let(self, stanza):
        name, text = stanza.words
        self.variables[name] = self.expand(text.value)

    def run_data(self, stanza):
        name, kind, text = stanza.words
        if kind == "bytes":
            # The same bytes for the same name in the same repository, others elsewhere.
            source = random.Random(self.variables["repo"] + name)
            self.data[name] = source.randbytes(int(self.expand(text.value)))
        else:
            self.data[name] = self.expand(text.value).encode()

    def run_foreach(self, stanza):
        name, values = stanza.words
        lines = values.value.split("\n") if "\n" in values.value else values.value.split()
        for value in lines:
            self.variables[name] = self.expand(value)
            self.run_all(stanza.stanzas)

    def run_loop(self, stanza):
        name, first, end = stanza.words
        for value in range(int(self.expand(first)), int(self.expand(end))):
            self.variables[name] = str(value)
            self.run_all(stanza.stanzas)

    # --- requests -----------------------------------------------------------------------------

    def run_blob(self, stanza):
        repository, name = (self.expand(word) for word in stanza.words)
        digest = self.lookup("sha256:" + name)
        target = f"/v2/{repository}/blobs/uploads/"
        begun = self.client.request("POST", target, [], b"", 0)
        if begun.status == 202:
            target = begun.value("Location")
        target += ("&" if "?" in target else "?") + "digest=" + digest
        self.setup(stanza, "PUT", target, [], self.bytes(name))

    def run_manifest(self, stanza):
        repository, reference, name, media_type = (self.expand(word) for word in stanza.words)
        self.setup(stanza, "PUT", f"/v2/{repository}/manifests/{reference}",
                   [("Content-Type", media_type)], self.bytes(name))

    def setup(self, stanza, method, target, headers, body):
        self.count += 1
        response = self.client.request(method, target, headers, body, 0)
        if response.status != 201:
            self.fail(stanza, f"{method} {target}: expected 201, got {describe(response)}")

    def run_request(self, stanza):
        self.count += 1
        target = self.expand(stanza.target)
        for name, value in stanza.query:
            target += ("&" if "?" in target else "?") + name + "=" + quote(self.expand(value), ":")
        headers = [(name, self.expand(value)) for name, value in stanza.headers]
        response = self.client.request(stanza.method, target, headers, self.body(stanza.body),
                                       stanza.chunk)
        problems = self.judge(stanza.expectations[0], response)
        problems += matching.universal_problems(stanza.method, target, response)
        if problems:
            self.fail(stanza, f"{stanza.method} {target}: " + "; ".join(problems)
                      + f"\n    got {describe(response)}")

    def run_raw(self, stanza):
        if self.client.protocol != "h1":
            return
        self.count += 1
        connection = self.client.connect(RAW_TIMEOUT_S)
        try:
            for repeat, text in stanza.sends:
                sent = codecs.decode(self.expand(text.value).encode(), "unicode_escape")
                connection.send(sent.encode("latin-1") * repeat)
            for expectation in stanza.expectations:
                response = connection.response("GET")
                problems = self.judge(expectation, response)
                if problems:
                    self.fail(stanza, "; ".join(problems) + f"\n    got {describe(response)}")
            if stanza.closed and not connection.is_closed():
                self.fail(stanza, "the server keeps the connection open")
        finally:
            connection.close()

    # --- judgement ----------------------------------------------------------------------------

    def judge(self, expectation, response):
        """What is wrong with a response; takes the captures if nothing is."""
        problems = []
        if response.status not in expectation.statuses:
            wanted = "|".join(str(status) for status in expectation.statuses)
            problems.append(f"expected status {wanted}, got {response.status}")
        for name, text in expectation.headers:
            problems += matching.header_problems(response, name, self.expand(text.value))
        for name in expectation.absent:
            if response.values(name):
                problems.append(f"unwanted {name}: {response.value(name)}")
        for kind, text in expectation.checks:
            problems += self.check(kind, text, response)
        for variable, source, what in expectation.captures:
            self.capture(variable, source, what, response, problems)
        return problems

    def check(self, kind, text, response):
        if kind in ("data", "text"):
            return matching.body_problems(response.body, self.body((kind, text)))
        value = self.expand(text.value)
        if kind == "json":
            return matching.json_problems(response.body, json.loads(value))
        if kind == "error":
            return matching.error_problems(response, value.split("|"))
        if kind == "contains":
            present = value.encode() in response.body
            return [] if present else [f"the body does not contain {value!r}"]
        if kind == "size":
            right = len(response.body) == int(value)
            return [] if right else [f"expected a body of {value} bytes, got {len(response.body)}"]
        return [] if not response.body else ["expected an empty body"]

    def capture(self, variable, source, what, response, problems):
        if source == "header":
            value = response.value(what)
        else:
            value = matching.json_at(response.body, what)
        if value is None:
            self.variables.pop(variable, None)
            problems.append(f"there is no {source} {what} to capture")
        else:
            self.variables[variable] = str(value)


def describe(response):
    headers = ", ".join(f"{name}: {value}" for name, value in response.headers)
    body = response.body[:300].decode("utf-8", "replace")
    return f"{response.status} [{headers}] {body}"
