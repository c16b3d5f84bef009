"""A small Kubernetes API server: objects in memory, served as the real one does lists and watches.

Pages by `limit` and `continue`, watches with resourceVersion, bookmarks and `timeoutSeconds`, 410 for
a version that was compacted; TLS; tokens of service accounts as signed JWTs, and what they may do by
the rules of the cluster roles that `apply` read. Nothing else of Kubernetes.
"""

import base64
import json
import pathlib
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ISSUER = "https://kubernetes.default.svc.cluster.local"
BOOKMARK_S = 0.5


def base64_url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Store:
    """Objects by resource ("apps/v1/deployments"), and what has changed since when."""

    def __init__(self):
        self.changed = threading.Condition()
        self.version = 100
        self.compacted = 0
        self.objects = {}  # (resource, namespace, name): object
        self.events = []   # (version, resource, type, object)

    def put(self, resource, namespace, name, body):
        with self.changed:
            key = (resource, namespace, name)
            there = key in self.objects
            self.version += 1
            metadata = {"namespace": namespace, "name": name, "uid": str(uuid.uuid4()),
                        **(self.objects[key]["metadata"] if there else {}),
                        **body.get("metadata", {}), "resourceVersion": str(self.version)}
            self.objects[key] = {**body, "metadata": metadata}
            self._tell(resource, "MODIFIED" if there else "ADDED", self.objects[key])

    def remove(self, resource, namespace, name):
        with self.changed:
            self.version += 1
            gone = self.objects.pop((resource, namespace, name))
            last = {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(self.version)}}
            self._tell(resource, "DELETED", last)

    def _tell(self, resource, kind, thing):
        self.events.append((self.version, resource, kind, thing))
        self.changed.notify_all()

    def compact(self):
        """From here on nobody can watch from before."""
        with self.changed:
            self.version += 1
            self.compacted = self.version
            self.events.clear()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        where = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(where.query))
        resource = re.sub(r"^/apis?/", "", where.path)
        server = self.server.api
        server.asked.append(self.path)
        refusal = server.why_not(self.headers.get("Authorization", ""), self.connection, resource)
        if refusal:
            self.refuse(*refusal)
        elif query.get("watch") == "true":
            self.watch(server.store, resource, query)
        else:
            self.list(server, resource, query)

    def refuse(self, status, message):
        self.answer(status, {"kind": "Status", "status": "Failure", "code": status,
                             "message": message})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def list(self, server, resource, query):
        start = 0
        with server.store.changed:
            if "continue" in query:
                version, start = map(int, query["continue"].split("/"))
                if version < server.store.compacted:
                    return self.refuse(410, "The provided continue parameter is too old")
            else:
                version = server.store.version
            things = [thing for key, thing in sorted(server.store.objects.items())
                      if key[0] == resource]
        end = start + min(int(query.get("limit", len(things) or 1)), server.page_max)
        metadata = {"resourceVersion": str(version)}
        if end < len(things):
            metadata |= {"continue": f"{version}/{end}", "remainingItemCount": len(things) - end}
        self.answer(200, {"kind": "List", "apiVersion": "v1", "metadata": metadata,
                          "items": things[start:end]})

    def watch(self, store, resource, query):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen = int(query["resourceVersion"])
        end = time.monotonic() + int(query.get("timeoutSeconds", 300))
        while time.monotonic() < end and not self.server.api.is_dead:
            with store.changed:
                if seen < store.compacted:
                    return self.send_events([("ERROR", {
                        "kind": "Status", "code": 410, "reason": "Expired",
                        "message": f"too old resource version: {seen} ({store.compacted})"})], True)
                fresh = [(kind, thing) for version, of, kind, thing in store.events
                         if version > seen and of == resource]
                seen = store.version
                if not fresh:
                    fresh = [("BOOKMARK", {"metadata": {"resourceVersion": str(seen)}})]
            try:
                self.send_events(fresh)
            except OSError:
                return
            with store.changed:
                if seen == store.version:
                    store.changed.wait(BOOKMARK_S)
        if not self.server.api.is_dead:
            self.send_events([], True)

    def send_events(self, events, last=False):
        for kind, thing in events:
            line = json.dumps({"type": kind, "object": thing}).encode() + b"\n"
            half = len(line) // 2  # pieces end anywhere
            for piece in (line[:half], line[half:]):
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if last:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api, address, tls):
        super().__init__(address, Handler)
        self.api = api
        self.tls = tls
        self.connections = []

    def get_request(self):
        plain, address = super().get_request()
        connection = self.tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self.connections.append(connection)
        return connection, address

    def handle_error(self, *_):
        pass  # clients come and go


