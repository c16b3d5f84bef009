#include "meta/manifests.h"

#include "base/json_string.h"
#include "meta/blobs.h"
#include "meta/counters.h"
#include "meta/manifest_rows.h"
#include "meta/query.h"
#include "meta/repositories.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFind{
    "SELECT m.id, m.digest, m.media_type, m.kind, m.artifact_type, m.size, m.content_size,"
    " m.pushed_at, m.trash_id FROM repositories r JOIN manifests m ON m.repository_id = r.id"
    " WHERE r.name = $1 AND m.digest = $2 AND m.trash_id IS NULL"};
constexpr db::Sql kRead{
    "SELECT m.id, m.digest, m.media_type, m.kind, m.artifact_type, m.size, m.content_size,"
    " m.pushed_at, m.trash_id, b.body FROM repositories r"
    " JOIN manifests m ON m.repository_id = r.id JOIN manifest_bodies b ON b.manifest_id = m.id"
    " WHERE r.name = $1 AND m.digest = $2 AND m.trash_id IS NULL"};
constexpr db::Sql kReadTagged{
    "SELECT m.id, m.digest, m.media_type, m.kind, m.artifact_type, m.size, m.content_size,"
    " m.pushed_at, m.trash_id, b.body FROM repositories r JOIN tags t ON t.repository_id = r.id"
    " JOIN manifests m ON m.id = t.manifest_id JOIN manifest_bodies b ON b.manifest_id = m.id"
    " WHERE r.name = $1 AND t.name = $2 AND m.trash_id IS NULL"};
constexpr db::Sql kFindOrTrashed{
    "SELECT m.id, m.digest, m.media_type, m.kind, m.artifact_type, m.size, m.content_size,"
    " m.pushed_at, m.trash_id FROM manifests m WHERE m.repository_id = $1 AND m.digest = $2"};
constexpr db::Sql kExists{
    "SELECT id FROM manifests WHERE repository_id = $1 AND digest = $2 AND trash_id IS NULL"};

constexpr db::Sql kInsert{
    "INSERT INTO manifests (id, repository_id, digest, media_type, kind, artifact_type,"
    " subject_digest, size, content_size, annotations, pushed_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};
constexpr db::Sql kInsertBody{"INSERT INTO manifest_bodies (manifest_id, body) VALUES ($1, $2)"};
constexpr db::Sql kInsertBlob{"INSERT INTO manifest_blobs (manifest_id, blob_id) VALUES ($1, $2)"};
// A blob that is linked, though in the trash or quarantined, is referenced like any other.
constexpr db::Sql kInsertLinkedBlob{
    "INSERT INTO manifest_blobs (manifest_id, blob_id) SELECT CAST($1 AS BIGINT), b.id"
    " FROM blobs b JOIN repository_blobs l ON l.repository_id = $2 AND l.blob_id = b.id"
    " WHERE b.digest = $3"};
constexpr db::Sql kInsertWanted{
    "INSERT INTO manifest_wanted_blobs (repository_id, digest, manifest_id) VALUES ($1, $2, $3)"};
constexpr db::Sql kInsertChild{
    "INSERT INTO manifest_children (manifest_id, child_digest, repository_id) VALUES ($1, $2, $3)"
    " ON CONFLICT (manifest_id, child_digest) DO NOTHING"};

constexpr db::Sql kAnyIndex{
    "SELECT m.digest FROM manifest_children c JOIN manifests m ON m.id = c.manifest_id"
    " WHERE c.repository_id = $1 AND c.child_digest = $2 AND m.trash_id IS NULL LIMIT 1"};
// The link tells at once when nothing needs the blob, however many other repositories do.
constexpr db::Sql kAnyManifest{
    "SELECT m.digest FROM repository_blobs l CROSS JOIN manifest_blobs n"
    " JOIN manifests m ON m.id = n.manifest_id"
    " WHERE l.repository_id = $1 AND l.blob_id = $2 AND l.manifest_count > 0"
    " AND n.blob_id = l.blob_id AND m.repository_id = l.repository_id AND m.trash_id IS NULL"
    " LIMIT 1"};

constexpr db::Sql kReferrers{
    "SELECT m.digest, m.media_type, m.artifact_type, m.size, m.annotations"
    " FROM repositories r JOIN manifests m ON m.repository_id = r.id"
    " WHERE r.name = $1 AND m.subject_digest = $2 AND m.digest > $3 AND m.trash_id IS NULL"
    " ORDER BY m.digest LIMIT $4"};
constexpr db::Sql kReferrersOfType{
    "SELECT m.digest, m.media_type, m.artifact_type, m.size, m.annotations"
    " FROM repositories r JOIN manifests m ON m.repository_id = r.id"
    " WHERE r.name = $1 AND m.subject_digest = $2 AND m.digest > $3 AND m.trash_id IS NULL"
    " AND m.artifact_type = $5 ORDER BY m.digest LIMIT $4"};

ManifestWithBody ManifestWithBodyOf(const db::Row& row) {
  return {ManifestRowOf(row), std::string(row.Bytes(9))};
}

ReferrerRow ReferrerRowOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)),
          row.Integer(3), std::string(row.Text(4))};
}

std::string TextOf(const db::Row& row) { return std::string(row.Text(0)); }

