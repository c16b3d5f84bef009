#include "meta/trash.h"

#include <limits>

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{
    "INSERT INTO trash (id, repository_id, kind, subject, reason, deleted_at, purge_at,"
    " run_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr db::Sql kFind{
    "SELECT t.id, t.repository_id, r.name, t.kind, t.subject, t.reason, t.deleted_at, t.purge_at,"
    " t.run_id"
    " FROM trash t JOIN repositories r ON r.id = t.repository_id WHERE t.id = $1"};
constexpr db::Sql kList{
    "SELECT t.id, t.repository_id, r.name, t.kind, t.subject, t.reason, t.deleted_at, t.purge_at,"
    " t.run_id"
    " FROM trash t JOIN repositories r ON r.id = t.repository_id WHERE t.id > $1"
    " ORDER BY t.id LIMIT $2"};
constexpr db::Sql kListOfRepository{
    "SELECT t.id, t.repository_id, r.name, t.kind, t.subject, t.reason, t.deleted_at, t.purge_at,"
    " t.run_id"
    " FROM repositories r JOIN trash t ON t.repository_id = r.id WHERE r.id = $1 AND t.id > $2"
    " ORDER BY t.id LIMIT $3"};
constexpr db::Sql kListOfRun{
    "SELECT t.id, t.repository_id, r.name, t.kind, t.subject, t.reason, t.deleted_at, t.purge_at,"
    " t.run_id FROM trash t CROSS JOIN repositories r WHERE r.id = t.repository_id"
    " AND t.run_id > 0 AND t.run_id = $1 AND t.id < $2 ORDER BY t.id DESC LIMIT $3"};
constexpr db::Sql kCountOfRun{"SELECT COUNT(*) FROM trash WHERE run_id > 0 AND run_id = $1"};
// CROSS JOIN keeps SQLite from starting at the repositories.
constexpr db::Sql kListExpired{
    "SELECT t.id, t.repository_id, r.name, t.kind, t.subject, t.reason, t.deleted_at, t.purge_at,"
    " t.run_id"
    " FROM trash t CROSS JOIN repositories r WHERE r.id = t.repository_id AND t.purge_at <= $1"
    " ORDER BY t.purge_at, t.id LIMIT $2"};
constexpr db::Sql kDelete{"DELETE FROM trash WHERE id = $1"};

constexpr db::Sql kInsertHold{
    "INSERT INTO collection_holds (id, reason, until) VALUES ($1, $2, $3)"};
constexpr db::Sql kDeleteHold{"DELETE FROM collection_holds WHERE id = $1"};
constexpr db::Sql kAnyHold{"SELECT id FROM collection_holds WHERE until > $1 LIMIT 1"};

TrashEntry TrashEntryOf(const db::Row& row) {
  TrashEntry entry;
  entry.id = TrashId{row.Integer(0)};
  entry.repository = RepositoryId{row.Integer(1)};
  entry.repository_key = row.Text(2);
  entry.kind = static_cast<TrashKind>(row.Integer(3));
  entry.subject = row.Text(4);
  entry.reason = row.Text(5);
  entry.deleted_at = Time{row.Integer(6)};
  entry.purge_at = Time{row.Integer(7)};
  entry.run = RunId{row.Integer(8)};
  return entry;
}

}  // namespace

Result<TrashId> InsertTrash(db::Tx& tx, IdGenerator& ids, const TrashEntry& entry) {
  const auto id = ids.Next<TrashId>();
  TRY(tx.Execute(kInsert,
                 {id.value, entry.repository.value, static_cast<int64_t>(entry.kind), entry.subject,
                  entry.reason, entry.deleted_at.micros, entry.purge_at.micros, entry.run.value}));
  return id;
}

Result<std::optional<TrashEntry>> FindTrash(db::Tx& tx, TrashId id) {
  return QueryOne<TrashEntry>(tx, kFind, {id.value}, TrashEntryOf);
}

Result<std::vector<TrashEntry>> ListTrash(db::Tx& tx, RepositoryId repository, TrashId after,
                                          int64_t limit) {
  if (!repository) return QueryAll<TrashEntry>(tx, kList, {after.value, limit}, TrashEntryOf);
  return QueryAll<TrashEntry>(tx, kListOfRepository, {repository.value, after.value, limit},
                              TrashEntryOf);
}

Result<std::vector<TrashEntry>> ListTrashOfRun(db::Tx& tx, RunId run, TrashId before,
                                               int64_t limit) {
  const int64_t end = before ? before.value : std::numeric_limits<int64_t>::max();
  return QueryAll<TrashEntry>(tx, kListOfRun, {run.value, end, limit}, TrashEntryOf);
}

Result<int64_t> CountTrashOfRun(db::Tx& tx, RunId run) {
  return QueryInteger(tx, kCountOfRun, {run.value});
}

Result<std::vector<TrashEntry>> ListExpiredTrash(db::Tx& tx, Time now, int64_t limit) {
  return QueryAll<TrashEntry>(tx, kListExpired, {now.micros, limit}, TrashEntryOf);
}

Result<void> DeleteTrash(db::Tx& tx, TrashId id) {
  TRY(tx.Execute(kDelete, {id.value}));
  return Ok();
}

Result<void> InsertHold(db::Tx& tx, int64_t id, const std::string& reason, Time until) {
  TRY(tx.Execute(kInsertHold, {id, reason, until.micros}));
  return Ok();
}

Result<void> DeleteHold(db::Tx& tx, int64_t id) {
  TRY(tx.Execute(kDeleteHold, {id}));
  return Ok();
}

Result<bool> AnyHold(db::Tx& tx, Time now) {
  TRY_ASSIGN(const auto hold, QueryOne<int64_t>(tx, kAnyHold, {now.micros},
                                                [](const db::Row& row) { return row.Integer(0); }));
  return hold.has_value();
}

}  // namespace gantry::meta
