#include "db/sqlite/connection.h"

#include <sqlite3.h>

#include <charconv>
#include <cstring>
#include <string_view>

#include "db/sqlite/errors.h"

namespace gantry::db::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kWalKeptBytes =
    64 << 20;  // of the WAL file, after it starts again from its beginning

constexpr Sql kCommit{"COMMIT"};
constexpr Sql kRollback{"ROLLBACK"};

int CompareBytes(void*, int left_size, const void* left, int right_size, const void* right) {
  const int order = std::memcmp(left, right, static_cast<size_t>(std::min(left_size, right_size)));
  return order != 0 ? order : left_size - right_size;
}

// "$12" → 12; 0 for any other name.
size_t ParameterNumber(const char* name) {
  if (name == nullptr || name[0] != '$') return 0;
  const char* const end = name + std::strlen(name);
  size_t number = 0;
  const auto [stop, error] = std::from_chars(name + 1, end, number);
  return error == std::errc() && stop == end ? number : 0;
}

Result<std::vector<int>> ParameterPositions(sqlite3_stmt* handle, const char* text) {
  const int count = sqlite3_bind_parameter_count(handle);
  std::vector<int> positions(static_cast<size_t>(count), 0);
  for (int index = 1; index <= count; ++index) {
    const size_t number = ParameterNumber(sqlite3_bind_parameter_name(handle, index));
    if (number == 0 || number > positions.size()) {
      return Internal("sql_error", "parameters must be $1, $2, … without gaps")
          .With("statement", text);
    }
    positions[number - 1] = index;
  }
  return positions;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const SqliteOptions& options,
                                                     const char* vfs) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, vfs);
  std::unique_ptr<Connection> connection(new Connection(handle));
  if (code != SQLITE_OK) return FromSqlite(handle, code, "").In(options.path);
  Result<void> configured = connection->Configure(options);
  if (!configured.ok()) return std::move(configured).error().In(options.path);
  return connection;
}

Result<void> Connection::Configure(const SqliteOptions& options) {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  // Whether the log may be copied at the end is the checkpointer's to say.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_create_collation_v2(handle_, "C", SQLITE_UTF8, nullptr, CompareBytes, nullptr);
  // Debian compiles secure_delete in, which writes every freed page once more.
  TRY(
      RunScript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF; PRAGMA cache_size = -" +
                std::to_string(options.cache_kib) +
                "; PRAGMA mmap_size = " + std::to_string(options.mmap_bytes) +
                "; PRAGMA journal_size_limit = " + std::to_string(kWalKeptBytes)));
  sqlite3_stmt* mode = nullptr;
  const int code = sqlite3_prepare_v2(handle_, "PRAGMA journal_mode", -1, &mode, nullptr);
  if (code != SQLITE_OK) return FromSqlite(handle_, code, "PRAGMA journal_mode");
  const bool wal =
      sqlite3_step(mode) == SQLITE_ROW &&
      std::strcmp(reinterpret_cast<const char*>(sqlite3_column_text(mode, 0)), "wal") == 0;
  sqlite3_finalize(mode);
  if (wal) return Ok();
  return Error(Code::kFailedPrecondition, "wal_unsupported",
               "the file system cannot hold SQLite's write-ahead log; put the data folder on a "
               "local file system");
}

Connection::~Connection() {
  for (auto& [text, statement] : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close(handle_);
}

Result<Statement*> Connection::Prepare(const Sql& sql) {
  const auto found = statements_.find(sql.text);
  if (found != statements_.end()) return &found->second;

  Statement statement;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.text, -1, SQLITE_PREPARE_PERSISTENT,
                                      &statement.handle, &tail);
  if (code != SQLITE_OK) return FromSqlite(handle_, code, sql.text);
  Result<std::vector<int>> positions = ParameterPositions(statement.handle, sql.text);
  if (positions.ok() && *tail != '\0') {
    positions =
        Internal("sql_error", "database: more than one statement").With("statement", sql.text);
  }
  if (!positions.ok()) {
    sqlite3_finalize(statement.handle);
    return std::move(positions).error();
  }
  statement.text = sql.text;
  statement.positions = *std::move(positions);
  statement.returns_rows = sqlite3_column_count(statement.handle) > 0;
  statement.writes = sqlite3_stmt_readonly(statement.handle) == 0;
  return &statements_.emplace(sql.text, std::move(statement)).first->second;
}

Result<void> Connection::Run(const Sql& sql) {
  TRY_ASSIGN(Statement * statement, Prepare(sql));
  const int code = sqlite3_step(statement->handle);
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement->handle);
    return Ok();
  }
  Error error = FromSqlite(handle_, code, sql.text);
  sqlite3_reset(statement->handle);
  return error;
}

Result<void> Connection::Commit() {
  TRY_ASSIGN(Statement * statement, Prepare(kCommit));
  const int code = sqlite3_step(statement->handle);
  Result<void> committed;
  if (code != SQLITE_DONE) committed = FromSqlite(handle_, code, kCommit.text);
  sqlite3_reset(statement->handle);
  if (code != SQLITE_IOERR_FSYNC) return committed;
  return Unavailable("commit_unknown",
                     "the disk failed during a commit, which may or may not have happened: " +
                         committed.error().message());
}

Result<void> Connection::RunScript(const std::string& text) {
  const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FromSqlite(handle_, code, text);
  return Ok();
}

bool Connection::InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

bool Connection::Rollback() {
  if (!InTransaction()) return true;
  return Run(kRollback).ok() || !InTransaction();
}

}  // namespace gantry::db::sqlite
