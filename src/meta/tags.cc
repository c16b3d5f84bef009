#include "meta/tags.h"

#include <limits>

#include "meta/counters.h"
#include "meta/query.h"
#include "meta/repositories.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFind{
    "SELECT name, manifest_id, created_at, updated_at, locked FROM tags"
    " WHERE repository_id = $1 AND name = $2"};
constexpr db::Sql kInsert{
    "INSERT INTO tags (repository_id, name, manifest_id, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (repository_id, name) DO NOTHING"};
constexpr db::Sql kMove{
    "UPDATE tags SET manifest_id = $3, updated_at = $4"
    " WHERE repository_id = $1 AND name = $2 AND manifest_id <> $3"};

constexpr db::Sql kLock{"UPDATE tags SET locked = $3 WHERE repository_id = $1 AND name = $2"};
constexpr db::Sql kListOfManifest{
    "SELECT name, manifest_id, created_at, updated_at, locked FROM tags WHERE manifest_id = $1"};

constexpr db::Sql kTrash{
    "INSERT INTO trashed_tags (trash_id, name, repository_id, manifest_id, created_at, updated_at,"
    " locked) SELECT CAST($3 AS BIGINT), name, repository_id, manifest_id, created_at, updated_at,"
    " locked FROM tags WHERE repository_id = $1 AND name = $2"};
constexpr db::Sql kDelete{"DELETE FROM tags WHERE repository_id = $1 AND name = $2"};
constexpr db::Sql kTrashOfManifest{
    "INSERT INTO trashed_tags (trash_id, name, repository_id, manifest_id, created_at, updated_at,"
    " locked) SELECT CAST($2 AS BIGINT), name, repository_id, manifest_id, created_at, updated_at,"
    " locked FROM tags WHERE manifest_id = $1"};
constexpr db::Sql kDeleteOfManifest{"DELETE FROM tags WHERE manifest_id = $1"};
constexpr db::Sql kListTrashed{
    "SELECT t.name, t.manifest_id, t.created_at, t.updated_at, t.locked"
    " FROM trashed_tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.trash_id = $1 AND m.trash_id IS NULL ORDER BY t.name"};
constexpr db::Sql kDeleteTrashed{"DELETE FROM trashed_tags WHERE trash_id = $1"};

constexpr db::Sql kListNames{
    "SELECT name FROM tags WHERE repository_id = $1 AND name > $2 ORDER BY name LIMIT $3"};
constexpr db::Sql kListByName{
    "SELECT t.name, m.digest, m.media_type, m.size + m.content_size, t.created_at, t.updated_at,"
    " t.locked"
    " FROM tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.repository_id = $1 AND t.name > $2 ORDER BY t.name LIMIT $3"};
constexpr db::Sql kListByNameDescending{
    "SELECT t.name, m.digest, m.media_type, m.size + m.content_size, t.created_at, t.updated_at,"
    " t.locked"
    " FROM tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.repository_id = $1 AND t.name < $2 ORDER BY t.name DESC LIMIT $3"};
constexpr db::Sql kListByTime{
    "SELECT t.name, m.digest, m.media_type, m.size + m.content_size, t.created_at, t.updated_at,"
    " t.locked"
    " FROM tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.repository_id = $1 AND (t.updated_at, t.name) > ($2, $3)"
    " ORDER BY t.updated_at, t.name LIMIT $4"};
constexpr db::Sql kListByTimeDescending{
    "SELECT t.name, m.digest, m.media_type, m.size + m.content_size, t.created_at, t.updated_at,"
    " t.locked"
    " FROM tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.repository_id = $1 AND (t.updated_at, t.name) < ($2, $3)"
    " ORDER BY t.updated_at DESC, t.name DESC LIMIT $4"};

// Sorts after every tag: their characters end at "z" (oci::Tag).
constexpr const char* kAfterAllNames = "~";

TagRow TagRowOf(const db::Row& row) {
  return {std::string(row.Text(0)), ManifestId{row.Integer(1)}, Time{row.Integer(2)},
          Time{row.Integer(3)}, row.Integer(4) != 0};
}

TagListing TagListingOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)),
          row.Integer(3),           Time{row.Integer(4)},     Time{row.Integer(5)},
          row.Integer(6) != 0};
}

// Counts tags that come or go. `row_id`: any row they have to do with.
Result<void> CountTags(db::Tx& tx, RepositoryId repository, int64_t count, int64_t row_id,
                       Time now) {
  RepositoryCounts change;
  change.tags = count;
  TRY(AddToRepository(tx, repository, change, now));
  return AddToCounter(tx, Counter::kTags, row_id, count);
}

