"""Reads *.wire files (README.md describes the format) into stanzas."""

import dataclasses
import re


class WireError(Exception):
    """A file that is not written as README.md says."""

    def __init__(self, path, line, text):
        super().__init__(f"{path}:{line}: {text}")


@dataclasses.dataclass
class Text:
    """Words of a file with the line they stand on; ${variables} are still in them."""

    line: int
    value: str


@dataclasses.dataclass
class Expectation:
    """One expected response."""

    line: int
    statuses: list
    headers: list = dataclasses.field(default_factory=list)   # (name, glob)
    absent: list = dataclasses.field(default_factory=list)    # header names
    checks: list = dataclasses.field(default_factory=list)    # (kind, Text)
    captures: list = dataclasses.field(default_factory=list)  # (variable, source, what)


@dataclasses.dataclass
class Stanza:
    """One step of a file. `kind`: let, data, blob, manifest, request, raw, foreach, loop."""

    kind: str
    line: int
    label: str = ""
    words: list = dataclasses.field(default_factory=list)
    method: str = ""
    target: str = ""
    headers: list = dataclasses.field(default_factory=list)
    query: list = dataclasses.field(default_factory=list)
    body: object = None          # (kind, Text): "data", "text"
    chunk: int = 0               # send the body in chunks of that many bytes, without a length
    sends: list = dataclasses.field(default_factory=list)     # of raw: (repeat, Text)
    expectations: list = dataclasses.field(default_factory=list)
    closed: bool = False         # of raw: the server closes the connection
    stanzas: list = dataclasses.field(default_factory=list)   # of foreach and loop


HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*):(?: (.*))?$")
STATUS = re.compile(r"^=> (\d{3}(?:\|\d{3})*)$")


