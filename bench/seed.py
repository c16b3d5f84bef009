"""Fills a data folder with a million tags, faster than any client could push them.

The program itself makes the database (its migrations) and receives one real image through its API;
this multiplies that image's rows with the server stopped. Manifests are real: their bodies have
their digests, and reference blobs that are stored. Counters are kept right, so that
`gantry verify` accepts the result.

    python3 bench/seed.py DATA_FOLDER [TAGS MANIFESTS REPOSITORIES]
"""

import dataclasses
import hashlib
import json
import pathlib
import sqlite3
import sys

from servers import BenchError

TEMPLATE = "bench/template"
MILLION = "bench/million"
IMAGE_REPOSITORIES = 200


@dataclasses.dataclass
class Amounts:
    tags: int = 1_000_000  # all in MILLION
    manifests: int = 730_000  # spread evenly over IMAGE_REPOSITORIES, MILLION among them
    repositories: int = 100_000  # in all; those beyond IMAGE_REPOSITORIES and TEMPLATE are empty


def tag_name(number):
    return f"v{number:07}"


def image_repository(number):
    return MILLION if number == 0 else f"services/s{number:03}"


def empty_repository(number):
    return f"empty/r{number:06}"


def key(name):
    """How the database knows a repository of the default account."""
    return "000000000000/" + name


def find_database(data):
    for path in sorted(pathlib.Path(data).rglob("*.db")):
        with sqlite3.connect(path) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'tags'").fetchone():
                return path
    raise BenchError("the data folder has no database with a table 'tags'")


def compare_bytes(left, right):
    left, right = left.encode(), right.encode()
    return (left > right) - (left < right)


def open_database(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.create_collation("C", compare_bytes)
    database.row_factory = sqlite3.Row
    database.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-500000;"
                           "PRAGMA temp_store=MEMORY;")
    return database