Result<std::vector<TagListing>> ListByName(db::Tx& tx, RepositoryId repository,
                                           const TagPage& page) {
  const char* const start = page.descending ? kAfterAllNames : "";
  const std::string_view after = page.after_name ? std::string_view(*page.after_name) : start;
  return QueryAll<TagListing>(tx, page.descending ? kListByNameDescending : kListByName,
                              {repository.value, after, page.limit}, TagListingOf);
}

Result<std::vector<TagListing>> ListByTime(db::Tx& tx, RepositoryId repository,
                                           const TagPage& page) {
  using Limits = std::numeric_limits<int64_t>;
  const int64_t start = page.descending ? Limits::max() : Limits::min();
  const int64_t after_time = page.after_name ? page.after_time.micros : start;
  const std::string_view after = page.after_name ? std::string_view(*page.after_name) : "";
  return QueryAll<TagListing>(tx, page.descending ? kListByTimeDescending : kListByTime,
                              {repository.value, after_time, after, page.limit}, TagListingOf);
}

}  // namespace

Result<std::optional<TagRow>> FindTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag) {
  return QueryOne<TagRow>(tx, kFind, {repository.value, tag.text()}, TagRowOf);
}

Result<bool> CreateTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag,
                       ManifestId manifest, Time now) {
  TRY_ASSIGN(const int64_t inserted,
             tx.Execute(kInsert, {repository.value, tag.text(), manifest.value, now.micros}));
  if (inserted == 0) return false;
  TRY(CountTags(tx, repository, 1, manifest.value, now));
  return true;
}

Result<void> SetTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag, ManifestId manifest,
                    Time now) {
  TRY_ASSIGN(const bool created, CreateTag(tx, repository, tag, manifest, now));
  if (created) return Ok();
  TRY_ASSIGN(const int64_t moved,
             tx.Execute(kMove, {repository.value, tag.text(), manifest.value, now.micros}));
  if (moved == 0) return Ok();
  return AddToRepository(tx, repository, {}, now);
}

Result<bool> LockTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag, bool locked) {
  TRY_ASSIGN(const int64_t changed,
             tx.Execute(kLock, {repository.value, tag.text(), int64_t{locked}}));
  return changed == 1;
}

Result<std::vector<TagRow>> ListTagsOf(db::Tx& tx, ManifestId manifest) {
  return QueryAll<TagRow>(tx, kListOfManifest, {manifest.value}, TagRowOf);
}

Result<int64_t> TrashTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag, TrashId trash,
                         Time now) {
  TRY_ASSIGN(const int64_t trashed,
             tx.Execute(kTrash, {repository.value, tag.text(), trash.value}));
  if (trashed == 0) return trashed;
  TRY(tx.Execute(kDelete, {repository.value, tag.text()}));
  TRY(CountTags(tx, repository, -trashed, trash.value, now));
  return trashed;
}

Result<int64_t> TrashTagsOf(db::Tx& tx, RepositoryId repository, ManifestId manifest, TrashId trash,
                            Time now) {
  TRY_ASSIGN(const int64_t trashed, tx.Execute(kTrashOfManifest, {manifest.value, trash.value}));
  if (trashed == 0) return trashed;
  TRY(tx.Execute(kDeleteOfManifest, {manifest.value}));
  TRY(CountTags(tx, repository, -trashed, trash.value, now));
  return trashed;
}

Result<std::vector<TagRow>> ListTrashedTags(db::Tx& tx, TrashId trash) {
  return QueryAll<TagRow>(tx, kListTrashed, {trash.value}, TagRowOf);
}

Result<void> DeleteTrashedTags(db::Tx& tx, TrashId trash) {
  TRY(tx.Execute(kDeleteTrashed, {trash.value}));
  return Ok();
}

Result<std::vector<std::string>> ListTagNames(db::Tx& tx, RepositoryId repository,
                                              const std::string& after, int64_t limit) {
  return QueryAll<std::string>(tx, kListNames, {repository.value, after, limit},
                               [](const db::Row& row) { return std::string(row.Text(0)); });
}

Result<std::vector<TagListing>> ListTags(db::Tx& tx, RepositoryId repository, const TagPage& page) {
  return page.order == TagOrder::kName ? ListByName(tx, repository, page)
                                       : ListByTime(tx, repository, page);
}

}  // namespace gantry::meta
