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

// The errno behind an I/O error. SQLite keeps the one of a failed open at the connection, that of a
// failed write or sync at the file, which is the log or the database itself.
int SystemError(sqlite3* connection, int code) {
  if (connection == nullptr || (code & 0xff) == SQLITE_CANTOPEN) {
    return connection != nullptr ? sqlite3_system_errno(connection) : 0;
  }
  if ((code & 0xff) != SQLITE_IOERR) return 0;
  int error = 0;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  if (error == 0) sqlite3_file_control(connection, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
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
  std::string message = "database: ";
  message += connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  const int system_error = SystemError(connection, code);
  const Meaning meaning = MeaningOf(code, system_error);
  Error error(meaning.code, meaning.reason, std::move(message));
  error = std::move(error).With("sqlite_code", std::to_string(code));
  if (system_error != 0) {
    error = std::move(error).With("errno", std::to_string(system_error));
  }
  if (!statement.empty()) error = std::move(error).With("statement", std::string(statement));
  return error;
}

}  // namespace gantry::db::sqlite
