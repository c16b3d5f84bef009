#include "db/sqlite/errors.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>

namespace gantry::db::sqlite {
namespace {

struct Meaning {
  Code code;
  const char* reason;
};

constexpr Meaning kDiskFull{Code::kResourceExhausted, "disk_full"};

// SQLite says SQLITE_FULL for ENOSPC only.
bool IsFull(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

Meaning MeaningOf(int code, int system_error) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return {Code::kAlreadyExists, "unique_violation"};
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return {Code::kFailedPrecondition, "constraint_violation"};
    case SQLITE_FULL:
      return kDiskFull;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      if (IsFull(system_error)) return kDiskFull;
      return {Code::kUnavailable, "database_unavailable"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::kCorruption, "database_corrupt"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {Code::kDeadlineExceeded, "database_busy"};
    case SQLITE_NOMEM:
      return {Code::kResourceExhausted, "out_of_memory"};
    default:
      return {Code::kInternal, "sql_error"};
  }
}

}  // namespace

Error FromSqlite(sqlite3* connection, int code, std::string_view statement) {
  const int system_error = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  const Meaning meaning = MeaningOf(code, system_error);
  std::string message = "database: ";
  message += connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  Error error(meaning.code, meaning.reason, std::move(message));
  error = std::move(error).With("sqlite_code", std::to_string(code));
  if ((code & 0xff) == SQLITE_IOERR) {
    error = std::move(error).With("errno", std::to_string(system_error));
  }
  if (!statement.empty()) error = std::move(error).With("statement", std::string(statement));
  return error;
}

}  // namespace gantry::db::sqlite
