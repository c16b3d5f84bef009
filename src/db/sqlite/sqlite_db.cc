#include "db/sqlite/sqlite_db.h"

#include <sqlite3.h>

#include <utility>
#include <vector>

#include "base/assert.h"
#include "db/sqlite/group.h"
#include "db/sqlite/tx.h"

namespace gantry::db {
namespace sqlite {
namespace {

constexpr Sql kBegin{"BEGIN"};
constexpr Sql kPing{"SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1) AS one"};
constexpr std::chrono::seconds kReadPatience{10};
// 32 MiB of log: long enough that hot pages are copied once for many changes, short enough that
// recovery after a crash reads it in a tenth of a second.
constexpr int kFramesPerCheckpoint = 8192;
constexpr std::chrono::seconds kPingPatience{2};

int OnCommit(void* checkpointer, sqlite3*, const char*, int frames) {
  static_cast<Checkpointer*>(checkpointer)->Notice(frames);
  return SQLITE_OK;
}

}  // namespace

SqliteDb::SqliteDb(const SqliteOptions& options, const char* vfs)
    : options_(options),
      vfs_(vfs),
      readers_(options.readers_max,
               [this](std::chrono::microseconds) { return Connection::Open(options_, vfs_); }) {}

SqliteDb::~SqliteDb() = default;

Result<std::unique_ptr<Db>> SqliteDb::Open(const SqliteOptions& options, const char* vfs) {
  std::unique_ptr<SqliteDb> db(new SqliteDb(options, vfs));
  TRY_ASSIGN(auto connection, Connection::Open(options, vfs));
  db->checkpointer_ =
      std::make_unique<Checkpointer>(std::move(connection), db->queue_, kFramesPerCheckpoint);
  TRY(db->EnsureWriter());
  return std::unique_ptr<Db>(std::move(db));
}

Result<void> SqliteDb::CheckDisk() const {
  if (!checkpointer_->failed()) return Ok();
  return Unavailable("database_unavailable",
                     "the disk failed to store the database " + options_.path +
                         "; nothing acknowledged is lost: check the disk, then restart");
}

Result<void> SqliteDb::EnsureWriter() {
  TRY(CheckDisk());
  // Only where SQLite could not even roll back.
  if (writer_ && writer_->InTransaction()) writer_.reset();
  if (writer_) return Ok();
  TRY_ASSIGN(writer_, Connection::Open(options_, vfs_));
  // In place of SQLite's own checkpoint inside a commit.
  sqlite3_wal_hook(writer_->handle(), OnCommit, checkpointer_.get());
  return Ok();
}

Result<void> SqliteDb::Write(TxFunction function) {
  GANTRY_ASSERT(leader_.load(std::memory_order_relaxed) != std::this_thread::get_id());
  WriteQueue::Ticket ticket;
  ticket.function = &function;
  if (queue_.Lead(ticket)) LeadGroup(ticket);
  return std::move(ticket.result);
}

void SqliteDb::LeadGroup(WriteQueue::Ticket& own) {
  leader_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  std::vector<WriteQueue::Ticket*> members;
  const auto group_max = static_cast<size_t>(options_.group_max);
  Result<void> ready = EnsureWriter();
  std::optional<Group> group;
  if (ready.ok()) group.emplace(*writer_);
  for (WriteQueue::Ticket* ticket = &own; ticket != nullptr;
       ticket = members.size() < group_max ? queue_.Next() : nullptr) {
    members.push_back(ticket);
    if (group) {
      group->Run(*ticket);
    } else {
      ticket->result = ready;
    }
  }
  if (group) group->Commit();
  leader_.store(std::thread::id(), std::memory_order_relaxed);
  queue_.Finish(members);
}

Result<void> SqliteDb::Read(TxFunction function) { return ReadWithin(kReadPatience, function); }

Result<void> SqliteDb::ReadWithin(std::chrono::microseconds patience, TxFunction function) {
  TRY_ASSIGN(auto connection, readers_.Borrow(patience));
  TRY(connection->Run(kBegin));
  SqliteTx tx(*connection, /*writable=*/false);
  Result<void> result = tx.Outcome(function(tx));
  if (result.ok()) result = connection->Commit();
  if (!connection->Rollback()) connection.Discard();
  return result;
}

Result<void> SqliteDb::Ping() {
  TRY(CheckDisk());
  Result<void> answer = ReadWithin(
      kPingPatience, [](Tx& tx) { return tx.Query(kPing, {}, [](const Row&) { return Ok(); }); });
  if (answer.ok()) return Ok();
  return Unavailable("database_unavailable",
                     "the database does not answer: " + answer.error().message());
}

}  // namespace sqlite

Result<std::unique_ptr<Db>> OpenSqlite(const SqliteOptions& options) {
  return sqlite::SqliteDb::Open(options, nullptr);
}

}  // namespace gantry::db
