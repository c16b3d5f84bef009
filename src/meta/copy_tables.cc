#include "meta/copy_tables.h"

#include <utility>

namespace gantry::meta {
namespace {

constexpr int64_t kPage = 1000;
constexpr int64_t kManifestPage = 16;  // at most 4 MiB each

template <size_t... I>
Result<int64_t> InsertCells(db::Tx& tx, const db::Sql& insert, std::span<const Cell> row,
                            std::index_sequence<I...>) {
  return tx.Execute(insert, {row[I].AsValue()...});
}

template <size_t kColumns>
Result<int64_t> InsertRow(db::Tx& tx, const db::Sql& insert, std::span<const Cell> row) {
  return InsertCells(tx, insert, row, std::make_index_sequence<kColumns>());
}

constexpr CopyTable kTables[] = {
    {"repositories",
     "itiiiiiiiii",
     1,
     kPage,
     {"SELECT id, name, created_at, updated_at, tag_count, manifest_count, manifest_bytes, "
      "blob_count, blob_bytes, shared_bytes, deleted_at FROM repositories WHERE id > $1 ORDER BY "
      "id "
      "LIMIT $2"},
     {"INSERT INTO repositories (id, name, created_at, updated_at, tag_count, manifest_count, "
      "manifest_bytes, blob_count, blob_bytes, shared_bytes, deleted_at) VALUES ($1, $2, $3, $4, "
      "$5, $6, $7, $8, $9, $10, $11)"},
     {"SELECT 1 FROM repositories LIMIT 1"},
     {"DELETE FROM repositories"},
     InsertRow<11>},
    {"blobs",
     "itiiiiii",
     1,
     kPage,
     {"SELECT id, digest, size, state, repository_count, created_at, unlinked_at, verified_at FROM "
      "blobs WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO blobs (id, digest, size, state, repository_count, created_at, unlinked_at, "
      "verified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
     {"SELECT 1 FROM blobs LIMIT 1"},
     {"DELETE FROM blobs"},
     InsertRow<8>},
    {"repository_blobs",
     "iiiiii",
     2,
     kPage,
     {"SELECT repository_id, blob_id, linked_at, lease_until, manifest_count, trash_id FROM "
      "repository_blobs WHERE (repository_id, blob_id) > ($1, $2) ORDER BY repository_id, blob_id "
      "LIMIT $3"},
     {"INSERT INTO repository_blobs (repository_id, blob_id, linked_at, lease_until, "
      "manifest_count, trash_id) VALUES ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM repository_blobs LIMIT 1"},
     {"DELETE FROM repository_blobs"},
     InsertRow<6>},
    {"manifests",
     "iittittiitii",
     1,
     kManifestPage,
     {"SELECT id, repository_id, digest, media_type, kind, artifact_type, subject_digest, size, "
      "content_size, annotations, pushed_at, trash_id FROM manifests WHERE id > $1 ORDER BY id "
      "LIMIT $2"},
     {"INSERT INTO manifests (id, repository_id, digest, media_type, kind, artifact_type, "
      "subject_digest, size, content_size, annotations, pushed_at, trash_id) VALUES ($1, $2, $3, "
      "$4, $5, $6, $7, $8, $9, $10, $11, $12)"},
     {"SELECT 1 FROM manifests LIMIT 1"},
     {"DELETE FROM manifests"},
     InsertRow<12>},
    {"manifest_bodies",
     "ib",
     1,
     kManifestPage,
     {"SELECT manifest_id, body FROM manifest_bodies WHERE manifest_id > $1 ORDER BY manifest_id "
      "LIMIT $2"},
     {"INSERT INTO manifest_bodies (manifest_id, body) VALUES ($1, $2)"},
     {"SELECT 1 FROM manifest_bodies LIMIT 1"},
     {"DELETE FROM manifest_bodies"},
     InsertRow<2>},
    {"manifest_blobs",
     "ii",
     2,
     kPage,
     {"SELECT manifest_id, blob_id FROM manifest_blobs WHERE (manifest_id, blob_id) > ($1, $2) "
      "ORDER BY manifest_id, blob_id LIMIT $3"},
     {"INSERT INTO manifest_blobs (manifest_id, blob_id) VALUES ($1, $2)"},
     {"SELECT 1 FROM manifest_blobs LIMIT 1"},
     {"DELETE FROM manifest_blobs"},
     InsertRow<2>},
    {"manifest_wanted_blobs",
     "iti",
     3,
     kPage,
     {"SELECT repository_id, digest, manifest_id FROM manifest_wanted_blobs WHERE (repository_id, "
      "digest, manifest_id) > ($1, $2, $3) ORDER BY repository_id, digest, manifest_id LIMIT $4"},
     {"INSERT INTO manifest_wanted_blobs (repository_id, digest, manifest_id) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM manifest_wanted_blobs LIMIT 1"},
     {"DELETE FROM manifest_wanted_blobs"},
     InsertRow<3>},
    {"manifest_children",
     "iti",
     2,
     kPage,
     {"SELECT manifest_id, child_digest, repository_id FROM manifest_children WHERE (manifest_id, "
      "child_digest) > ($1, $2) ORDER BY manifest_id, child_digest LIMIT $3"},
     {"INSERT INTO manifest_children (manifest_id, child_digest, repository_id) VALUES ($1, $2, "
      "$3)"},
     {"SELECT 1 FROM manifest_children LIMIT 1"},
     {"DELETE FROM manifest_children"},
     InsertRow<3>},
    {"tags",
     "itiiii",
     2,
     kPage,
     {"SELECT repository_id, name, manifest_id, created_at, updated_at, locked FROM tags WHERE "
      "(repository_id, name) > ($1, $2) ORDER BY repository_id, name LIMIT $3"},
     {"INSERT INTO tags (repository_id, name, manifest_id, created_at, updated_at, locked) VALUES "
      "($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM tags LIMIT 1"},
     {"DELETE FROM tags"},
     InsertRow<6>},
    {"trash",
     "iiittiii",
     1,
     kPage,
     {"SELECT id, repository_id, kind, subject, reason, deleted_at, purge_at, run_id FROM trash "
      "WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO trash (id, repository_id, kind, subject, reason, deleted_at, purge_at, run_id) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
     {"SELECT 1 FROM trash LIMIT 1"},
     {"DELETE FROM trash"},
     InsertRow<8>},
    {"trashed_tags",
     "itiiiii",
     2,
     kPage,
     {"SELECT trash_id, name, repository_id, manifest_id, created_at, updated_at, locked FROM "
      "trashed_tags WHERE (trash_id, name) > ($1, $2) ORDER BY trash_id, name LIMIT $3"},
     {"INSERT INTO trashed_tags (trash_id, name, repository_id, manifest_id, created_at, "
      "updated_at, locked) VALUES ($1, $2, $3, $4, $5, $6, $7)"},
     {"SELECT 1 FROM trashed_tags LIMIT 1"},
     {"DELETE FROM trashed_tags"},
     InsertRow<7>},
    {"counters",
     "tii",
     2,
     kPage,
     {"SELECT name, shard, value FROM counters WHERE (name, shard) > ($1, $2) ORDER BY name, shard "
      "LIMIT $3"},
     {"INSERT INTO counters (name, shard, value) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM counters LIMIT 1"},
     {"DELETE FROM counters"},
     InsertRow<3>},
    {"blob_removals",
     "tii",
     1,
     kPage,
     {"SELECT digest, removal, removed_at FROM blob_removals WHERE digest > $1 ORDER BY digest "
      "LIMIT $2"},
     {"INSERT INTO blob_removals (digest, removal, removed_at) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM blob_removals LIMIT 1"},
     {"DELETE FROM blob_removals"},
     InsertRow<3>},
    {"collection_holds",
     "iti",
     1,
     kPage,
     {"SELECT id, reason, until FROM collection_holds WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO collection_holds (id, reason, until) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM collection_holds LIMIT 1"},
     {"DELETE FROM collection_holds"},
     InsertRow<3>},
    {"schedules",
     "tiit",
     1,
     kPage,
     {"SELECT name, next_at, lease_until, cursor_text FROM schedules WHERE name > $1 ORDER BY name "
      "LIMIT $2"},
     {"INSERT INTO schedules (name, next_at, lease_until, cursor_text) VALUES ($1, $2, $3, $4)"},
     {"SELECT 1 FROM schedules LIMIT 1"},
     {"DELETE FROM schedules"},
     InsertRow<4>},
    {"settings",
     "tt",
     1,
     kPage,
     {"SELECT name, value FROM settings WHERE name > $1 ORDER BY name LIMIT $2"},
     {"INSERT INTO settings (name, value) VALUES ($1, $2)"},
     {"SELECT 1 FROM settings LIMIT 1"},
     {"DELETE FROM settings"},
     InsertRow<2>},
    {"accounts",
     "tti",
     1,
     kPage,
     {"SELECT id, alias, created_at FROM accounts WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO accounts (id, alias, created_at) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM accounts LIMIT 1"},
     {"DELETE FROM accounts"},
     InsertRow<3>},
    {"account_versions",
     "tii",
     1,
     kPage,
     {"SELECT account, policies, identities FROM account_versions WHERE account > $1 ORDER BY "
      "account LIMIT $2"},
     {"INSERT INTO account_versions (account, policies, identities) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM account_versions LIMIT 1"},
     {"DELETE FROM account_versions"},
     InsertRow<3>},
    {"projects",
     "ttii",
     2,
     kPage,
     {"SELECT account, name, anonymous_pull, created_at FROM projects WHERE (account, name) > "
      "($1, $2) ORDER BY account, name LIMIT $3"},
     {"INSERT INTO projects (account, name, anonymous_pull, created_at) VALUES ($1, $2, $3, $4)"},
     {"SELECT 1 FROM projects LIMIT 1"},
     {"DELETE FROM projects"},
     InsertRow<4>},
    {"users",
     "ttttiiii",
     2,
     kPage,
     {"SELECT account, name, email, password_hash, password_must_change, disabled, created_at, "
      "directory FROM users WHERE (account, name) > ($1, $2) ORDER BY account, name LIMIT $3"},
     {"INSERT INTO users (account, name, email, password_hash, password_must_change, disabled, "
      "created_at, directory) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
     {"SELECT 1 FROM users LIMIT 1"},
     {"DELETE FROM users"},
     InsertRow<8>},
    {"user_identities",
     "tttti",
     3,
     kPage,
     {"SELECT account, issuer, subject, user_name, created_at FROM user_identities WHERE (account, "
      "issuer, subject) > ($1, $2, $3) ORDER BY account, issuer, subject LIMIT $4"},
     {"INSERT INTO user_identities (account, issuer, subject, user_name, created_at) VALUES ($1, "
      "$2, $3, $4, $5)"},
     {"SELECT 1 FROM user_identities LIMIT 1"},
     {"DELETE FROM user_identities"},
     InsertRow<5>},
    {"user_groups",
     "ttti",
     2,
     kPage,
     {"SELECT account, name, description, created_at FROM user_groups WHERE (account, name) > "
      "($1, $2) ORDER BY account, name LIMIT $3"},
     {"INSERT INTO user_groups (account, name, description, created_at) VALUES ($1, $2, $3, $4)"},
     {"SELECT 1 FROM user_groups LIMIT 1"},
     {"DELETE FROM user_groups"},
     InsertRow<4>},
    {"group_members",
     "ttt",
     3,
     kPage,
     {"SELECT account, user_name, group_name FROM group_members WHERE (account, user_name, "
      "group_name) > ($1, $2, $3) ORDER BY account, user_name, group_name LIMIT $4"},
     {"INSERT INTO group_members (account, user_name, group_name) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM group_members LIMIT 1"},
     {"DELETE FROM group_members"},
     InsertRow<3>},
    {"robots",
     "ttttiii",
     2,
     kPage,
     {"SELECT account, name, description, project, expires_at, disabled, created_at FROM robots"
      " WHERE (account, name) > ($1, $2) ORDER BY account, name LIMIT $3"},
     {"INSERT INTO robots (account, name, description, project, expires_at, disabled, "
      "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"},
     {"SELECT 1 FROM robots LIMIT 1"},
     {"DELETE FROM robots"},
     InsertRow<7>},
    {"robot_secrets",
     "tttii",
     3,
     kPage,
     {"SELECT account, robot, secret_hash, created_at, expires_at FROM robot_secrets WHERE "
      "(account, robot, secret_hash) > ($1, $2, $3) ORDER BY account, robot, secret_hash LIMIT "
      "$4"},
     {"INSERT INTO robot_secrets (account, robot, secret_hash, created_at, expires_at) VALUES "
      "($1, $2, $3, $4, $5)"},
     {"SELECT 1 FROM robot_secrets LIMIT 1"},
     {"DELETE FROM robot_secrets"},
     InsertRow<5>},
    {"access_keys",
     "tttbii",
     1,
     kPage,
     {"SELECT id, account, owner, sealed_secret, disabled, created_at FROM access_keys WHERE id"
      " > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO access_keys (id, account, owner, sealed_secret, disabled, created_at) VALUES"
      " ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM access_keys LIMIT 1"},
     {"DELETE FROM access_keys"},
     InsertRow<6>},
    {"roles",
     "tttti",
     2,
     kPage,
     {"SELECT account, name, description, actions, created_at FROM roles WHERE (account, name) "
      "> ($1, $2) ORDER BY account, name LIMIT $3"},
     {"INSERT INTO roles (account, name, description, actions, created_at) VALUES ($1, $2, $3, "
      "$4, $5)"},
     {"SELECT 1 FROM roles LIMIT 1"},
     {"DELETE FROM roles"},
     InsertRow<5>},
    {"role_bindings",
     "itttttti",
     1,
     kPage,
     {"SELECT id, account, scope_kind, scope_name, role, principal, condition_text, created_at "
      "FROM role_bindings WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO role_bindings (id, account, scope_kind, scope_name, role, principal, "
      "condition_text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
     {"SELECT 1 FROM role_bindings LIMIT 1"},
     {"DELETE FROM role_bindings"},
     InsertRow<8>},
    {"policy_documents",
     "ittttttti",
     1,
     kPage,
     {"SELECT id, account, scope_kind, scope_name, name, form, body, etag, updated_at FROM "
      "policy_documents WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO policy_documents (id, account, scope_kind, scope_name, name, form, body, "
      "etag, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
     {"SELECT 1 FROM policy_documents LIMIT 1"},
     {"DELETE FROM policy_documents"},
     InsertRow<9>},
    {"trusts",
     "ttttttttiii",
     2,
     kPage,
     {"SELECT account, name, issuer, audiences, jwks_url, jwks, conditions, attributes, "
      "lifetime_seconds_max, disabled, created_at FROM trusts WHERE (account, name) > ($1, $2) "
      "ORDER BY account, name LIMIT $3"},
     {"INSERT INTO trusts (account, name, issuer, audiences, jwks_url, jwks, conditions, "
      "attributes, lifetime_seconds_max, disabled, created_at) VALUES ($1, $2, $3, $4, $5, $6, "
      "$7, $8, $9, $10, $11)"},
     {"SELECT 1 FROM trusts LIMIT 1"},
     {"DELETE FROM trusts"},
     InsertRow<11>},
    {"signing_keys",
     "ttbiii",
     1,
     kPage,
     {"SELECT id, algorithm, sealed_key, created_at, active_at, retire_at FROM signing_keys "
      "WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO signing_keys (id, algorithm, sealed_key, created_at, active_at, retire_at) "
      "VALUES ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM signing_keys LIMIT 1"},
     {"DELETE FROM signing_keys"},
     InsertRow<6>},
    {"revoked_tokens",
     "ti",
     1,
     kPage,
     {"SELECT id, until FROM revoked_tokens WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO revoked_tokens (id, until) VALUES ($1, $2)"},
     {"SELECT 1 FROM revoked_tokens LIMIT 1"},
     {"DELETE FROM revoked_tokens"},
     InsertRow<2>},
    {"session_cutoffs",
     "tti",
     2,
     kPage,
     {"SELECT account, principal, valid_from FROM session_cutoffs WHERE (account, principal) > "
      "($1, $2) ORDER BY account, principal LIMIT $3"},
     {"INSERT INTO session_cutoffs (account, principal, valid_from) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM session_cutoffs LIMIT 1"},
     {"DELETE FROM session_cutoffs"},
     InsertRow<3>},
    {"repository_settings",
     "ittitti",
     1,
     kPage,
     {"SELECT repository_id, tag_mutability, mutability_filters, scan_on_push, encryption, "
      "description, updated_at FROM repository_settings WHERE repository_id > $1 ORDER BY "
      "repository_id LIMIT $2"},
     {"INSERT INTO repository_settings (repository_id, tag_mutability, mutability_filters, "
      "scan_on_push, encryption, description, updated_at) VALUES ($1, $2, $3, $4, $5, $6, "
      "$7)"},
     {"SELECT 1 FROM repository_settings LIMIT 1"},
     {"DELETE FROM repository_settings"},
     InsertRow<7>},
    {"repository_labels",
     "itt",
     2,
     kPage,
     {"SELECT repository_id, label_key, label_value FROM repository_labels WHERE "
      "(repository_id, label_key) > ($1, $2) ORDER BY repository_id, label_key LIMIT $3"},
     {"INSERT INTO repository_labels (repository_id, label_key, label_value) VALUES ($1, $2, "
      "$3)"},
     {"SELECT 1 FROM repository_labels LIMIT 1"},
     {"DELETE FROM repository_labels"},
     InsertRow<3>},
    {"account_documents",
     "ttttii",
     3,
     kPage,
     {"SELECT account, kind, name, body, created_at, updated_at FROM account_documents WHERE "
      "(account, kind, name) > ($1, $2, $3) ORDER BY account, kind, name LIMIT $4"},
     {"INSERT INTO account_documents (account, kind, name, body, created_at, updated_at) "
      "VALUES ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM account_documents LIMIT 1"},
     {"DELETE FROM account_documents"},
     InsertRow<6>},
    {"manifest_pulls",
     "ii",
     1,
     kPage,
     {"SELECT manifest_id, last_pulled_at FROM manifest_pulls WHERE manifest_id > $1 ORDER "
      "BY manifest_id LIMIT $2"},
     {"INSERT INTO manifest_pulls (manifest_id, last_pulled_at) VALUES ($1, $2)"},
     {"SELECT 1 FROM manifest_pulls LIMIT 1"},
     {"DELETE FROM manifest_pulls"},
     InsertRow<2>},
    {"lifecycle_policies",
     "tttttii",
     4,
     kPage,
     {"SELECT account, scope_kind, scope_name, form, body, updated_at, last_evaluated_at FROM "
      "lifecycle_policies WHERE (account, scope_kind, scope_name, form) > ($1, $2, $3, $4) ORDER "
      "BY account, scope_kind, scope_name, form LIMIT $5"},
     {"INSERT INTO lifecycle_policies (account, scope_kind, scope_name, form, body, updated_at, "
      "last_evaluated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"},
     {"SELECT 1 FROM lifecycle_policies LIMIT 1"},
     {"DELETE FROM lifecycle_policies"},
     InsertRow<7>},
    {"lifecycle_previews",
     "ttitti",
     1,
     kPage,
     {"SELECT repository, policy_text, complete, fingerprint, summary, created_at FROM "
      "lifecycle_previews WHERE repository > $1 ORDER BY repository LIMIT $2"},
     {"INSERT INTO lifecycle_previews (repository, policy_text, complete, fingerprint, summary, "
      "created_at) VALUES ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM lifecycle_previews LIMIT 1"},
     {"DELETE FROM lifecycle_previews"},
     InsertRow<6>},
    {"lifecycle_preview_pages",
     "ttt",
     2,
     kPage,
     {"SELECT repository, last_digest, images FROM lifecycle_preview_pages WHERE (repository, "
      "last_digest) > ($1, $2) ORDER BY repository, last_digest LIMIT $3"},
     {"INSERT INTO lifecycle_preview_pages (repository, last_digest, images) VALUES ($1, $2, $3)"},
     {"SELECT 1 FROM lifecycle_preview_pages LIMIT 1"},
     {"DELETE FROM lifecycle_preview_pages"},
     InsertRow<3>},
    {"archived_images",
     "itii",
     2,
     kPage,
     {"SELECT repository_id, digest, archived_at, activated_at FROM archived_images WHERE "
      "(repository_id, digest) > ($1, $2) ORDER BY repository_id, digest LIMIT $3"},
     {"INSERT INTO archived_images (repository_id, digest, archived_at, activated_at) VALUES ($1, "
      "$2, $3, $4)"},
     {"SELECT 1 FROM archived_images LIMIT 1"},
     {"DELETE FROM archived_images"},
     InsertRow<4>},
    {"lifecycle_runs",
     "itttiiiiitii",
     1,
     kPage,
     {"SELECT id, repository, cause, status, planned, expired, archived, untagged, refused, "
      "detail, started_at, finished_at FROM lifecycle_runs WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO lifecycle_runs (id, repository, cause, status, planned, expired, archived, "
      "untagged, refused, detail, started_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "$9, $10, $11, $12)"},
     {"SELECT 1 FROM lifecycle_runs LIMIT 1"},
     {"DELETE FROM lifecycle_runs"},
     InsertRow<12>},
    {"immutability_rules",
     "ittititiii",
     1,
     kPage,
     {"SELECT id, account, project, kind, repository_pattern, repository_excludes, "
      "tag_pattern, tag_excludes, disabled, created_at FROM immutability_rules WHERE id > $1 "
      "ORDER BY id LIMIT $2"},
     {"INSERT INTO immutability_rules (id, account, project, kind, repository_pattern, "
      "repository_excludes, tag_pattern, tag_excludes, disabled, created_at) VALUES ($1, $2, "
      "$3, $4, $5, $6, $7, $8, $9, $10)"},
     {"SELECT 1 FROM immutability_rules LIMIT 1"},
     {"DELETE FROM immutability_rules"},
     InsertRow<10>},
    {"pin_sources",
     "tttiii",
     2,
     kPage,
     {"SELECT account, name, kind, silent_after, last_seen_at, created_at FROM pin_sources "
      "WHERE (account, name) > ($1, $2) ORDER BY account, name LIMIT $3"},
     {"INSERT INTO pin_sources (account, name, kind, silent_after, last_seen_at, created_at) "
      "VALUES ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM pin_sources LIMIT 1"},
     {"DELETE FROM pin_sources"},
     InsertRow<6>},
    {"pins",
     "ittttttii",
     1,
     kPage,
     {"SELECT id, account, digest, repository, source, reason, detail, created_at, "
      "expires_at FROM pins WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO pins (id, account, digest, repository, source, reason, detail, "
      "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
     {"SELECT 1 FROM pins LIMIT 1"},
     {"DELETE FROM pins"},
     InsertRow<9>},
};

}  // namespace

db::Value Cell::AsValue() const {
  switch (kind) {
    case db::Value::Kind::kNull:
      return {};
    case db::Value::Kind::kInteger:
      return integer;
    case db::Value::Kind::kText:
      return text;
    case db::Value::Kind::kBytes:
      return db::Value::Bytes(text);
  }
  return {};
}

std::span<const CopyTable> CopyTables() { return kTables; }

}  // namespace gantry::meta
