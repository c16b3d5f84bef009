-- What a repository is set to, which tags stay, what runs, what was pulled, and deletions that belong
-- together.

-- deleted_at: 0 while it lives. A deleted repository is in no lookup and no list; its row waits for
-- what is left of it in the trash, or for a new repository of its name.
ALTER TABLE repositories ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX repositories_deleted ON repositories (deleted_at, id) WHERE deleted_at > 0;

-- A repository without a row has the defaults. mutability_filters: globs separated by blanks.
-- encryption: JSON.
CREATE TABLE repository_settings (
  repository_id BIGINT PRIMARY KEY REFERENCES repositories (id),
  tag_mutability TEXT NOT NULL,
  mutability_filters TEXT NOT NULL,
  scan_on_push BIGINT NOT NULL,
  encryption TEXT NOT NULL,
  description TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE repository_labels (
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  label_key TEXT COLLATE "C" NOT NULL,
  label_value TEXT NOT NULL,
  PRIMARY KEY (repository_id, label_key)
) /*sqlite: WITHOUT ROWID*/;

-- JSON that a dialect checks, keeps and gives back: creation templates, pull-through rules, the
-- configuration of replication and scanning, settings of the account.
CREATE TABLE account_documents (
  account TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (account, kind, name)
) /*sqlite: WITHOUT ROWID*/;

-- run_id: of deletions that are undone together; 0: alone. kind 3: a repository with all in it.
ALTER TABLE trash ADD COLUMN run_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX trash_by_run ON trash (run_id, id) WHERE run_id > 0;

-- locked: 1 for a tag that stays where it is.
ALTER TABLE tags ADD COLUMN locked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE trashed_tags ADD COLUMN locked BIGINT NOT NULL DEFAULT 0;

CREATE TABLE manifest_pulls (
  manifest_id BIGINT PRIMARY KEY REFERENCES manifests (id),
  last_pulled_at BIGINT NOT NULL
);

-- Tags of a project that stay where they are. kind: 0 a rule, 1 the project's flag. The patterns are
-- doublestar globs; excludes: 1 where the rule is for what does not match.
CREATE TABLE immutability_rules (
  id BIGINT PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  kind BIGINT NOT NULL,
  repository_pattern TEXT COLLATE "C" NOT NULL,
  repository_excludes BIGINT NOT NULL,
  tag_pattern TEXT COLLATE "C" NOT NULL,
  tag_excludes BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, project, kind, repository_pattern, repository_excludes, tag_pattern, tag_excludes)
);

-- Who says what is deployed. silent_after: microseconds without a word after which a source counts
-- as silent (its pins stay); 0: never.
CREATE TABLE pin_sources (
  account TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  silent_after BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

-- "This digest is deployed": not deleted while a row lives. repository: "" for wherever it is in the
-- account. detail: JSON. expires_at: 0 for never.
CREATE TABLE pins (
  id BIGINT PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  repository TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  UNIQUE (account, digest, repository, source)
);
CREATE INDEX pins_by_account ON pins (account, id);
CREATE INDEX pins_by_source ON pins (account, source, id);
CREATE INDEX pins_by_expiry ON pins (expires_at) WHERE expires_at > 0;
