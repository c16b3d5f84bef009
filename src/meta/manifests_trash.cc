// How manifests leave and come back. The declarations are in meta/manifests.h and meta/blobs.h.
#include "meta/blobs.h"
#include "meta/counters.h"
#include "meta/manifest_rows.h"
#include "meta/query.h"
#include "meta/repositories.h"
#include "meta/trash.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kTrash{"UPDATE manifests SET trash_id = $2 WHERE id = $1 AND trash_id IS NULL"};
constexpr db::Sql kRestore{
    "UPDATE manifests SET trash_id = NULL WHERE id = $1 AND trash_id IS NOT NULL"};
constexpr db::Sql kDeleteEmptyTrash{
    "DELETE FROM trash WHERE id = $1 AND kind <> 3"
    " AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.trash_id = $1)"
    " AND NOT EXISTS (SELECT 1 FROM trashed_tags g WHERE g.trash_id = $1)"};
constexpr db::Sql kDeleteTrashOfBlobs{
    "DELETE FROM trash WHERE id IN"
    " (SELECT l.trash_id FROM manifest_blobs n CROSS JOIN repository_blobs l"
    " WHERE n.manifest_id = $2 AND l.repository_id = $1 AND l.blob_id = n.blob_id"
    " AND l.trash_id IS NOT NULL)"};
constexpr db::Sql kRestoreBlobs{
    "UPDATE repository_blobs SET trash_id = NULL WHERE repository_id = $1"
    " AND trash_id IS NOT NULL"
    " AND blob_id IN (SELECT n.blob_id FROM manifest_blobs n WHERE n.manifest_id = $2)"};
constexpr db::Sql kListTrashed{
    "SELECT m.id, m.digest, m.media_type, m.kind, m.artifact_type, m.size, m.content_size,"
    " m.pushed_at, m.trash_id FROM manifests m WHERE m.trash_id = $1 ORDER BY m.id LIMIT $2"};

constexpr db::Sql kCountReferences{
    "UPDATE repository_blobs SET manifest_count = manifest_count + 1 WHERE repository_id = $1"
    " AND blob_id IN (SELECT n.blob_id FROM manifest_blobs n WHERE n.manifest_id = $2)"};
constexpr db::Sql kUncountReferences{
    "UPDATE repository_blobs SET manifest_count = manifest_count - 1,"
    " lease_until = CASE WHEN manifest_count = 1 AND lease_until < $3 THEN $3"
    " ELSE lease_until END WHERE repository_id = $1"
    " AND blob_id IN (SELECT n.blob_id FROM manifest_blobs n WHERE n.manifest_id = $2)"};
constexpr db::Sql kDeleteReferences{"DELETE FROM manifest_blobs WHERE manifest_id = $1"};

constexpr db::Sql kDeleteWanted{"DELETE FROM manifest_wanted_blobs WHERE manifest_id = $1"};
constexpr db::Sql kDeleteTrashedTags{
    "DELETE FROM trashed_tags WHERE manifest_id = $1 RETURNING trash_id"};
constexpr db::Sql kDeleteChildren{"DELETE FROM manifest_children WHERE manifest_id = $1"};
constexpr db::Sql kDeletePulls{"DELETE FROM manifest_pulls WHERE manifest_id = $1"};
constexpr db::Sql kDeleteBody{"DELETE FROM manifest_bodies WHERE manifest_id = $1"};
constexpr db::Sql kDelete{"DELETE FROM manifests WHERE id = $1 AND trash_id IS NOT NULL"};

// Deletes the row of a deletion that nothing is left of: whoever lists the trash would find an
// entry that cannot be restored. What was attached to a repository can (policies.h).
Result<void> DeleteEmptyTrash(db::Tx& tx, TrashId trash) {
  TRY(tx.Execute(kDeleteEmptyTrash, {trash.value}));
  return Ok();
}

