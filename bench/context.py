"""What a scenario gets: servers to start, the load generator, the number of rounds."""

import contextlib
import dataclasses
import hashlib
import pathlib
import tempfile
import urllib.request

import seed
from measure import Loadgen, column, interleaved
from rows import GANTRY, Row
from servers import BenchError, Distribution, Gantry, Nginx

ACCEPT = "application/vnd.oci.image.manifest.v1+json"


@dataclasses.dataclass
class Context:
    loadgen: Loadgen
    rounds: int
    seconds: float  # of one measurement of a rate
    server_cpu: int | None
    gantry_binary: pathlib.Path | None  # None: peers only, because the caller asked for it
    nginx_workers: int
    access_log: bool
    large_bytes: int
    folder: pathlib.Path  # scratch, removed at the end
    seeded: pathlib.Path | None = None

    @contextlib.contextmanager
    def scratch(self):
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield pathlib.Path(name)

    @contextlib.contextmanager
    def servers(self, *names):
        """Starts fresh servers (gantry comes first unless peers only) and stops them all."""
        with self.scratch() as folder, contextlib.ExitStack() as stack:
            running = []
            for name in ([GANTRY] if self.gantry_binary else []) + list(names):
                server = self.make(name, folder / name)
                stack.callback(server.stop)
                running.append(server.start())
            yield running

    @contextlib.contextmanager
    def peers(self, *names):
        """The same without gantry."""
        with self.scratch() as folder, contextlib.ExitStack() as stack:
            running = []
            for name in names:
                server = self.make(name, folder / name)
                stack.callback(server.stop)
                running.append(server.start())
            yield running

    def make(self, name, folder, data=None, anonymous=True):
        if name == GANTRY:
            return Gantry(self.gantry_binary, folder, self.server_cpu, data, self.access_log,
                          anonymous)
        if name == "nginx":
            return Nginx(folder, self.server_cpu, self.nginx_workers, self.access_log)
        if name == "distribution":
            return Distribution(folder, self.server_cpu)
        raise BenchError(f"no server '{name}'")

    def seeded_data(self):
        """A data folder with a million tags, made once in a run. No server uses it."""
        if self.seeded is None:
            data = self.folder / "seeded"
            server = self.make(GANTRY, self.folder / "seeding", data)
            try:
                self.loadgen.run(server.start(), "put-manifests", repo=seed.TEMPLATE, count=1,
                                 size=600)
            finally:
                server.stop()
            seed.seed(data, seed.Amounts())
            self.seeded = data
        return self.seeded

    def run_rounds(self, servers, mode, **options):
        """Interleaved rounds of one load generator mode; {name: [figure]}."""
        return interleaved(servers, self.rounds,
                           lambda server: self.loadgen.run(server, mode, **options))

    def row(self, what, unit, results, key, checks, note="", per=1.0):
        """A row out of one key of the figures, with a note when others used the machine."""
        values = {name: [figure[key] / per for figure in figures]
                  for name, figures in results.items()}
        others = max((max(figures) for figures in column(results, "others_cpu").values()), default=0)
        if others > 0.1:
            note = "; ".join(filter(None, [note, f"others used up to {others:.1f} CPU"]))
        return Row(what, unit, values, checks, note)


def registries(servers):
    return [server for server in servers if not isinstance(server, Nginx)]


def the_nginx(servers):
    return next(server for server in servers if isinstance(server, Nginx))


def fetch(server, path):
    """The answer's bytes; fails on any status but 200."""
    request = urllib.request.Request(server.url(path), headers={"Accept": ACCEPT})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()
    except OSError as error:
        raise BenchError(f"{server.name}: GET {path}: {error}") from error


def fetch_to_file(server, path, target, digest):
    """Stores the answer in a file and checks its digest ('sha256:…'). Not timed."""
    hashed = hashlib.sha256()
    with urllib.request.urlopen(server.url(path), timeout=60) as response, \
            open(target, "wb") as out:
        while piece := response.read(1 << 20):
            hashed.update(piece)
            out.write(piece)
    if "sha256:" + hashed.hexdigest() != digest:
        raise BenchError(f"{server.name}: the bytes under {digest} have another digest")
