// How repositories come and go. The declarations are in meta/repositories.h.
#include "meta/counters.h"
#include "meta/policies.h"
#include "meta/query.h"
#include "meta/repositories.h"
#include "meta/repository_settings.h"
#include "meta/trash.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFindOrDeleted{"SELECT id, deleted_at FROM repositories WHERE name = $1"};
constexpr db::Sql kInsert{
    "INSERT INTO repositories (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)"
    " ON CONFLICT (name) DO NOTHING"};
constexpr db::Sql kTakeOver{
    "UPDATE repositories SET deleted_at = 0, created_at = $2, updated_at = $2 WHERE id = $1"};
constexpr db::Sql kRevive{
    "UPDATE repositories SET deleted_at = 0, updated_at = $2 WHERE id = $1 AND deleted_at > 0"};
// A deletion that only kept the repository itself has nothing to restore any more.
constexpr db::Sql kDropEmptyDeletions{
    "DELETE FROM trash WHERE repository_id = $1 AND kind = 3"
    " AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.trash_id = trash.id)"
    " AND NOT EXISTS (SELECT 1 FROM trashed_tags g WHERE g.trash_id = trash.id)"
    " RETURNING id"};

constexpr db::Sql kFindCounts{
    "SELECT tag_count, manifest_count FROM repositories WHERE id = $1 AND deleted_at = 0"};
constexpr db::Sql kTrashTags{
    "INSERT INTO trashed_tags (trash_id, name, repository_id, manifest_id, created_at, updated_at,"
    " locked) SELECT CAST($2 AS BIGINT), name, repository_id, manifest_id, created_at, updated_at,"
    " locked FROM tags WHERE repository_id = $1"};
constexpr db::Sql kDeleteTags{"DELETE FROM tags WHERE repository_id = $1"};
constexpr db::Sql kTrashManifests{
    "UPDATE manifests SET trash_id = $2 WHERE repository_id = $1 AND trash_id IS NULL"};
constexpr db::Sql kHideLinks{
    "UPDATE repository_blobs SET trash_id = $2 WHERE repository_id = $1 AND trash_id IS NULL"};
constexpr db::Sql kMarkDeleted{
    "UPDATE repositories SET deleted_at = $2, updated_at = $2, tag_count = 0, manifest_count = 0,"
    " manifest_bytes = 0 WHERE id = $1"};

constexpr db::Sql kFindRemovable{
    "SELECT r.id FROM repositories r WHERE r.deleted_at > 0"
    " AND NOT EXISTS (SELECT 1 FROM trash t WHERE t.repository_id = r.id)"
    " AND NOT EXISTS (SELECT 1 FROM repository_blobs l WHERE l.repository_id = r.id)"
    " AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.repository_id = r.id)"
    " ORDER BY r.deleted_at, r.id LIMIT $1"};
constexpr db::Sql kRemove{"DELETE FROM repositories WHERE id = $1"};

struct IdAndDeletion {
  RepositoryId id;
  bool deleted;
};

IdAndDeletion IdAndDeletionOf(const db::Row& row) {
  return {RepositoryId{row.Integer(0)}, row.Integer(1) != 0};
}

Result<void> TakeOver(db::Tx& tx, const RepositoryKey& key, RepositoryId id, Time now) {
  TRY(tx.Execute(kTakeOver, {id.value, now.micros}));
  TRY_ASSIGN(const auto dropped,
             QueryAll<TrashId>(tx, kDropEmptyDeletions, {id.value},
                               [](const db::Row& row) { return TrashId{row.Integer(0)}; }));
  for (const TrashId trash : dropped) {
    TRY(DeletePoliciesOf(tx, key.account_id(), ScopeOfTrash(trash)));
  }
  return DeleteRepositorySettings(tx, id);
}

}  // namespace

Result<RepositoryId> EnsureRepository(db::Tx& tx, IdGenerator& ids, const RepositoryKey& key,
                                      Time now) {
  TRY_ASSIGN(const EnsuredRepository ensured, CreateRepositoryIfNone(tx, ids, key, now));
  return ensured.id;
}

Result<EnsuredRepository> CreateRepositoryIfNone(db::Tx& tx, IdGenerator& ids,
                                                 const RepositoryKey& key, Time now) {
  TRY_ASSIGN(const auto existing,
             QueryOne<IdAndDeletion>(tx, kFindOrDeleted, {key.text()}, IdAndDeletionOf));
  if (existing && !existing->deleted) return EnsuredRepository{existing->id, false};
  if (existing) {
    TRY(TakeOver(tx, key, existing->id, now));
    return EnsuredRepository{existing->id, true};
  }
  const auto id = ids.Next<RepositoryId>();
  TRY_ASSIGN(const int64_t inserted, tx.Execute(kInsert, {id.value, key.text(), now.micros}));
  if (inserted == 1) return EnsuredRepository{id, true};
  return Error(
      Code::kConflict, "serialization_failure",
      "repository \"" + std::string(key.name()) + "\" was created by somebody else just now");
}

Result<std::optional<RepositoryId>> FindRepositoryOrDeleted(db::Tx& tx, const RepositoryKey& key) {
  return QueryOne<RepositoryId>(tx, kFindOrDeleted, {key.text()},
                                [](const db::Row& row) { return RepositoryId{row.Integer(0)}; });
}

Result<void> TrashRepository(db::Tx& tx, RepositoryId id, TrashId trash, RunId run, Time now) {
  struct Counts {
    int64_t tags;
    int64_t manifests;
  };
  TRY_ASSIGN(const auto counts,
             QueryOne<Counts>(tx, kFindCounts, {id.value}, [](const db::Row& row) {
               return Counts{row.Integer(0), row.Integer(1)};
             }));
  if (!counts) {
    return Internal("row_missing",
                    "there is no repository with the id " + std::to_string(id.value));
  }
  TRY(tx.Execute(kTrashTags, {id.value, trash.value}));
  TRY(tx.Execute(kDeleteTags, {id.value}));
  TRY(tx.Execute(kTrashManifests, {id.value, trash.value}));
  // The run is no row of the trash, so links are as after the end of a deletion: unreadable, and
  // kept for as long as a manifest in the trash needs them.
  TRY(tx.Execute(kHideLinks, {id.value, run.value}));
  TRY(tx.Execute(kMarkDeleted, {id.value, now.micros}));
  TRY(AddToCounter(tx, Counter::kTags, trash.value, -counts->tags));
  return AddToCounter(tx, Counter::kManifests, trash.value, -counts->manifests);
}

Result<void> ReviveRepository(db::Tx& tx, RepositoryId id, Time now) {
  TRY(tx.Execute(kRevive, {id.value, now.micros}));
  return Ok();
}

Result<int64_t> RemoveDeletedRepositories(db::Tx& tx, int64_t limit) {
  TRY_ASSIGN(const auto removable,
             QueryAll<RepositoryId>(tx, kFindRemovable, {limit}, [](const db::Row& row) {
               return RepositoryId{row.Integer(0)};
             }));
  for (const RepositoryId id : removable) {
    TRY(DeleteRepositorySettings(tx, id));
    TRY(tx.Execute(kRemove, {id.value}));
  }
  return static_cast<int64_t>(removable.size());
}

}  // namespace gantry::meta