Result<void> DropTrashedTags(db::Tx& tx, ManifestId manifest) {
  TRY_ASSIGN(const auto deletions,
             QueryAll<TrashId>(tx, kDeleteTrashedTags, {manifest.value},
                               [](const db::Row& row) { return TrashId{row.Integer(0)}; }));
  for (const TrashId trash : deletions) TRY(DeleteEmptyTrash(tx, trash));
  return Ok();
}

}  // namespace

ManifestRow ManifestRowOf(const db::Row& row) {
  ManifestRow manifest;
  manifest.id = ManifestId{row.Integer(0)};
  manifest.digest = row.Text(1);
  manifest.media_type = row.Text(2);
  manifest.kind = static_cast<oci::ManifestKind>(row.Integer(3));
  manifest.artifact_type = row.Text(4);
  manifest.size = row.Integer(5);
  manifest.content_size = row.Integer(6);
  manifest.pushed_at = Time{row.Integer(7)};
  manifest.trash = TrashId{row.IsNull(8) ? 0 : row.Integer(8)};
  return manifest;
}

Result<void> CountManifest(db::Tx& tx, RepositoryId repository, ManifestId manifest, int64_t count,
                           int64_t size, Time now) {
  RepositoryCounts change;
  change.manifests = count;
  change.manifest_bytes = count * size;
  TRY(AddToRepository(tx, repository, change, now));
  return AddToCounter(tx, Counter::kManifests, manifest.value, count);
}

Result<void> TrashManifest(db::Tx& tx, RepositoryId repository, const ManifestRow& manifest,
                           TrashId trash, Time now) {
  TRY_ASSIGN(const int64_t trashed, tx.Execute(kTrash, {manifest.id.value, trash.value}));
  if (trashed == 0) return Ok();
  return CountManifest(tx, repository, manifest.id, -1, manifest.size, now);
}

Result<void> RestoreManifest(db::Tx& tx, RepositoryId repository, const ManifestRow& manifest,
                             Time now) {
  TRY_ASSIGN(const int64_t restored, tx.Execute(kRestore, {manifest.id.value}));
  if (restored == 0) return Ok();
  TRY(tx.Execute(kDeleteTrashOfBlobs, {repository.value, manifest.id.value}));
  TRY(tx.Execute(kRestoreBlobs, {repository.value, manifest.id.value}));
  TRY(CountManifest(tx, repository, manifest.id, 1, manifest.size, now));
  return DeleteEmptyTrash(tx, manifest.trash);
}

Result<std::vector<ManifestRow>> ListTrashedManifests(db::Tx& tx, TrashId trash, int64_t limit) {
  return QueryAll<ManifestRow>(tx, kListTrashed, {trash.value, limit}, ManifestRowOf);
}

Result<void> AddManifestReferences(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                                   int64_t count) {
  TRY_ASSIGN(const int64_t counted,
             tx.Execute(kCountReferences, {repository.value, manifest.value}));
  if (counted == count) return Ok();
  return Internal("blob_not_linked", "a manifest references " + std::to_string(count) +
                                         " blobs, its repository links " + std::to_string(counted) +
                                         " of them");
}

Result<void> DropManifestReferences(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                                    Time lease_until) {
  TRY(tx.Execute(kUncountReferences, {repository.value, manifest.value, lease_until.micros}));
  TRY(tx.Execute(kDeleteReferences, {manifest.value}));
  return Ok();
}

Result<void> PurgeManifest(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                           Time lease_until) {
  TRY(DropManifestReferences(tx, repository, manifest, lease_until));
  TRY(DropTrashedTags(tx, manifest));
  TRY(tx.Execute(kDeleteWanted, {manifest.value}));
  TRY(tx.Execute(kDeleteChildren, {manifest.value}));
  TRY(tx.Execute(kDeletePulls, {manifest.value}));
  TRY(tx.Execute(kDeleteBody, {manifest.value}));
  TRY_ASSIGN(const int64_t deleted, tx.Execute(kDelete, {manifest.value}));
  if (deleted == 1) return Ok();
  return Internal("row_missing", "there is no manifest in the trash with the id " +
                                     std::to_string(manifest.value));
}

}  // namespace gantry::meta