class ApiServer:
    """`kill()` cuts every connection; `launch()` serves the same objects at the same port again."""

    def __init__(self, page_max=2):
        self.page_max = page_max
        self.store = Store()
        self.asked = []
        self.is_dead = True
        self.rules = {}   # account: set of resources it may read
        self.tokens = {}  # token: account

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-kube-"))
        self._make_keys()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        self.tls.load_verify_locations(self.folder / "ca.pem")
        self.tls.verify_mode = ssl.CERT_OPTIONAL
        self.port = 0
        self.launch()
        return self

    def __exit__(self, *_):
        if not self.is_dead:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def launch(self):
        self.is_dead = False
        self.listener = Listener(self, ("127.0.0.1", self.port), self.tls)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()

    def kill(self):
        self.is_dead = True
        self.listener.shutdown()
        self.listener.server_close()
        for connection in self.listener.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # --- who may read ---------------------------------------------------------------------------

    def why_not(self, authorization, connection, resource):
        """(status, sentence) of a refusal; None: go ahead. Who has a client certificate may all."""
        if connection.getpeercert():
            return None
        account = self.tokens.get(authorization.removeprefix("Bearer "))
        if account is None:
            return 401, "Unauthorized"
        if resource.rsplit("/", 1)[1] not in self.rules.get(account, ()):
            return 403, f'{resource} is forbidden: User "{account}" cannot list it'
        return None

    def apply(self, yaml):
        """The cluster role of a file, for the service account of the same name."""
        role = re.search(r"^kind: ClusterRole$.*?(?=^---$)", yaml, re.MULTILINE | re.DOTALL).group()
        name = re.search(r"^  name: (\S+)$", role, re.MULTILINE).group(1)
        rules = re.findall(r"resources: \[(.*)\]\n    verbs: \[(.*)\]", role)
        assert all(verbs == "get, list, watch" for _resources, verbs in rules), rules
        self.rules[name] = {word for resources, _verbs in rules for word in resources.split(", ")}

    def account_token(self, namespace, account, audience=None):
        """A token of a service account, as kubelet gets it for a pod."""
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT", "kid": "1"}
        claims = {"iss": ISSUER, "sub": f"system:serviceaccount:{namespace}:{account}",
                  "aud": [audience or ISSUER], "iat": now, "nbf": now, "exp": now + 3600,
                  "jti": secrets.token_hex(8)}
        signed = ".".join(base64_url(json.dumps(part).encode()) for part in (header, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", "accounts.key"],
                                   input=signed.encode(), capture_output=True, check=True,
                                   cwd=self.folder).stdout
        token = f"{signed}.{base64_url(signature)}"
        if audience is None:
            self.tokens[token] = account
        return token

    def jwks(self):
        """The keys of such tokens, as at /openid/v1/jwks."""
        modulus = self._openssl("rsa", "-in", "accounts.key", "-noout", "-modulus")
        number = bytes.fromhex(modulus.strip().removeprefix("Modulus="))
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "e": "AQAB",
                          "n": base64_url(number)}]}

    def kubeconfig(self, user):
        """Text of one with the cluster's authority in it; `user`: what YAML has there."""
        authority = base64.b64encode((self.folder / "ca.pem").read_bytes()).decode()
        return (f"apiVersion: v1\nkind: Config\ncurrent-context: test\npreferences: {{}}\n"
                f"contexts:\n- name: test\n  context: {{cluster: test, user: test}}\n"
                f"clusters:\n- name: test\n  cluster:\n"
                f"    server: https://127.0.0.1:{self.port}\n"
                f"    certificate-authority-data: {authority}\n"
                f"users:\n- name: test\n  user: {user}\n")

    def _make_keys(self):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._openssl("req", "-x509", *key, "-subj", "/CN=cluster authority", "-days", "2",
                      "-keyout", "ca.key", "-out", "ca.pem")
        (self.folder / "names").write_text("subjectAltName=IP:127.0.0.1")
        for name in ("server", "admin"):
            self._openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                          "-out", f"{name}.csr")
            self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                          "-CAcreateserial", "-days", "2", "-extfile", "names",
                          "-out", f"{name}.pem")
        self._openssl("genrsa", "-out", "accounts.key", "2048")

    def _openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True,
                              stdin=subprocess.DEVNULL, cwd=self.folder).stdout
