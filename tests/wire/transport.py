"""HTTP clients for the runner that send exactly what a test says and judge the framing strictly."""

import dataclasses
import socket
import ssl

TIMEOUT_S = 30
RAW_TIMEOUT_S = 5  # of requests that the server should refuse at once


class ProtocolError(Exception):
    """The server's answer breaks the protocol."""


class Closed(ProtocolError):
    """The connection ended before an answer."""


@dataclasses.dataclass
class Response:
    status: int
    headers: list  # (name, value) in order
    body: bytes

    def values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def value(self, name):
        values = self.values(name)
        return values[0] if values else None


def strip_origin(target):
    """The path and query of a target that may be a whole URL."""
    for scheme in ("http://", "https://"):
        if target.startswith(scheme):
            _, slash, rest = target[len(scheme):].partition("/")
            return slash + rest
    return target


class Connection:
    """One HTTP/1.1 connection."""

    def __init__(self, address, ca_file=None, timeout_s=TIMEOUT_S):
        host, _, port = address.rpartition(":")
        self.address = address
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca_file:
            context = ssl.create_default_context(cafile=ca_file)
            context.set_alpn_protocols(["http/1.1"])
            self.socket = context.wrap_socket(self.socket, server_hostname=host.strip("[]"))
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends; a server that has answered and closed already is not an error."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            pass

    def fill(self):
        try:
            data = self.socket.recv(1 << 16)
        except (ConnectionResetError, ssl.SSLEOFError):
            data = b""
        except socket.timeout as timeout:
            raise ProtocolError(f"no answer within {self.socket.gettimeout()} s") from timeout
        self.buffer += data
        return bool(data)

    def is_closed(self):
        """Whether the server closes the connection without sending anything more."""
        if self.buffer:
            raise ProtocolError(f"bytes after the answer: {self.buffer[:100]!r}")
        try:
            return not self.fill()
        except ProtocolError:
            return False

    def line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > 1 << 16:
                raise ProtocolError("a line of the answer is longer than 64 KiB")
            if not self.fill():
                if self.buffer:
                    raise ProtocolError(f"the answer stops after {self.buffer[:100]!r}")
                raise Closed("the connection was closed without an answer")
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        if b"\n" in line or b"\r" in line:
            raise ProtocolError(f"a bare line end in {line!r}")
        return line.decode("latin-1")

    def exactly(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                raise ProtocolError(f"the body stops {count - len(self.buffer)} bytes early")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def chunks(self):
        body = b""
        while True:
            size = int(self.line().partition(";")[0], 16)
            body += self.exactly(size)
            if self.line() != "":
                raise ProtocolError("no line end after a chunk")
            if size == 0:
                return body

    def response(self, method):
        """The next final response (100 Continue is passed over)."""
        while True:
            version, _, rest = self.line().partition(" ")
            if version not in ("HTTP/1.1", "HTTP/1.0"):
                raise ProtocolError(f"the answer begins with {version!r}")
            status = int(rest[:3])
            headers = []
            while (line := self.line()):
                name, colon, value = line.partition(":")
                if not colon or not name or name != name.strip():
                    raise ProtocolError(f"{line!r} is no header")
                headers.append((name, value.strip()))
            if status >= 200:
                break
        return Response(status, headers, self.body(method, status, headers))

    def body(self, method, status, headers):
        response = Response(status, headers, b"")
        lengths = response.values("Content-Length")
        coding = response.value("Transfer-Encoding")
        if len(lengths) > 1 or (lengths and coding):
            raise ProtocolError(f"the length of the answer is given twice: {headers}")
        if method == "HEAD" or status in (204, 304):
            if coding or (status == 204 and lengths not in ([], ["0"])):
                raise ProtocolError(f"a {status} to {method} announces a body: {headers}")
            return b""
        if coding:
            if coding.lower() != "chunked":
                raise ProtocolError(f"Transfer-Encoding {coding!r}")
            return self.chunks()
        if not lengths:
            raise ProtocolError("the answer gives no length")
        return self.exactly(int(lengths[0]))


class Http1:
    """Requests over one kept HTTP/1.1 connection."""

    protocol = "h1"

    def __init__(self, address, ca_file=None):
        self.address = address
        self.ca_file = ca_file
        self.connection = None

    def connect(self, timeout_s=TIMEOUT_S):
        return Connection(self.address, self.ca_file, timeout_s)

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def request(self, method, target, headers, body, chunk):
        message = self.encode(method, strip_origin(target), headers, body, chunk)
        kept = self.connection is not None
        try:
            return self.exchange(method, message)
        except Closed:
            # A kept connection may have been closed by the server in the meantime.
            self.close()
            if not kept:
                raise
        return self.exchange(method, message)

    def exchange(self, method, message):
        if not self.connection:
            self.connection = self.connect()
        self.connection.send(message)
        try:
            response = self.connection.response(method)
        except ProtocolError:
            self.close()
            raise
        if self.connection.buffer:
            raise ProtocolError(f"bytes after the answer: {self.connection.buffer[:100]!r}")
        if (response.value("Connection") or "").lower() == "close":
            self.close()
        return response

    def encode(self, method, target, headers, body, chunk):
        lines = [f"{method} {target} HTTP/1.1"]
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            lines.append(f"Host: {self.address}")
        lines += [f"{name}: {value}" for name, value in headers]
        if chunk:
            lines.append("Transfer-Encoding: chunked")
            pieces = [body[at:at + chunk] for at in range(0, len(body), chunk)] + [b""]
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        elif "content-length" not in names and (body or method in ("POST", "PUT", "PATCH")):
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
