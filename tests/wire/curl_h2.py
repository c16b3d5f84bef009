"""h2 requests through libcurl: over TLS by ALPN, over plain sockets by prior knowledge."""

import ctypes
import ctypes.util

from transport import ProtocolError, Response, TIMEOUT_S, strip_origin

# include/curl/curl.h
OPTION_LONG = {"NOBODY": 44, "UPLOAD": 46, "SSL_VERIFYPEER": 64, "HTTPGET": 80, "HTTP_VERSION": 84,
               "NOSIGNAL": 99, "FORBID_REUSE": 75, "TIMEOUT_MS": 155, "PATH_AS_IS": 234}
OPTION_POINTER = {"URL": 10002, "ERRORBUFFER": 10010, "HTTPHEADER": 10023, "CUSTOMREQUEST": 10036,
                  "CAINFO": 10065, "REQUEST_TARGET": 10266}
OPTION_FUNCTION = {"WRITEFUNCTION": 20011, "READFUNCTION": 20012, "HEADERFUNCTION": 20079}
OPTION_OFFSET = {"INFILESIZE_LARGE": 30115}
INFO_RESPONSE_CODE = 0x200000 + 2
INFO_HTTP_VERSION = 0x200000 + 46
VERSION_2_TLS, VERSION_2_PRIOR_KNOWLEDGE = 4, 5
VERSION_IS_2 = 3

TRANSFER = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t,
                            ctypes.c_size_t, ctypes.c_void_p)


def load():
    curl = ctypes.CDLL(ctypes.util.find_library("curl") or "libcurl.so.4")
    curl.curl_easy_init.restype = ctypes.c_void_p
    curl.curl_easy_strerror.restype = ctypes.c_char_p
    curl.curl_slist_append.restype = ctypes.c_void_p
    curl.curl_slist_append.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    curl.curl_slist_free_all.argtypes = [ctypes.c_void_p]
    for name in ("curl_easy_perform", "curl_easy_reset", "curl_easy_cleanup"):
        getattr(curl, name).argtypes = [ctypes.c_void_p]
    curl.curl_global_init(3)
    return curl


class Http2:
    """Requests over one kept h2 connection (on plain sockets: each over one of its own)."""

    protocol = "h2"
    curl = load()

    def __init__(self, address, ca_file=None):
        self.address = address
        self.ca_file = ca_file
        self.handle = self.curl.curl_easy_init()

    def close(self):
        if self.handle:
            self.curl.curl_easy_cleanup(ctypes.c_void_p(self.handle))
            self.handle = None

    def set(self, name, value):
        if name in OPTION_LONG:
            option, value = OPTION_LONG[name], ctypes.c_long(value)
        elif name in OPTION_OFFSET:
            option, value = OPTION_OFFSET[name], ctypes.c_int64(value)
        elif name in OPTION_FUNCTION:
            option = OPTION_FUNCTION[name]
        else:
            option = OPTION_POINTER[name]
            if isinstance(value, str):
                value = ctypes.c_char_p(value.encode("latin-1"))
        failed = self.curl.curl_easy_setopt(ctypes.c_void_p(self.handle), ctypes.c_int(option), value)
        if failed:
            raise ProtocolError(f"libcurl does not take {name}: {failed}")

    def info(self, which):
        number = ctypes.c_long()
        self.curl.curl_easy_getinfo(ctypes.c_void_p(self.handle), ctypes.c_int(which),
                                    ctypes.byref(number))
        return number.value

    def request(self, method, target, headers, body, chunk):
        self.curl.curl_easy_reset(ctypes.c_void_p(self.handle))
        received, answered, left = bytearray(), [], memoryview(body)

        def write(data, size, count, _):
            received.extend(data[:size * count])
            return size * count

        def header(data, size, count, _):
            answered.append(data[:size * count].decode("latin-1").rstrip("\r\n"))
            return size * count

        def read(buffer, size, count, _):
            nonlocal left
            piece = left[:min(size * count, chunk or size * count)]
            left = left[len(piece):]
            ctypes.memmove(buffer, bytes(piece), len(piece))
            return len(piece)

        keep = [TRANSFER(write), TRANSFER(header), TRANSFER(read)]
        self.prepare(method, strip_origin(target), keep)
        if body or chunk:
            self.set("UPLOAD", 1)
            self.set("INFILESIZE_LARGE", -1 if chunk else len(body))
        self.set("CUSTOMREQUEST", method)
        if method == "HEAD":
            self.set("NOBODY", 1)
        self.perform(headers)
        return Response(self.info(INFO_RESPONSE_CODE), self.final_headers(answered),
                        bytes(received))

    def prepare(self, method, target, functions):
        scheme = "https" if self.ca_file else "http"
        self.error = ctypes.create_string_buffer(256)
        self.set("ERRORBUFFER", self.error)
        self.set("URL", f"{scheme}://{self.address}/")
        self.set("REQUEST_TARGET", target)
        self.set("PATH_AS_IS", 1)
        self.set("NOSIGNAL", 1)
        self.set("TIMEOUT_MS", TIMEOUT_S * 1000)
        self.set("HTTP_VERSION", VERSION_2_TLS if self.ca_file else VERSION_2_PRIOR_KNOWLEDGE)
        if self.ca_file:
            self.set("CAINFO", self.ca_file)
        else:
            # curl 7.88 cannot use a connection of prior knowledge twice.
            self.set("FORBID_REUSE", 1)
        for name, function in zip(("WRITEFUNCTION", "HEADERFUNCTION", "READFUNCTION"), functions):
            self.set(name, function)

    def perform(self, headers):
        # What curl would add by itself, a test did not ask for.
        lines = [f"{name}: {value}" if value else f"{name};" for name, value in headers]
        lines += ["Accept:", "Content-Type:", "User-Agent:", "Expect:"]
        named = {name.lower() for name, _ in headers}
        chain = None
        for line in lines:
            if line.endswith(":") and line[:-1].lower() in named:
                continue
            chain = self.curl.curl_slist_append(chain, line.encode("latin-1"))
        self.set("HTTPHEADER", ctypes.c_void_p(chain))
        failed = self.curl.curl_easy_perform(ctypes.c_void_p(self.handle))
        self.curl.curl_slist_free_all(chain)
        if failed:
            raise ProtocolError(f"libcurl: error {failed}: {self.error.value.decode()}")
        if self.info(INFO_HTTP_VERSION) != VERSION_IS_2:
            raise ProtocolError("the answer is not h2")

    @staticmethod
    def final_headers(lines):
        headers = []
        for line in lines:
            if line.startswith("HTTP/"):
                headers = []
            elif line:
                name, _, value = line.partition(":")
                headers.append((name, value.strip()))
        return headers