class Seeder:
    """Multiplies the one image of TEMPLATE inside one transaction."""

    def __init__(self, database, amounts):
        self.database = database
        self.amounts = amounts
        self.template = self._one("SELECT * FROM repositories WHERE name = ?", key(TEMPLATE))
        self.image = self._one("SELECT * FROM manifests WHERE repository_id = ?",
                               self.template["id"])
        body = self._one("SELECT body FROM manifest_bodies WHERE manifest_id = ?",
                         self.image["id"])["body"]
        self.document = json.loads(body)
        self.blob_ids = [row["blob_id"] for row in database.execute(
            "SELECT blob_id FROM manifest_blobs WHERE manifest_id = ? ORDER BY blob_id",
            (self.image["id"],))]
        self.next_id = 1 + max(
            self._one(f"SELECT coalesce(max(id), 0) AS id FROM {table}")["id"]
            for table in ("repositories", "blobs", "manifests"))

    def _one(self, query, *values):
        row = self.database.execute(query, values).fetchone()
        if row is None:
            raise BenchError(f"nothing found by: {query}")
        return row

    def take_id(self):
        self.next_id += 1
        return self.next_id - 1

    def run(self):
        self.database.execute("BEGIN")
        repositories = [self.add_repository(image_repository(n)) for n in range(IMAGE_REPOSITORIES)]
        for number in range(self.amounts.repositories - IMAGE_REPOSITORIES - 1):
            self.add_repository(empty_repository(number))
        self.link_blobs(repositories)
        share, rest = divmod(self.amounts.manifests - 1, IMAGE_REPOSITORIES)
        for number, repository in enumerate(repositories):
            self.add_manifests(repository, share + (1 if number < rest else 0))
        self.add_tags(repositories[0])
        self.count("manifests", self.amounts.manifests - 1)
        self.count("tags", self.amounts.tags)
        self.database.execute("COMMIT")
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def add_repository(self, name):
        identity = self.take_id()
        self.insert("repositories", [{"id": identity, "name": key(name),
                                      "created_at": self.template["created_at"],
                                      "updated_at": self.template["created_at"]}])
        return identity

    def link_blobs(self, repositories):
        """Links the template's blobs to every image repository: all of them shared from now on."""
        links = self.database.execute(
            "SELECT r.*, b.size FROM repository_blobs r JOIN blobs b ON b.id = r.blob_id "
            "WHERE r.repository_id = ?", (self.template["id"],)).fetchall()
        share, rest = divmod(self.amounts.manifests - 1, len(repositories))
        for link in links:
            self.insert("repository_blobs", [
                {**self.columns("repository_blobs", link), "repository_id": repository,
                 "manifest_count": share + (1 if number < rest else 0)}
                for number, repository in enumerate(repositories)])
            self.database.execute("UPDATE blobs SET repository_count = ? WHERE id = ?",
                                  (1 + len(repositories), link["blob_id"]))
        size = sum(link["size"] for link in links)
        marks = ",".join("?" * len(repositories))
        self.database.execute(
            f"UPDATE repositories SET blob_count = ?, blob_bytes = ?, shared_bytes = ? "
            f"WHERE id IN ({marks}, ?)", (len(links), size, size, *repositories,
                                          self.template["id"]))

    def add_manifests(self, repository, count):
        rows, bodies, references, body_bytes = [], [], [], 0
        base = self.columns("manifests", self.image)
        for number in range(count):
            self.document["annotations"] = {"number": f"{repository}-{number}"}
            body = json.dumps(self.document, separators=(",", ":")).encode()
            identity = self.take_id()
            rows.append({**base, "id": identity, "repository_id": repository, "size": len(body),
                         "digest": "sha256:" + hashlib.sha256(body).hexdigest(),
                         "annotations": json.dumps(self.document["annotations"],
                                                   separators=(",", ":"))})
            bodies.append({"manifest_id": identity, "body": body})
            references += [{"manifest_id": identity, "blob_id": blob} for blob in self.blob_ids]
            body_bytes += len(body)
        self.insert("manifests", rows)
        self.insert("manifest_bodies", bodies)
        self.insert("manifest_blobs", references)
        self.database.execute(
            "UPDATE repositories SET manifest_count = ?, manifest_bytes = ? WHERE id = ?",
            (count, body_bytes, repository))

    def add_tags(self, repository):
        manifests = [row["id"] for row in self.database.execute(
            "SELECT id FROM manifests WHERE repository_id = ? ORDER BY id", (repository,))]
        time = self.template["created_at"]
        self.database.executemany(
            "INSERT INTO tags (repository_id, name, manifest_id, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?)",
            ((repository, tag_name(number), manifests[number % len(manifests)], time + number,
              time + number) for number in range(self.amounts.tags)))
        self.database.execute("UPDATE repositories SET tag_count = ? WHERE id = ?",
                              (self.amounts.tags, repository))

    def count(self, counter, change):
        """Adds to a sum over the installation; only the sum over its shards means something."""
        changed = self.database.execute(
            "UPDATE counters SET value = value + ? WHERE name = ? AND shard = "
            "(SELECT min(shard) FROM counters WHERE name = ?)", (change, counter, counter))
        if changed.rowcount != 1:
            raise BenchError(f"the database has no counter '{counter}'")

    def columns(self, table, row):
        names = [column["name"] for column in self.database.execute(f"PRAGMA table_info({table})")]
        return {name: row[name] for name in names}

    def insert(self, table, rows):
        if not rows:
            return
        names = list(rows[0])
        marks = ",".join("?" * len(names))
        self.database.executemany(
            f"INSERT INTO {table} ({','.join(names)}) VALUES ({marks})",
            ([row[name] for name in names] for row in rows))


def seed(data, amounts):
    """REQUIRES: no server uses the folder, and TEMPLATE holds exactly one image."""
    database = open_database(find_database(data))
    try:
        Seeder(database, amounts).run()
    finally:
        database.close()


if __name__ == "__main__":
    seed(sys.argv[1], Amounts(*map(int, sys.argv[2:])))
