"""Servers that tests need, each in a temporary folder of its own and on a port of its own.

A service is a context manager: `with Gantry() as gantry: ... gantry.address ...`. It is ready when
the block starts and gone, with its folder, when the block ends. What it offers to other programs
stands in `exports`, a dict of environment variables. From a shell: tests/support/with.

    Gantry      the program under test           GANTRY_REGISTRY=127.0.0.1:PORT
    Postgres    PostgreSQL, unix socket only     GANTRY_TEST_POSTGRES="host=... dbname=gantry"
    Dockerd     a docker daemon                  DOCKER_HOST=unix://...
    Containerd  a containerd                     CONTAINERD_ADDRESS=...
    Distribution  Debian's docker-registry 2.8.2, to try a test against another registry
    OidcIssuer  an OpenID Connect provider        OIDC_ISSUER=http://127.0.0.1:PORT
    OidcProvider  oidc-provider, of npm: people with groups, and forms to log in
    Slapd       OpenLDAP with StartTLS            LDAP_URL=ldap://127.0.0.1:PORT
"""

import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
POSTGRES_PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


class ServiceError(Exception):
    """A service that did not start, or did not end as it should. The text ends with its log."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """One process. Subclasses give `command()` and `is_ready()`, and `prepare()` if needed."""

    name = "service"
    start_timeout_s = 30
    stop_timeout_s = 40
    stop_signal = signal.SIGTERM
    user = None  # run as this account when we are root

    def __init__(self, keep_folder=False):
        self.folder = None
        self.process = None
        self.exports = {}
        self._keep_folder = keep_folder

    # --- what a subclass says ---------------------------------------------------------------

    def prepare(self):
        pass

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def is_ready(self):
        raise NotImplementedError

    def cleanup(self):
        pass

    # --- life ---------------------------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, exc_type, exc, traceback):
        try:
            self.stop()
        except ServiceError:
            if exc_type is None:
                raise
        return False

    def start(self):
        # Short, because unix sockets live in it and their paths end at 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"gantry-{self.name}-"))
        account = self._account()
        if account:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        try:
            self.prepare()
            self.launch()
        except BaseException:
            self._end(signal.SIGKILL)
            self._remove_folder()
            raise
        return self

    def launch(self):
        """Starts the process in the folder that is there, and waits until it is ready."""
        with open(self.folder / "stdout.log", "wb") as out, \
                open(self.folder / "stderr.log", "ab") as err:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=self.folder,
                env={**os.environ, **self.environment()}, **self._as_account())
        end = time.monotonic() + self.start_timeout_s
        while not self.is_ready():
            if self.process.poll() is not None:
                raise ServiceError(
                    f"{self.name} ended with status {self.process.returncode} while starting"
                    + self.log_tail())
            if time.monotonic() > end:
                raise ServiceError(f"{self.name} was not ready in {self.start_timeout_s} s"
                                   + self.log_tail())
            time.sleep(0.02)

    def kill(self):
        """As a power cut would: SIGKILL, the folder stays. `launch()` starts again."""
        self._end(signal.SIGKILL)

    def stop(self):
        """Ends the process and removes the folder. ServiceError if it did not end well."""
        try:
            status = self._end(self.stop_signal)
            if status not in (0, None):
                raise ServiceError(f"{self.name} ended with status {status}" + self.log_tail())
        finally:
            self.cleanup()
            self._remove_folder()

    def log_tail(self, lines=30):
        text = "\n".join(
            (self.folder / log).read_text(errors="replace") for log in ("stdout.log", "stderr.log")
            if (self.folder / log).exists())
        return "\n" + "\n".join(text.splitlines()[-lines:])

    def run_as_service(self, command):
        """A helper program of the service, as the same account; its output is in the error."""
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              cwd=self.folder, **self._as_account())
        if done.returncode != 0:
            raise ServiceError(f"{command[0]} failed: {done.stdout}{done.stderr}")

    def _end(self, how):
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(how)
        try:
            return self.process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"SIGKILL (it ignored {how.name} for {self.stop_timeout_s} s)"

    def _remove_folder(self):
        if self.folder and not self._keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _account(self):
        return pwd.getpwnam(self.user) if self.user and os.geteuid() == 0 else None

    def _as_account(self):
        account = self._account()
        if not account:
            return {}
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Gantry(Service):
    """`gantry serve` on a free loopback port, with anonymous access unless `anonymous` is False.

    `binary` is build/release/gantry unless given or named by GANTRY_BINARY; `settings` are
    configuration variables (GANTRY_...) for it, `arguments` more command line.
    """

    name = "gantry"

    def __init__(self, binary=None, arguments=(), settings=None, anonymous=True, **options):
        super().__init__(**options)
        self.anonymous = anonymous
        self.binary = binary or os.environ.get("GANTRY_BINARY") or ROOT / "build/release/gantry"
        self.arguments = list(arguments)
        self.settings = dict(settings or {})
        self.address = None
        self.url = None

    def command(self):
        return [os.path.abspath(self.binary), "serve", "--listen", "127.0.0.1:0",
                "--data", self.folder / "data",
                *(["--anonymous"] if self.anonymous else []), *self.arguments]

    def environment(self):
        return self.settings

    def is_ready(self):
        said = re.search(r"^listening on (https?://(\S+))$",
                         (self.folder / "stdout.log").read_text(), re.MULTILINE)
        if said:
            self.url, self.address = said.group(1), said.group(2)
            self.exports = {"GANTRY_REGISTRY": self.address}
        return said is not None


class Postgres(Service):
    """PostgreSQL 15 with an empty database `gantry`. Without fsync unless `durable`."""

    name = "pg"
    user = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, then itself

    def __init__(self, durable=False, **options):
        super().__init__(**options)
        self.durable = durable
        self.conninfo = None

    def prepare(self):
        if not (POSTGRES_PROGRAMS / "postgres").exists():
            raise ServiceError(f"no PostgreSQL in {POSTGRES_PROGRAMS}: "
                               "script/bootstrap --test installs it")
        self.run_as_service([POSTGRES_PROGRAMS / "initdb", "--pgdata", self.folder / "data",
                             "--username", "gantry", "--auth", "trust", "--encoding", "UTF8",
                             "--locale", "C.UTF-8", "--no-sync"])
        self.conninfo = f"host={self.folder} user=gantry dbname=gantry"
        self.exports = {"GANTRY_TEST_POSTGRES": self.conninfo}

    def command(self):
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder,
                    "max_connections": "100", "fsync": "on" if self.durable else "off",
                    "synchronous_commit": "on" if self.durable else "off",
                    "full_page_writes": "on" if self.durable else "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [POSTGRES_PROGRAMS / "postgres", "-D", self.folder / "data", *options]

    def is_ready(self):
        ready = subprocess.run([POSTGRES_PROGRAMS / "pg_isready", "-q", "-h", self.folder])
        return ready.returncode == 0

    def launch(self):
        first = not (self.folder / "created").exists()
        super().launch()
        if first:
            self.run_as_service([POSTGRES_PROGRAMS / "createdb", "-h", self.folder, "-U", "gantry",
                                 "gantry"])
            (self.folder / "created").touch()


class Containerd(Service):
    """A containerd with root, state and socket of its own. Needs root."""

    name = "ctrd"

    def prepare(self):
        self.socket = self.folder / "containerd.sock"
        # No plugin that touches the machine: images are all that tests need.
        (self.folder / "config.toml").write_text(f"""
