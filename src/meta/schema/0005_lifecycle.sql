-- What to keep: policies, previews of what they would do, and runs. What a run deleted is in the
-- trash under its id.

-- scope_kind: account (scope_name ""), project, repository. form: ecr, cleanup, harbor.
CREATE TABLE lifecycle_policies (
  account TEXT COLLATE "C" NOT NULL,
  scope_kind TEXT COLLATE "C" NOT NULL,
  scope_name TEXT COLLATE "C" NOT NULL,
  form TEXT COLLATE "C" NOT NULL,
  body TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_evaluated_at BIGINT NOT NULL,
  PRIMARY KEY (account, scope_kind, scope_name, form)
) /*sqlite: WITHOUT ROWID*/;

-- The last preview of a repository (its key). complete: 0 while its pages are being written.
CREATE TABLE lifecycle_previews (
  repository TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  policy_text TEXT NOT NULL,
  complete BIGINT NOT NULL,
  fingerprint TEXT NOT NULL,
  summary TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
-- Its images in order of digests, some hundred a row, as JSON.
CREATE TABLE lifecycle_preview_pages (
  repository TEXT COLLATE "C" NOT NULL,
  last_digest TEXT COLLATE "C" NOT NULL,
  images TEXT NOT NULL,
  PRIMARY KEY (repository, last_digest)
) /*sqlite: WITHOUT ROWID*/;

-- Images that a policy moved to the storage class archive. archived_at is the last time,
-- activated_at when they came back, 0 while they are there. By digest: a row can outlive its image.
CREATE TABLE archived_images (
  repository_id BIGINT NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  archived_at BIGINT NOT NULL,
  activated_at BIGINT NOT NULL,
  PRIMARY KEY (repository_id, digest)
) /*sqlite: WITHOUT ROWID*/;

-- status: running, done, stopped, failed. cause: schedule, push, request.
CREATE TABLE lifecycle_runs (
  id BIGINT PRIMARY KEY,
  repository TEXT COLLATE "C" NOT NULL,
  cause TEXT NOT NULL,
  status TEXT NOT NULL,
  planned BIGINT NOT NULL,
  expired BIGINT NOT NULL,
  archived BIGINT NOT NULL,
  untagged BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  detail TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL
);
CREATE INDEX lifecycle_runs_by_repository ON lifecycle_runs (repository, id);
