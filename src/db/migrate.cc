#include "db/migrate.h"

#include <string>

#include "base/assert.h"
#include "base/clock.h"

namespace gantry::db {
namespace {

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
constexpr Sql kVersion{"SELECT COALESCE(MAX(version), 0) FROM schema_migrations"};
constexpr Sql kInsert{
    "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)"};

// In PostgreSQL the snapshot of a serializable transaction begins with its first query, and LOCK is
// none: whoever waited here sees what the other process did. SQLite has one writer anyway.
constexpr const char* kPostgresLock = "LOCK TABLE schema_migrations IN SHARE ROW EXCLUSIVE MODE";

Result<int64_t> LockedVersion(Db& db, Tx& tx) {
  if (db.engine() == "postgres") TRY(tx.Script(kPostgresLock));
  int64_t version = 0;
  TRY(tx.Query(kVersion, {}, [&](const Row& row) {
    version = row.Integer(0);
    return Ok();
  }));
  return version;
}

Result<void> CreateTable(Db& db) {
  return db.Write([](Tx& tx) { return tx.Script(kCreateTable); });
}

Result<void> ApplyStep(Db& db, const Migration& step) {
  return db.Write([&](Tx& tx) -> Result<void> {
    TRY_ASSIGN(const int64_t version, LockedVersion(db, tx));
    if (version >= step.version) return Ok();
    TRY(tx.Script(step.script));
    TRY(tx.Execute(kInsert, {step.version, step.name, SystemClock().Now().micros}));
    return Ok();
  });
}

}  // namespace

Result<void> Migrate(Db& db, std::span<const Migration> migrations) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    GANTRY_ASSERT(migrations[i].version == static_cast<int64_t>(i) + 1);
  }
  Result<void> created = CreateTable(db);
  // PostgreSQL lets the slower of two CREATE TABLE IF NOT EXISTS fail; then the table is there.
  if (!created.ok()) created = CreateTable(db);
  TRY(created);

  int64_t version = 0;
  TRY(db.Write([&](Tx& tx) -> Result<void> {
    TRY_ASSIGN(version, LockedVersion(db, tx));
    return Ok();
  }));
  const auto known = static_cast<int64_t>(migrations.size());
  if (version > known) {
    return Error(Code::kFailedPrecondition, "database_newer",
                 "the database has schema version " + std::to_string(version) +
                     ", but this program knows versions up to " + std::to_string(known) +
                     " only; start a newer program");
  }
  for (const Migration& step : migrations.subspan(static_cast<size_t>(version))) {
    TRY(ApplyStep(db, step));
  }
  return Ok();
}

}  // namespace gantry::db
