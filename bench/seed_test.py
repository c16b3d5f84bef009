"""Seeds a database made by the project's own schema and checks every counter by counting."""

import pathlib
import tempfile
import unittest

import seed

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "src/meta/schema"
AMOUNTS = seed.Amounts(tags=1000, manifests=701, repositories=300)


def make_template(database):
    """What the program's migrations and one pushed image leave behind."""
    for step in sorted(SCHEMA.glob("*.sql")):
        text = step.read_text().replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
        database.executescript(text.replace("/*sqlite:", "").replace("*/", ""))
    database.executescript("""
        INSERT INTO repositories (id, name, created_at, updated_at, tag_count, manifest_count,
          manifest_bytes, blob_count, blob_bytes)
          VALUES (1, '000000000000/bench/template', 5, 5, 1, 1, 20, 2, 30);
        INSERT INTO blobs (id, digest, size, repository_count, created_at, unlinked_at, verified_at)
          VALUES (2, 'sha256:a', 10, 1, 5, 0, 0), (3, 'sha256:b', 20, 1, 5, 0, 0);
        INSERT INTO repository_blobs (repository_id, blob_id, linked_at, lease_until, manifest_count)
          VALUES (1, 2, 5, 0, 1), (1, 3, 5, 0, 1);
        INSERT INTO manifests (id, repository_id, digest, media_type, kind, artifact_type, size,
          content_size, annotations, pushed_at) VALUES (4, 1, 'sha256:c', 'm', 0, '', 20, 30, '', 5);
        INSERT INTO manifest_bodies VALUES (4, '{"schemaVersion":2}');
        INSERT INTO manifest_blobs VALUES (4, 2), (4, 3);
        INSERT INTO counters VALUES ('manifests', 4, 1), ('tags', 4, 3), ('tags', 5, -2);
        INSERT INTO tags (repository_id, name, manifest_id, created_at, updated_at)
          VALUES (1, 'v0000000', 4, 5, 5);
    """)


class SeedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = seed.open_database(pathlib.Path(folder.name) / "gantry.db")
        self.addCleanup(self.database.close)
        make_template(self.database)
        seed.Seeder(self.database, AMOUNTS).run()

    def count(self, query):
        return self.database.execute(query).fetchone()[0]

    def test_amounts(self):
        self.assertEqual(self.count("SELECT count(*) FROM repositories"), AMOUNTS.repositories)
        self.assertEqual(self.count("SELECT count(*) FROM manifests"), AMOUNTS.manifests)
        self.assertEqual(self.count("SELECT count(*) FROM tags t JOIN repositories r "
                                    "ON r.id = t.repository_id WHERE r.name = '000000000000/bench/million'"),
                         AMOUNTS.tags)

    def test_counters_are_what_counting_gives(self):
        for column, query in {
                "tag_count": "SELECT count(*) FROM tags WHERE repository_id = r.id",
                "manifest_count": "SELECT count(*) FROM manifests WHERE repository_id = r.id",
                "blob_count": "SELECT count(*) FROM repository_blobs WHERE repository_id = r.id",
                "manifest_bytes": "SELECT coalesce(sum(size), 0) FROM manifests "
                                  "WHERE repository_id = r.id",
                "shared_bytes": "SELECT coalesce(sum(b.size), 0) FROM repository_blobs l "
                                "JOIN blobs b ON b.id = l.blob_id WHERE l.repository_id = r.id "
                                "AND b.repository_count > 1"}.items():
            self.assertEqual(self.count(f"SELECT count(*) FROM repositories r "
                                        f"WHERE r.{column} <> ({query})"), 0, column)
        self.assertEqual(self.count(
            "SELECT count(*) FROM blobs b WHERE repository_count <> "
            "(SELECT count(*) FROM repository_blobs WHERE blob_id = b.id)"), 0)
        self.assertEqual(self.count(
            "SELECT count(*) FROM repository_blobs l WHERE manifest_count <> "
            "(SELECT count(*) FROM manifest_blobs mb JOIN manifests m ON m.id = mb.manifest_id "
            "WHERE mb.blob_id = l.blob_id AND m.repository_id = l.repository_id)"), 0)

    def test_sums_over_the_installation(self):
        for name in ("manifests", "tags"):
            self.assertEqual(self.count(f"SELECT sum(value) FROM counters WHERE name = '{name}'"),
                             self.count(f"SELECT count(*) FROM {name}"), name)

    def test_every_reference_holds(self):
        self.assertEqual(self.database.execute("PRAGMA foreign_key_check").fetchall(), [])


if __name__ == "__main__":
    unittest.main()
