-- Repositories, blobs, manifests, tags and the trash. The same text runs on SQLite and PostgreSQL:
-- on SQLite the driver reads "BIGINT PRIMARY KEY" as INTEGER PRIMARY KEY and unwraps the comments
-- that begin with "sqlite:". Times are microseconds since 1970 UTC. Ids are made by the program.

-- name: the account and the name in it, "000000000000/myapp/api". An account's repositories are a range.
CREATE TABLE repositories (
  id BIGINT PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  tag_count BIGINT NOT NULL DEFAULT 0,
  manifest_count BIGINT NOT NULL DEFAULT 0,
  manifest_bytes BIGINT NOT NULL DEFAULT 0,
  blob_count BIGINT NOT NULL DEFAULT 0,
  blob_bytes BIGINT NOT NULL DEFAULT 0,
  shared_bytes BIGINT NOT NULL DEFAULT 0
);

-- One row per stored digest. state: 0 present, 1 being removed from the store, 2 quarantined (its
-- bytes were found wrong). A row whose repository_count is 0 is garbage since unlinked_at.
CREATE TABLE blobs (
  id BIGINT PRIMARY KEY,
  digest TEXT COLLATE "C" NOT NULL UNIQUE,
  size BIGINT NOT NULL,
  state BIGINT NOT NULL DEFAULT 0,
  repository_count BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  unlinked_at BIGINT NOT NULL,
  verified_at BIGINT NOT NULL
);
CREATE INDEX blobs_unlinked ON blobs (unlinked_at) WHERE repository_count = 0;

-- Digests whose bytes were removed lately. A push that published bytes and then finds no row of its
-- digest learns here whether a removal came in between. removal is a number no other removal has.
CREATE TABLE blob_removals (
  digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  removal BIGINT NOT NULL,
  removed_at BIGINT NOT NULL
);
CREATE INDEX blob_removals_by_time ON blob_removals (removed_at);

-- A repository can read exactly the blobs it has a row for without trash_id. manifest_count counts
-- the manifests of the repository that need the blob, those in the trash included. A row with
-- manifest_count 0 is garbage when lease_until has passed.
CREATE TABLE repository_blobs (
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  blob_id BIGINT NOT NULL REFERENCES blobs (id),
  linked_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  manifest_count BIGINT NOT NULL DEFAULT 0,
  trash_id BIGINT,
  PRIMARY KEY (repository_id, blob_id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX repository_blobs_by_blob ON repository_blobs (blob_id);
CREATE INDEX repository_blobs_leased ON repository_blobs (lease_until) WHERE manifest_count = 0;

-- kind: 0 image, 1 index, 2 unknown. A row with a trash_id is deleted and can be restored.
CREATE TABLE manifests (
  id BIGINT PRIMARY KEY,
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  digest TEXT COLLATE "C" NOT NULL,
  media_type TEXT NOT NULL,
  kind BIGINT NOT NULL,
  artifact_type TEXT NOT NULL,
  subject_digest TEXT COLLATE "C",
  size BIGINT NOT NULL,
  content_size BIGINT NOT NULL,
  annotations TEXT NOT NULL,
  pushed_at BIGINT NOT NULL,
  trash_id BIGINT,
  UNIQUE (repository_id, digest)
);
CREATE INDEX manifests_by_subject ON manifests (repository_id, subject_digest, digest)
  WHERE subject_digest IS NOT NULL;
CREATE INDEX manifests_trashed ON manifests (trash_id) WHERE trash_id IS NOT NULL;

CREATE TABLE manifest_bodies (
  manifest_id BIGINT PRIMARY KEY REFERENCES manifests (id),
  body BYTEA NOT NULL
);

CREATE TABLE manifest_blobs (
  manifest_id BIGINT NOT NULL REFERENCES manifests (id),
  blob_id BIGINT NOT NULL REFERENCES blobs (id),
  PRIMARY KEY (manifest_id, blob_id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX manifest_blobs_by_blob ON manifest_blobs (blob_id);

-- Blobs that a manifest needs and the repository did not have when it was pushed (sparse manifests,
-- where they are allowed). When such a blob is linked later, the row becomes one of manifest_blobs.
CREATE TABLE manifest_wanted_blobs (
  repository_id BIGINT NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  manifest_id BIGINT NOT NULL REFERENCES manifests (id),
  PRIMARY KEY (repository_id, digest, manifest_id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX manifest_wanted_blobs_by_manifest ON manifest_wanted_blobs (manifest_id);

-- What an index lists. The child need not exist when sparse indexes are allowed.
CREATE TABLE manifest_children (
  manifest_id BIGINT NOT NULL REFERENCES manifests (id),
  child_digest TEXT COLLATE "C" NOT NULL,
  repository_id BIGINT NOT NULL,
  PRIMARY KEY (manifest_id, child_digest)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX manifest_children_by_child ON manifest_children (repository_id, child_digest);

CREATE TABLE tags (
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  name TEXT COLLATE "C" NOT NULL,
  manifest_id BIGINT NOT NULL REFERENCES manifests (id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (repository_id, name)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX tags_by_manifest ON tags (manifest_id);
CREATE INDEX tags_by_time ON tags (repository_id, updated_at, name);

-- One row per deletion that can still be undone. kind: 0 tag, 1 manifest, 2 blob.
CREATE TABLE trash (
  id BIGINT PRIMARY KEY,
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  kind BIGINT NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  deleted_at BIGINT NOT NULL,
  purge_at BIGINT NOT NULL
);
CREATE INDEX trash_by_purge ON trash (purge_at, id);
CREATE INDEX trash_by_repository ON trash (repository_id, id);

CREATE TABLE trashed_tags (
  trash_id BIGINT NOT NULL REFERENCES trash (id),
  name TEXT COLLATE "C" NOT NULL,
  repository_id BIGINT NOT NULL,
  manifest_id BIGINT NOT NULL REFERENCES manifests (id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (trash_id, name)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX trashed_tags_by_manifest ON trashed_tags (manifest_id);

-- Sums over the whole installation, spread over shards so that no row is written by every push.
CREATE TABLE counters (
  name TEXT COLLATE "C" NOT NULL,
  shard BIGINT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (name, shard)
) /*sqlite: WITHOUT ROWID*/;

-- While a row lives, no blob is removed from the store (a backup is being taken).
CREATE TABLE collection_holds (
  id BIGINT PRIMARY KEY,
  reason TEXT NOT NULL,
  until BIGINT NOT NULL
);

-- Work that returns: who runs it, until when, how far it got.
CREATE TABLE schedules (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  next_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  cursor_text TEXT NOT NULL
);

-- Values this installation made for itself once, such as the key that signs upload ids.
CREATE TABLE settings (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
