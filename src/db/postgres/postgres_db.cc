#include "db/postgres/postgres_db.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "db/postgres/tx.h"

namespace gantry::db {
namespace postgres {
namespace {

constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr Sql kPing{"SELECT 1"};
constexpr std::chrono::seconds kBorrowPatience{10};
constexpr std::chrono::seconds kAnswerPatience{40};  // longer than the server's statement_timeout
constexpr std::chrono::seconds kPingPatience{2};
// A transaction that did not reach its commit can run again on another connection.
constexpr int kDisconnectsMax = 2;
constexpr int kConflictsMax = 20;
constexpr std::chrono::microseconds kPauseFirst{500};
constexpr std::chrono::microseconds kPauseMax{100'000};

// A random pause that doubles with each conflict, so that those who collided part.
void PauseAfter(int conflicts) {
  const auto longest = std::min(kPauseMax, kPauseFirst * (1 << std::min(conflicts, 10)));
  std::random_device device;
  std::uniform_int_distribution<int64_t> pause(0, longest.count());
  std::this_thread::sleep_for(std::chrono::microseconds(pause(device)));
}

}  // namespace

PostgresDb::PostgresDb(const PostgresOptions& options)
    : options_(options), pool_(options.connections_max, [this](std::chrono::microseconds) {
        return Connection::Open(options_.conninfo);
      }) {}

Result<std::unique_ptr<Db>> PostgresDb::Open(const PostgresOptions& options) {
  std::unique_ptr<PostgresDb> db(new PostgresDb(options));
  TRY(db->pool_.Borrow(kBorrowPatience));
  return std::unique_ptr<Db>(std::move(db));
}

Result<void> PostgresDb::Write(TxFunction function) {
  int conflicts = 0;
  int disconnects = 0;
  for (;;) {
    Result<void> result;
    const Attempt attempt = TryWrite(function, result);
    if (attempt == Attempt::kFinal) return result;
    if (attempt == Attempt::kDisconnected && ++disconnects > kDisconnectsMax) return result;
    if (attempt == Attempt::kConflict) {
      if (++conflicts > kConflictsMax) {
        return Unavailable("too_many_conflicts",
                           "the change collided with others " + std::to_string(conflicts) +
                               " times; try again: " + result.error().message());
      }
      PauseAfter(conflicts);
    }
  }
}

PostgresDb::Attempt PostgresDb::TryWrite(TxFunction function, Result<void>& result) {
  auto borrowed = pool_.Borrow(kBorrowPatience);
  if (!borrowed.ok()) {
    result = std::move(borrowed).error();
    return Attempt::kFinal;
  }
  Connection& connection = **borrowed;
  connection.set_patience(kAnswerPatience);
  connection.Begin(kBeginWrite);
  PostgresTx tx(connection, /*writable=*/true);
  result = function(tx);
  if (tx.failure()) result = *tx.failure();
  const bool committing = result.ok();
  if (committing) result = connection.Commit();
  connection.Leave();
  if (connection.broken()) {
    const Attempt attempt = GiveUp(*borrowed, result);
    return committing ? Attempt::kFinal : attempt;
  }
  const bool refused = committing || tx.failure();  // by the server, not by the function
  const bool conflict = refused && !result.ok() && result.error().code() == Code::kConflict;
  return conflict ? Attempt::kConflict : Attempt::kFinal;
}

PostgresDb::Attempt PostgresDb::GiveUp(Pool<Connection>::Lease& connection,
                                       const Result<void>& result) {
  connection.Discard();
  pool_.CloseIdle();
  // What took too long would do so again; without an error the function had all it wanted.
  if (result.ok() || result.error().code() == Code::kDeadlineExceeded) return Attempt::kFinal;
  return Attempt::kDisconnected;
}

Result<void> PostgresDb::Read(TxFunction function) { return ReadWithin(kAnswerPatience, function); }

Result<void> PostgresDb::ReadWithin(std::chrono::microseconds patience, TxFunction function) {
  for (int disconnects = 0;; ++disconnects) {
    Result<void> result;
    const Attempt attempt = TryRead(patience, function, result);
    if (attempt == Attempt::kFinal || disconnects == kDisconnectsMax) return result;
  }
}

PostgresDb::Attempt PostgresDb::TryRead(std::chrono::microseconds patience, TxFunction function,
                                        Result<void>& result) {
  auto borrowed = pool_.Borrow(std::min<std::chrono::microseconds>(patience, kBorrowPatience));
  if (!borrowed.ok()) {
    result = std::move(borrowed).error();
    return Attempt::kFinal;
  }
  Connection& connection = **borrowed;
  connection.set_patience(patience);
  connection.Begin(kBeginRead);
  PostgresTx tx(connection, /*writable=*/false);
  result = function(tx);
  if (tx.failure()) result = *tx.failure();
  connection.Leave();
  return connection.broken() ? GiveUp(*borrowed, result) : Attempt::kFinal;
}

Result<void> PostgresDb::Ping() {
  const Result<void> answer = ReadWithin(
      kPingPatience, [](Tx& tx) { return tx.Query(kPing, {}, [](const Row&) { return Ok(); }); });
  if (answer.ok()) return Ok();
  return Unavailable("database_unavailable",
                     "the database does not answer: " + answer.error().message());
}

}  // namespace postgres

Result<std::unique_ptr<Db>> OpenPostgres(const PostgresOptions& options) {
  return postgres::PostgresDb::Open(options);
}

}  // namespace gantry::db
