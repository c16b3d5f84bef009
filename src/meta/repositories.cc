#include "meta/repositories.h"

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFindId{"SELECT id FROM repositories WHERE name = $1 AND deleted_at = 0"};
constexpr db::Sql kFind{
    "SELECT id, name, created_at, updated_at, tag_count, manifest_count, manifest_bytes,"
    " blob_count, blob_bytes, shared_bytes FROM repositories WHERE name = $1 AND deleted_at = 0"};
constexpr db::Sql kListNames{
    "SELECT name FROM repositories WHERE name > $1 AND name < $2 AND deleted_at = 0"
    " ORDER BY name LIMIT $3"};
constexpr db::Sql kList{
    "SELECT id, name, created_at, updated_at, tag_count, manifest_count, manifest_bytes,"
    " blob_count, blob_bytes, shared_bytes FROM repositories"
    " WHERE name > $1 AND name < $2 AND deleted_at = 0 ORDER BY name LIMIT $3"};
constexpr db::Sql kListFrom{
    "SELECT id, name, created_at, updated_at, tag_count, manifest_count, manifest_bytes,"
    " blob_count, blob_bytes, shared_bytes FROM repositories"
    " WHERE name >= $1 AND name < $2 AND deleted_at = 0 ORDER BY name LIMIT $3"};
constexpr db::Sql kAdd{
    "UPDATE repositories SET updated_at = $2, tag_count = tag_count + $3,"
    " manifest_count = manifest_count + $4, manifest_bytes = manifest_bytes + $5,"
    " blob_count = blob_count + $6, blob_bytes = blob_bytes + $7, shared_bytes = shared_bytes + $8"
    " WHERE id = $1"};
constexpr db::Sql kReclaimable{
    "SELECT CAST(COALESCE(SUM(b.size), 0) AS BIGINT)"
    " FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id"
    " WHERE l.repository_id = $1 AND l.manifest_count = 0 AND"
    " (SELECT t.id FROM trash t WHERE t.id = l.trash_id) IS NULL"};

Repository RepositoryOf(const db::Row& row) {
  Repository repository;
  repository.id = RepositoryId{row.Integer(0)};
  repository.account = AccountOfKey(row.Text(1));
  repository.name = NameOfKey(row.Text(1));
  repository.created_at = Time{row.Integer(2)};
  repository.updated_at = Time{row.Integer(3)};
  repository.counts.tags = row.Integer(4);
  repository.counts.manifests = row.Integer(5);
  repository.counts.manifest_bytes = row.Integer(6);
  repository.counts.blobs = row.Integer(7);
  repository.counts.blob_bytes = row.Integer(8);
  repository.counts.shared_bytes = row.Integer(9);
  return repository;
}

}  // namespace

Result<std::optional<RepositoryId>> FindRepositoryId(db::Tx& tx, const RepositoryKey& key) {
  return QueryOne<RepositoryId>(tx, kFindId, {key.text()},
                                [](const db::Row& row) { return RepositoryId{row.Integer(0)}; });
}

Result<std::optional<Repository>> FindRepository(db::Tx& tx, const RepositoryKey& key) {
  return QueryOne<Repository>(tx, kFind, {key.text()}, RepositoryOf);
}

Result<std::vector<std::string>> ListRepositoryNames(db::Tx& tx, const iam::AccountId& account,
                                                     const std::string& after, int64_t limit) {
  const RepositoryKeyRange range(account, after);
  return QueryAll<std::string>(
      tx, kListNames, {range.first, range.end, limit},
      [](const db::Row& row) { return std::string(NameOfKey(row.Text(0))); });
}

Result<std::vector<Repository>> ListRepositories(db::Tx& tx, const iam::AccountId& account,
                                                 const std::string& after, int64_t limit) {
  const RepositoryKeyRange range(account, after);
  return QueryAll<Repository>(tx, kList, {range.first, range.end, limit}, RepositoryOf);
}

Result<std::vector<Repository>> ListRepositoriesWithPrefix(db::Tx& tx,
                                                           const iam::AccountId& account,
                                                           const std::string& prefix,
                                                           const std::string& after,
                                                           int64_t limit) {
  // After every name that begins with the prefix: names are of bytes below.
  constexpr char kAfterNames = '\x7f';
  const RepositoryKeyRange range(account, prefix);
  if (after >= prefix) {
    const RepositoryKeyRange rest(account, after);
    return QueryAll<Repository>(tx, kList, {rest.first, range.first + kAfterNames, limit},
                                RepositoryOf);
  }
  return QueryAll<Repository>(tx, kListFrom, {range.first, range.first + kAfterNames, limit},
                              RepositoryOf);
}

Result<void> AddToRepository(db::Tx& tx, RepositoryId id, const RepositoryCounts& change,
                             Time now) {
  TRY_ASSIGN(
      const int64_t changed,
      tx.Execute(kAdd, {id.value, now.micros, change.tags, change.manifests, change.manifest_bytes,
                        change.blobs, change.blob_bytes, change.shared_bytes}));
  if (changed == 1) return Ok();
  return Internal("row_missing", "there is no repository with the id " + std::to_string(id.value));
}

Result<int64_t> ReclaimableBytes(db::Tx& tx, RepositoryId id) {
  return QueryInteger(tx, kReclaimable, {id.value});
}

}  // namespace gantry::meta