version = 2
root = "{self.folder}/root"
state = "{self.folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{self.socket}"
[ttrpc]
  address = "{self.folder}/ttrpc.sock"
""")
        self.exports = {"CONTAINERD_ADDRESS": str(self.socket)}

    def command(self):
        return ["containerd", "--config", self.folder / "config.toml"]

    def is_ready(self):
        return self.socket.exists() and subprocess.run(
            ["ctr", "--address", self.socket, "version"], capture_output=True).returncode == 0


class Dockerd(Service):
    """A docker daemon that touches no network of the machine. Needs root."""

    name = "dockerd"
    start_timeout_s = 60

    def prepare(self):
        self.socket = self.folder / "docker.sock"
        (self.folder / "daemon.json").write_text("{}")
        self.exports = {"DOCKER_HOST": f"unix://{self.socket}"}

    def command(self):
        return ["dockerd", "--config-file", self.folder / "daemon.json",
                "--data-root", self.folder / "data", "--exec-root", self.folder / "exec",
                "--pidfile", self.folder / "docker.pid", "--host", f"unix://{self.socket}",
                "--group", "root", "--bridge", "none", "--iptables=false", "--ip6tables=false",
                "--storage-driver", "vfs", "--shutdown-timeout", "5"]

    def is_ready(self):
        return self.socket.exists() and subprocess.run(
            ["docker", "version"], capture_output=True,
            env={**os.environ, **self.exports}).returncode == 0


class Distribution(Service):
    """distribution 2.8.2 as Debian packages it (docker-registry)."""

    name = "registry"

    def prepare(self):
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        (self.folder / "config.yml").write_text(f"""
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {self.folder}/data}}
  delete: {{enabled: true}}