std::string AnnotationsText(const oci::Annotations& annotations) {
  std::string text = "{";
  for (const auto& [key, value] : annotations) {
    if (text.size() > 1) text += ',';
    AppendJsonString(text, key);
    text += ':';
    AppendJsonString(text, value);
  }
  text += '}';
  return text;
}

int64_t ContentSize(const oci::Manifest& manifest) {
  int64_t size = manifest.config ? manifest.config->size : 0;
  for (const auto& layer : manifest.layers) size += layer.size;
  return size;
}

Result<void> InsertRow(db::Tx& tx, ManifestId id, const NewManifest& pushed) {
  const oci::Manifest& manifest = pushed.manifest;
  const std::string annotations = AnnotationsText(manifest.annotations);
  const db::Value subject =
      manifest.subject ? db::Value(manifest.subject->digest.text()) : db::Value();
  TRY(tx.Execute(kInsert,
                 {id.value, pushed.repository.value, pushed.digest.text(), manifest.media_type,
                  static_cast<int64_t>(manifest.kind), manifest.artifact_type, subject,
                  static_cast<int64_t>(pushed.body.size()), ContentSize(manifest), annotations,
                  pushed.pushed_at.micros}));
  TRY(tx.Execute(kInsertBody, {id.value, db::Value::Bytes(pushed.body)}));
  return Ok();
}

Result<void> InsertBlobReferences(db::Tx& tx, ManifestId id, const NewManifest& pushed) {
  auto references = static_cast<int64_t>(pushed.blobs.size());
  for (const BlobId blob : pushed.blobs) TRY(tx.Execute(kInsertBlob, {id.value, blob.value}));
  for (const std::string& digest : pushed.wanted_blobs) {
    TRY_ASSIGN(const int64_t linked,
               tx.Execute(kInsertLinkedBlob, {id.value, pushed.repository.value, digest}));
    references += linked;
    if (linked > 0) continue;
    TRY(tx.Execute(kInsertWanted, {pushed.repository.value, digest, id.value}));
  }
  return AddManifestReferences(tx, pushed.repository, id, references);
}

Result<void> InsertChildren(db::Tx& tx, ManifestId id, const NewManifest& pushed) {
  for (const auto& child : pushed.manifest.manifests) {
    TRY(tx.Execute(kInsertChild, {id.value, child.digest.text(), pushed.repository.value}));
  }
  return Ok();
}

}  // namespace

Result<std::optional<ManifestRow>> FindManifest(db::Tx& tx, const RepositoryKey& repository,
                                                const oci::Digest& digest) {
  return QueryOne<ManifestRow>(tx, kFind, {repository.text(), digest.text()}, ManifestRowOf);
}

Result<std::optional<ManifestWithBody>> ReadManifest(db::Tx& tx, const RepositoryKey& repository,
                                                     const oci::Digest& digest) {
  return QueryOne<ManifestWithBody>(tx, kRead, {repository.text(), digest.text()},
                                    ManifestWithBodyOf);
}

Result<std::optional<ManifestWithBody>> ReadTaggedManifest(db::Tx& tx,
                                                           const RepositoryKey& repository,
                                                           const oci::Tag& tag) {
  return QueryOne<ManifestWithBody>(tx, kReadTagged, {repository.text(), tag.text()},
                                    ManifestWithBodyOf);
}

Result<std::optional<ManifestRow>> FindManifestOrTrashed(db::Tx& tx, RepositoryId repository,
                                                         const oci::Digest& digest) {
  return QueryOne<ManifestRow>(tx, kFindOrTrashed, {repository.value, digest.text()},
                               ManifestRowOf);
}

Result<bool> ManifestExists(db::Tx& tx, RepositoryId repository, const oci::Digest& digest) {
  TRY_ASSIGN(const int64_t id, QueryInteger(tx, kExists, {repository.value, digest.text()}));
  return id != 0;
}

Result<ManifestId> InsertManifest(db::Tx& tx, IdGenerator& ids, const NewManifest& manifest) {
  const auto id = ids.Next<ManifestId>();
  TRY(InsertRow(tx, id, manifest));
  TRY(InsertBlobReferences(tx, id, manifest));
  TRY(InsertChildren(tx, id, manifest));
  TRY(CountManifest(tx, manifest.repository, id, 1, static_cast<int64_t>(manifest.body.size()),
                    manifest.pushed_at));
  return id;
}

Result<std::optional<std::string>> AnyIndexOf(db::Tx& tx, RepositoryId repository,
                                              const oci::Digest& child) {
  return QueryOne<std::string>(tx, kAnyIndex, {repository.value, child.text()}, TextOf);
}

Result<std::optional<std::string>> AnyManifestOf(db::Tx& tx, RepositoryId repository, BlobId blob) {
  return QueryOne<std::string>(tx, kAnyManifest, {repository.value, blob.value}, TextOf);
}

Result<std::vector<ReferrerRow>> ListReferrers(db::Tx& tx, const RepositoryKey& repository,
                                               const oci::Digest& subject,
                                               const std::string& artifact_type,
                                               const std::string& after, int64_t limit) {
  if (artifact_type.empty()) {
    return QueryAll<ReferrerRow>(tx, kReferrers, {repository.text(), subject.text(), after, limit},
                                 ReferrerRowOf);
  }
  return QueryAll<ReferrerRow>(tx, kReferrersOfType,
                               {repository.text(), subject.text(), after, limit, artifact_type},
                               ReferrerRowOf);
}

}  // namespace gantry::meta
