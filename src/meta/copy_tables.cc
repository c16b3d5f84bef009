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
     "itiiiiiiii",
     1,
     kPage,
     {"SELECT id, name, created_at, updated_at, tag_count, manifest_count, manifest_bytes, "
      "blob_count, blob_bytes, shared_bytes FROM repositories WHERE id > $1 ORDER BY id LIMIT $2"},
     {"INSERT INTO repositories (id, name, created_at, updated_at, tag_count, manifest_count, "
      "manifest_bytes, blob_count, blob_bytes, shared_bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, "
      "$8, $9, $10)"},
     {"SELECT 1 FROM repositories LIMIT 1"},
     {"DELETE FROM repositories"},
     InsertRow<10>},
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
     "itiii",
     2,
     kPage,
     {"SELECT repository_id, name, manifest_id, created_at, updated_at FROM tags WHERE "
      "(repository_id, name) > ($1, $2) ORDER BY repository_id, name LIMIT $3"},
     {"INSERT INTO tags (repository_id, name, manifest_id, created_at, updated_at) VALUES ($1, $2, "
      "$3, $4, $5)"},
     {"SELECT 1 FROM tags LIMIT 1"},
     {"DELETE FROM tags"},
     InsertRow<5>},
    {"trash",
     "iiittii",
     1,
     kPage,
     {"SELECT id, repository_id, kind, subject, reason, deleted_at, purge_at FROM trash WHERE id > "
      "$1 ORDER BY id LIMIT $2"},
     {"INSERT INTO trash (id, repository_id, kind, subject, reason, deleted_at, purge_at) VALUES "
      "($1, $2, $3, $4, $5, $6, $7)"},
     {"SELECT 1 FROM trash LIMIT 1"},
     {"DELETE FROM trash"},
     InsertRow<7>},
    {"trashed_tags",
     "itiiii",
     2,
     kPage,
     {"SELECT trash_id, name, repository_id, manifest_id, created_at, updated_at FROM trashed_tags "
      "WHERE (trash_id, name) > ($1, $2) ORDER BY trash_id, name LIMIT $3"},
     {"INSERT INTO trashed_tags (trash_id, name, repository_id, manifest_id, created_at, "
      "updated_at) VALUES ($1, $2, $3, $4, $5, $6)"},
     {"SELECT 1 FROM trashed_tags LIMIT 1"},
     {"DELETE FROM trashed_tags"},
     InsertRow<6>},
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
