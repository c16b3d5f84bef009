"""The servers that are compared: Gantry, distribution 2.8.2 and nginx.

Each runs in its own folder, answers on a free port of 127.0.0.1, and is pinned like the others.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """A measurement that could not be made. It fails its row, never disappears."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(cpu, command):
    return command if cpu is None else ["taskset", "-c", str(cpu), *command]


def require_program(name, package):
    if shutil.which(name) is None:
        raise BenchError(f"{name} is not installed: script/bootstrap --bench installs {package}")
    return name


class Server:
    """A running server. `name` is its column in the table."""

    name = "server"
    ready_path = "/v2/"

    def __init__(self, folder, cpu):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cpu = cpu
        self.process = None
        self.port = 0
        self.environment = {}
        self.authorization = ""  # what clients must send

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def url(self, path):
        return f"http://{self.target}{path}"

    def command(self):
        raise NotImplementedError

    def start(self):
        self.port = free_port()
        self._spawn(subprocess.DEVNULL)
        self._wait_until_ready()
        return self

    def _spawn(self, stdout):
        with open(self.folder / "stderr.log", "ab") as log:
            self.process = subprocess.Popen(
                pinned(self.cpu, self.command()), stdout=stdout, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.folder,
                env={**os.environ, **self.environment})

    def _wait_until_ready(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url(self.ready_path), timeout=2):
                    return
            except urllib.error.HTTPError as error:
                if error.code == 401:
                    return
                raise
            except OSError:
                time.sleep(0.02)
        raise BenchError(f"{self.name} did not become ready: {self._last_words()}")

    def _last_words(self):
        text = (self.folder / "stderr.log").read_text(errors="replace").strip()
        return text.splitlines()[-1] if text else "it said nothing on standard error"

    def stop(self):
        """Ends the server and returns its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        code = self.process.returncode
        self.process = None
        return code

    def processes(self):
        """The server's process and its children (nginx has workers)."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def cpu_seconds(self):
        """User and system time of all its processes so far."""
        ticks = 0
        for pid in self.processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS_PER_SECOND

    def reset_peak(self):
        """Lets VmHWM start again from what is resident now."""
        for pid in self.processes():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")

    def rss_mib(self, field="VmRSS"):
        """Resident memory (or VmHWM, its peak) of all its processes."""
        kib = 0
        for pid in self.processes():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    kib += int(line.split()[1])
        return kib / 1024


class Distribution(Server):
    """Debian's docker-registry 2.8.2: filesystem driver, deletes on, errors logged, and the
    in-memory descriptor cache that Debian's own configuration switches on."""

    name = "distribution 2.8.2"

    def __init__(self, folder, cpu, cache=True, name=name):
        super().__init__(folder, cpu)
        self.name = name
        self.cache = cache

    def command(self):
        require_program("docker-registry", "docker-registry")
        config = self.folder / "config.yml"
        config.write_text(
            "version: 0.1\n"
            "log:\n  level: error\n  accesslog:\n    disabled: true\n"
            "storage:\n"
            f"{'  cache:' + chr(10) + '    blobdescriptor: inmemory' + chr(10) if self.cache else ''}"
            f"  filesystem:\n    rootdirectory: {self.folder / 'data'}\n"
            "  delete:\n    enabled: true\n"
            "  maintenance:\n    uploadpurging:\n      enabled: false\n"
            f"http:\n  addr: 127.0.0.1:{self.port}\n")
        return ["docker-registry", "serve", str(config)]


class Nginx(Server):
    """nginx serving files with sendfile; `workers` processes; the yardstick for GET and HEAD."""

    name = "nginx"
    ready_path = "/ready"

    def __init__(self, folder, cpu, workers=1, access_log=False, open_file_cache=False,
                 name="nginx"):
        super().__init__(folder, cpu)
        self.name = name
        self.workers = workers
        self.access_log = access_log
        self.open_file_cache = open_file_cache
        self.root = self.folder / "root"
        self.root.mkdir(exist_ok=True)
        (self.root / "ready").write_text("ready\n")

    def add_file(self, path, source):
        """Serves the bytes of `source` (bytes, or the path of a file) under `path`."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            target.write_bytes(source)
        else:
            os.link(source, target)

    def command(self):
        require_program("nginx", "nginx-light")
        log = f"access_log {self.folder / 'access.log'};" if self.access_log else "access_log off;"
        cache = "open_file_cache max=1000 inactive=1h;" if self.open_file_cache else ""
        user = "user root;" if os.geteuid() == 0 else ""
        config = self.folder / "nginx.conf"
        config.write_text(f"""
{user}
worker_processes {self.workers};
pid {self.folder / 'nginx.pid'};
error_log {self.folder / 'error.log'} error;
daemon off;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  default_type application/vnd.oci.image.manifest.v1+json;
  {log}
  {cache}
  client_body_temp_path {self.folder}/body;
  proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  server {{
    listen 127.0.0.1:{self.port};
    root {self.root};
  }}
}}
""")
        return ["nginx", "-p", str(self.folder), "-c", str(config),
                "-e", str(self.folder / "error.log")]


class Gantry(Server):
    """The program under test: `gantry serve --anonymous`, defaults for everything else but the
    access log, which goes to a file when it is on."""

    name = "gantry"

    def __init__(self, binary, folder, cpu, data=None, access_log=True, anonymous=True):
        super().__init__(folder, cpu)
        self.environment = {"GANTRY_LOG_ACCESS": "true" if access_log else "false"}
        self.binary = pathlib.Path(binary).resolve()
        self.data = pathlib.Path(data) if data else self.folder / "data"
        self.anonymous = anonymous
        self.ready_seconds = 0.0

    def command(self):
        return [str(self.binary), "serve", *(["--anonymous"] if self.anonymous else []),
                "--listen", "127.0.0.1:0", "--data", str(self.data)]

    def start(self):
        """Starts it and notes how long it took to say that it listens and to answer."""
        if not os.access(self.binary, os.X_OK):
            raise BenchError(f"no gantry binary at {self.binary.name}: run script/build, or give "
                             "--gantry")
        begin = time.monotonic()
        self._spawn(subprocess.PIPE)
        line = self.process.stdout.readline().decode(errors="replace").strip()
        marker = "listening on http://"
        if marker not in line:
            raise BenchError(f"gantry did not say '{marker}…' but '{line}': {self._last_words()}")
        self.port = int(line.rsplit(":", 1)[1])
        self._wait_until_ready()
        self.ready_seconds = time.monotonic() - begin
        return self

    def stop(self):
        stdout = self.process.stdout if self.process else None
        code = super().stop()
        if stdout:
            stdout.close()
        return code