http: {{addr: "{self.address}"}}
""")
        self.exports = {"GANTRY_REGISTRY": self.address}

    def command(self):
        return ["docker-registry", "serve", self.folder / "config.yml"]

    def is_ready(self):
        host, port = self.address.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.kill()  # it knows no orderly end
        self._remove_folder()


class OidcIssuer(Service):
    """oidc-provider-mock of tests/support/python_tools, which answers as a provider does."""

    name = "oidc"

    def prepare(self):
        subprocess.run([ROOT / "tests/support/python_tools"], check=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.exports = {"OIDC_ISSUER": self.url}

    def command(self):
        return [ROOT / "build/tools/python/bin/oidc-provider-mock", "--port", str(self.port)]

    def is_ready(self):
        try:
            urllib.request.urlopen(f"{self.url}/.well-known/openid-configuration", timeout=5).close()
            return True
        except OSError:
            return False

    def id_token(self, subject, audience):
        """What a person gets who logs in as `subject` at the client `audience`."""
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        back = "http://127.0.0.1/back"
        asked = urllib.parse.urlencode({"client_id": audience, "redirect_uri": back,
                                        "response_type": "code", "scope": "openid email"})
        login = urllib.parse.urlencode({"sub": subject}).encode()
        try:
            urllib.request.build_opener(Stay).open(f"{self.url}/oauth2/authorize?{asked}", login)
            raise ServiceError("oidc: it asked for more than a subject")
        except urllib.error.HTTPError as answer:
            code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["code"]
        form = urllib.parse.urlencode({"grant_type": "authorization_code", "code": code[0],
                                       "redirect_uri": back, "client_id": audience,
                                       "client_secret": "any"}).encode()
        with urllib.request.urlopen(f"{self.url}/oauth2/token", form) as answer:
            return json.load(answer)["id_token"]

    def stop(self):
        self.kill()  # it knows no orderly end
        self._remove_folder()


class OidcProvider(Service):
    """oidc-provider of npm, with people whom a test changes and forms that it fills in.

    `clients` are OpenID Connect's client metadata. `people` is written before each look: a dict of
    the claims of each.
    """

    name = "oidcp"

    def __init__(self, clients, people, claims_in_id_token=False, **options):
        super().__init__(**options)
        self.clients, self._people = clients, people
        self.claims_in_id_token = claims_in_id_token

    def prepare(self):
        subprocess.run([ROOT / "tests/support/node_tools"], check=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (self.folder / "clients.json").write_text(json.dumps(self.clients))
        self.set_people(self._people)

    def set_people(self, people):
        fresh = self.folder / "people.new"
        fresh.write_text(json.dumps(people))
        fresh.rename(self.folder / "people.json")

    def command(self):
        return ["node", ROOT / "tests/support/oidc_provider/issuer.mjs", str(self.port),
                self.folder / "people.json", self.folder / "clients.json",
                ROOT / "build/tools/node/node_modules"]

    def environment(self):
        return {"CLAIMS_IN_ID_TOKEN": "1"} if self.claims_in_id_token else {}

    def is_ready(self):
        return "ready" in (self.folder / "stdout.log").read_text()

    def stop(self):
        self.kill()  # it knows no orderly end
        self._remove_folder()


class Slapd(Service):
    """OpenLDAP with an empty `dc=example,dc=com`; `manager` may do everything, with `password`.

    StartTLS with a certificate for 127.0.0.1 by the authority in `ca_file`; the same over ldaps at
    `tls_url`. Nobody but the manager, and who binds as himself, reads anything.
    """

    name = "slapd"
    base = "dc=example,dc=com"
    manager = "cn=manager,dc=example,dc=com"
    password = "manager's own"

    def prepare(self):
        self.port, self.tls_port = free_port(), free_port()
        self.url, self.tls_url = f"ldap://127.0.0.1:{self.port}", f"ldaps://127.0.0.1:{self.tls_port}"
        self.ca_file = self.folder / "ca.pem"
        self.exports = {"LDAP_URL": self.url}
        self._make_certificate()
        (self.folder / "data").mkdir()
        schemas = "".join(f"include /etc/ldap/schema/{name}.schema\n"
                          for name in ("core", "cosine", "inetorgperson"))
        (self.folder / "slapd.conf").write_text(f"""{schemas}
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile {self.ca_file}
TLSCertificateFile {self.folder}/server.pem
TLSCertificateKeyFile {self.folder}/server.key
database mdb
suffix "{self.base}"
rootdn "{self.manager}"
rootpw "{self.password}"
directory {self.folder}/data
access to * by self read by anonymous auth
""")

    def _make_certificate(self):
        def openssl(*arguments):
            self.run_as_service(["openssl", *arguments])

        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *key, "-subj", "/CN=test authority", "-days", "2",
                "-keyout", "ca.key", "-out", "ca.pem")
        openssl("req", *key, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr")
        (self.folder / "names").write_text("subjectAltName=IP:127.0.0.1")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.pem")

    def command(self):
        # With -d it stays in the foreground.
        return ["/usr/sbin/slapd", "-d", "0", "-f", self.folder / "slapd.conf",
                "-h", f"{self.url} {self.tls_url}"]

    def is_ready(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def change(self, ldif, program="ldapmodify"):
        """What the LDIF says; `program` ldapadd for one with entries only."""
        done = subprocess.run([program, "-x", "-H", self.url, "-D", self.manager, "-w", self.password],
                              input=ldif, text=True, capture_output=True)
        if done.returncode != 0:
            raise ServiceError(f"{program}: {done.stderr}")


SERVICES = {"gantry": Gantry, "postgres": Postgres, "dockerd": Dockerd, "containerd": Containerd,
            "distribution": Distribution, "oidc_issuer": OidcIssuer, "slapd": Slapd}


def main(arguments):
    """with SERVICE... -- COMMAND...: runs the command while the services run."""
    if "--" not in arguments or arguments.index("--") in (0, len(arguments) - 1):
        sys.exit(f"usage: with SERVICE... -- COMMAND...\nservices: {' '.join(SERVICES)}")
    cut = arguments.index("--")
    names, command = arguments[:cut], arguments[cut + 1:]
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        sys.exit(f"with: no service {unknown[0]!r}; there are: {' '.join(SERVICES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    running = []
    try:
        for name in names:
            running.append(SERVICES[name]().start())
        exports = {key: value for service in running for key, value in service.exports.items()}
        status = subprocess.run(command, env={**os.environ, **exports}).returncode
    except ServiceError as error:
        print(f"with: {error}", file=sys.stderr)
        status = 1
    finally:
        for service in reversed(running):
            try:
                service.stop()
            except ServiceError as error:
                print(f"with: {error}", file=sys.stderr)
                status = 1
    sys.exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