class Parser:
    def __init__(self, path, text):
        self.path = path
        self.lines = text.split("\n")
        self.at = 0
        self.only = set()

    def fail(self, text, line=None):
        raise WireError(self.path, line or self.at, text)

    def next(self):
        """The next line that is no comment, or None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if not line.startswith("#"):
                return line.rstrip()
        return None

    def value(self, text):
        """`text`, or the lines up to the word after << in it."""
        line = self.at
        if not text.startswith("<<"):
            return Text(line, text)
        end = text[2:]
        start = self.at
        while self.at < len(self.lines):
            if self.lines[self.at] == end:
                self.at += 1
                return Text(line, "\n".join(self.lines[start:self.at - 1]))
            self.at += 1
        self.fail(f"no line {end!r} ends this text", line)

    def parse(self, until=None):
        stanzas = []
        opened_at = self.at
        while (line := self.next()) is not None:
            if not line:
                continue
            if line == until:
                return stanzas
            word, _, rest = line.partition(" ")
            reader = getattr(self, "read_" + word, None)
            if not reader:
                self.fail(f"{word!r} begins no stanza")
            stanza = reader(rest.strip(), self.at)
            if stanza:
                stanzas.append(stanza)
        if until:
            self.fail(f"no {until!r} ends this", opened_at)
        return stanzas

    def read_only(self, rest, line):
        self.only.update(rest.split())

    def read_let(self, rest, line):
        name, equals, value = rest.partition(" = ")
        if not equals:
            self.fail("write: let NAME = TEXT")
        return Stanza("let", line, words=[name, self.value(value)])

    def read_data(self, rest, line):
        name, equals, value = rest.partition(" = ")
        kind, _, argument = value.partition(" ")
        if equals and kind.startswith("<<"):
            return Stanza("data", line, words=[name, "text", self.value(kind)])
        if not equals or kind not in ("text", "bytes"):
            self.fail("write: data NAME = text TEXT, data NAME = bytes COUNT or data NAME = <<END")
        return Stanza("data", line, words=[name, kind, Text(line, argument)])

    def read_blob(self, rest, line):
        words = rest.split()
        if len(words) != 2:
            self.fail("write: blob REPOSITORY DATA")
        return Stanza("blob", line, label=f"push of blob {words[1]}", words=words)

    def read_manifest(self, rest, line):
        words = rest.split()
        if len(words) != 4:
            self.fail("write: manifest REPOSITORY REFERENCE DATA MEDIA-TYPE")
        return Stanza("manifest", line, label=f"push of manifest {words[2]}", words=words)

    def read_foreach(self, rest, line):
        name, _, values = rest.partition(" ")
        stanza = Stanza("foreach", line, words=[name, self.value(values)])
        stanza.stanzas = self.parse(until="endforeach")
        return stanza

    def read_loop(self, rest, line):
        words = rest.split()
        if len(words) != 3:
            self.fail("write: loop NAME FIRST END")
        stanza = Stanza("loop", line, words=words)
        stanza.stanzas = self.parse(until="endloop")
        return stanza

    def read_request(self, rest, line):
        stanza = Stanza("request", line, label=rest)
        stanza.method, _, stanza.target = (self.next() or "").partition(" ")
        if not stanza.target:
            self.fail("the line after request is: METHOD TARGET")
        while (text := self.next()):
            if STATUS.match(text):
                self.read_expectations(stanza, text)
                return stanza
            self.read_request_line(stanza, text)
        self.fail("this request expects nothing", line)

    def read_request_line(self, stanza, text):
        word, _, rest = text.partition(" ")
        if header := HEADER.match(text):
            stanza.headers.append((header.group(1), header.group(2) or ""))
        elif word == "query":
            name, _, value = rest.partition("=")
            stanza.query.append((name, value))
        elif word == "chunked":
            stanza.chunk = int(rest)
        elif word == "body":
            stanza.body = self.read_body(rest)
        else:
            self.fail(f"{word!r} is no line of a request")

    def read_body(self, rest):
        if rest.startswith("<<"):
            return "text", self.value(rest)
        kind, _, text = rest.partition(" ")
        return ("text", Text(self.at, text)) if kind == "text" else ("data", Text(self.at, rest))

    def read_raw(self, rest, line):
        stanza = Stanza("raw", line, label=rest)
        while (text := self.next()):
            word, _, rest = text.partition(" ")
            if STATUS.match(text) or word == "closed":
                self.read_expectations(stanza, text)
                return stanza
            if word != "send":
                self.fail(f"{word!r} is no line of a raw request before its status")
            stanza.sends.append(self.read_send(rest))
        self.fail("this request expects nothing", line)

    def read_send(self, rest):
        repeat = re.match(r'^(?:repeat (\d+) )?"(.*)"$', rest)
        if not repeat:
            self.fail('write: send "TEXT" or send repeat COUNT "TEXT"')
        return int(repeat.group(1) or 1), Text(self.at, repeat.group(2))

    def read_expectations(self, stanza, text):
        while text:
            if status := STATUS.match(text):
                statuses = [int(code) for code in status.group(1).split("|")]
                stanza.expectations.append(Expectation(self.at, statuses))
            elif text == "closed" and stanza.kind == "raw":
                stanza.closed = True
            else:
                self.read_check(stanza.expectations[-1], text)
            text = self.next()

    def read_check(self, expectation, text):
        word, _, rest = text.partition(" ")
        if header := HEADER.match(text):
            expectation.headers.append((header.group(1), Text(self.at, header.group(2) or "")))
        elif text.startswith("!"):
            expectation.absent.append(text[1:])
        elif word == "capture":
            capture = re.match(r"^([\w-]+) = (header|json) (\S+)$", rest)
            if not capture:
                self.fail("write: capture NAME = header HEADER, or: capture NAME = json PATH")
            expectation.captures.append(capture.groups())
        elif word == "body":
            expectation.checks.append(self.read_body(rest))
        elif word in ("json", "contains", "error", "size"):
            expectation.checks.append((word, self.value(rest)))
        elif text == "empty":
            expectation.checks.append((word, Text(self.at, "")))
        else:
            self.fail(f"{word!r} is no expectation")


@dataclasses.dataclass
class WireFile:
    path: str
    stanzas: list
    only: set  # the combinations it is for; empty: all


def read(path):
    parser = Parser(path, path.read_text())
    stanzas = parser.parse()
    return WireFile(path, stanzas, parser.only)
