#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "base/result.h"

// SQL over two engines, one text for both: `$1` parameters, ON CONFLICT, RETURNING, CTEs, window
// functions; column types BIGINT, TEXT, BYTEA; text keys are `TEXT COLLATE "C"` (byte order).
namespace gantry::db {

// One argument of a statement. Borrows text and bytes: they must live until the call returns.
// Text is UTF-8 without NUL, else internal/sql_error (SQLite notices the NUL only).
class Value {
 public:
  enum class Kind { kNull, kInteger, kText, kBytes };

  Value() = default;                                                    // NULL
  Value(int64_t integer) : kind_(Kind::kInteger), integer_(integer) {}  // NOLINT: implicit
  Value(std::string_view text) : kind_(Kind::kText), text_(text) {}     // NOLINT: implicit
  Value(const std::string& text) : kind_(Kind::kText), text_(text) {}   // NOLINT: implicit
  Value(const char* text) : kind_(Kind::kText), text_(text) {}          // NOLINT: implicit
  static Value Bytes(std::string_view bytes) {
    Value value(bytes);
    value.kind_ = Kind::kBytes;
    return value;
  }

  Kind kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  std::string_view text() const { return text_; }

 private:
  Kind kind_ = Kind::kNull;
  int64_t integer_ = 0;
  std::string_view text_;
};

// One row of an answer, valid only inside the callback that receives it. Columns count from 0.
// REQUIRES: the column exists and, for Integer/Text/Bytes, is not NULL (else 0 or "").
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Integer(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;
};

// The text of a statement, a literal with static storage: its address is the key of the
// prepared-statement caches. Declare as `constexpr db::Sql kFindTag{"SELECT …"};` at namespace
// scope.
struct Sql {
  const char* text;
};

using Arguments = std::initializer_list<Value>;
using RowCallback = FunctionRef<Result<void>(const Row&)>;

// An open transaction. Threads: the one it was given to. Ends when the function that received it
// returns. A statement gets as many arguments as it has parameters; an argument is a BIGINT, TEXT
// or BYTEA, or NULL of any type.
//
// A statement that fails spoils the transaction (PostgreSQL's rule, kept on SQLite too): later ones
// return the same error, and so does Write or Read, even if the function returns no error. To be
// prepared for a conflict use ON CONFLICT. The error of a callback spoils nothing.
//
// Errors: conflict/serialization_failure (the caller of Db::Write never sees it: Write retries),
// already_exists/unique_violation, failed_precondition/constraint_violation,
// resource_exhausted/disk_full, unavailable/database_unavailable, corruption/database_corrupt,
// deadline_exceeded/database_busy, internal/sql_error (with the statement in the detail).
class Tx {
 public:
  virtual ~Tx() = default;

  // Runs a statement without answer rows; returns the number of rows it changed.
  virtual Result<int64_t> Execute(const Sql& sql, Arguments arguments) = 0;

  // Calls `on_row` for each row, in order. An error of the callback ends the query and is returned.
  // The callback may not use this transaction.
  virtual Result<void> Query(const Sql& sql, Arguments arguments, RowCallback on_row) = 0;

  // Runs text of any number of statements without parameters; for migrations only.
  virtual Result<void> Script(const std::string& text) = 0;
};

using TxFunction = FunctionRef<Result<void>(Tx&)>;

// A database. Threads: all methods from any thread. Blocks; never call from a reactor thread.
class Db {
 public:
  virtual ~Db() = default;

  // Runs `function` in a read-write transaction, serializable against all others, and returns after
  // the commit is durable. An error of the function rolls its own changes back and is returned.
  // The function can run more than once (a retry after a serialization failure): it may only
  // change what it resets at its start.
  // SQLite: one writer at a time; the functions that wait are run one after another in one
  // transaction, each in a savepoint of its own, with one fsync for all (group commit), by the
  // thread of one of the callers: hold no lock across Write that such a function takes.
  // PostgreSQL: a pooled connection, SERIALIZABLE, retried with back-off on SQLSTATE 40001/40P01;
  // unavailable/too_many_conflicts when that does not help.
  // unavailable/commit_unknown: the commit may or may not have happened (the connection broke, the
  // disk failed to sync). Undo nothing outside of the database then.
  // REQUIRES: not called inside a function given to Write, nor, with every connection in use,
  // inside one given to Read.
  virtual Result<void> Write(TxFunction function) = 0;

  // Runs `function` on one consistent snapshot that contains everything whose Write returned before
  // this call. The function may run more than once. Writing inside is an error.
  virtual Result<void> Read(TxFunction function) = 0;

  // unavailable/... when the database does not answer a trivial query within 2 s; for /readyz.
  virtual Result<void> Ping() = 0;

  // "sqlite" or "postgres"; for messages and for the few places that must know (backup).
  virtual std::string_view engine() const = 0;
};

struct SqliteOptions {
  std::string path;          // the database file; created if absent; its folder must exist
  int readers_max = 4;       // read connections kept open
  int64_t cache_kib = 4096;  // page cache of each connection
  int64_t mmap_bytes = int64_t{1} << 30;
  int group_max = 256;  // functions in one group commit
};
// Opens in WAL mode with synchronous=FULL and registers the collation C. Schema: see migrate.h.
Result<std::unique_ptr<Db>> OpenSqlite(const SqliteOptions& options);

struct PostgresOptions {
  std::string conninfo;  // libpq's connection string or URI
  int connections_max = 8;
};
Result<std::unique_ptr<Db>> OpenPostgres(const PostgresOptions& options);

}  // namespace gantry::db
