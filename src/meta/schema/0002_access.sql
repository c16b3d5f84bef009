-- Accounts, who may come in and what they may do. Names are unique within their account; a row of
-- the account goes with it. No column holds a secret in a form that can be used: passwords and robot
-- secrets are hashes, secrets of access keys and private keys are sealed with the installation's
-- key, which is not in the database. Times are microseconds since 1970 UTC; 0 where there is none.

CREATE TABLE accounts (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  alias TEXT COLLATE "C" NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

-- Rises with every change, in the same transaction. policies: roles, bindings, documents, projects;
-- identities: everything that decides whether a credential is good and which groups it brings.
CREATE TABLE account_versions (
  account TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id),
  policies BIGINT NOT NULL,
  identities BIGINT NOT NULL
);

CREATE TABLE projects (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  anonymous_pull BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

-- password_hash: Argon2id as a PHC string; "" when no password is good.
CREATE TABLE users (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  email TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  password_must_change BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

CREATE TABLE user_groups (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

CREATE TABLE group_members (
  account TEXT COLLATE "C" NOT NULL,
  user_name TEXT COLLATE "C" NOT NULL,
  group_name TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account, user_name, group_name),
  FOREIGN KEY (account, user_name) REFERENCES users (account, name),
  FOREIGN KEY (account, group_name) REFERENCES user_groups (account, name)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX group_members_by_group ON group_members (account, group_name, user_name);

-- project: the only project the robot may work in; NULL: wherever its bindings say.
CREATE TABLE robots (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  project TEXT COLLATE "C",
  expires_at BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

-- secret_hash: SHA-256, in hexadecimal, of 256 random bits; nothing slower is needed for those.
CREATE TABLE robot_secrets (
  account TEXT COLLATE "C" NOT NULL,
  robot TEXT COLLATE "C" NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (account, robot, secret_hash),
  FOREIGN KEY (account, robot) REFERENCES robots (account, name)
) /*sqlite: WITHOUT ROWID*/;

-- owner: a principal's text, "user:alice" or "robot:ci".
CREATE TABLE access_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  owner TEXT COLLATE "C" NOT NULL,
  sealed_secret BYTEA NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX access_keys_by_owner ON access_keys (account, owner, id);

-- actions: names separated by blanks.
CREATE TABLE roles (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  actions TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

-- scope_kind: account (scope_name ""), project, repository. principal: a pattern. condition_text:
-- "" or an expression.
CREATE TABLE role_bindings (
  id BIGINT PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  scope_kind TEXT COLLATE "C" NOT NULL,
  scope_name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  principal TEXT COLLATE "C" NOT NULL,
  condition_text TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, scope_kind, scope_name, role, principal, condition_text)
);

-- form: iam (statements) or bindings (roles with members). Scopes as above.
CREATE TABLE policy_documents (
  id BIGINT PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  scope_kind TEXT COLLATE "C" NOT NULL,
  scope_name TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  form TEXT NOT NULL,
  body TEXT NOT NULL,
  etag TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (account, scope_kind, scope_name, name)
);

-- Foreign issuers of tokens. audiences, conditions, attributes: JSON, see auth/trust.h. jwks: a key
-- set as JSON, or "" to fetch it from jwks_url, or, that being "" too, as the issuer's discovery
-- document says.
CREATE TABLE trusts (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL,
  issuer TEXT COLLATE "C" NOT NULL,
  audiences TEXT NOT NULL,
  jwks_url TEXT NOT NULL,
  jwks TEXT NOT NULL,
  conditions TEXT NOT NULL,
  attributes TEXT NOT NULL,
  lifetime_seconds_max BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) /*sqlite: WITHOUT ROWID*/;

-- Keys that sign this installation's tokens: published from created_at, signing from active_at until
-- a younger one is active, accepted until retire_at.
CREATE TABLE signing_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  algorithm TEXT NOT NULL,
  sealed_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  active_at BIGINT NOT NULL,
  retire_at BIGINT NOT NULL
);

-- A token that is refused although it has not expired; needless after until.
CREATE TABLE revoked_tokens (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  until BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_by_time ON revoked_tokens (until);

-- Sessions of a principal that began before valid_from are over.
CREATE TABLE session_cutoffs (
  account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  principal TEXT COLLATE "C" NOT NULL,
  valid_from BIGINT NOT NULL,
  PRIMARY KEY (account, principal)
) /*sqlite: WITHOUT ROWID*/;
