#include "db/sqlite/tx.h"

#include <sqlite3.h>

#include "db/sqlite/dialect.h"
#include "db/sqlite/errors.h"

namespace gantry::db::sqlite {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  bool IsNull(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  int64_t Integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view Text(int column) const override {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {data, Size(column)};
  }
  std::string_view Bytes(int column) const override {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, Size(column)};
  }

 private:
  size_t Size(int column) const {
    return static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  }

  sqlite3_stmt* const statement_;
};

// Ends the run of a statement, so that it holds no page and can be bound again.
class Resetting {
 public:
  explicit Resetting(sqlite3_stmt* statement) : statement_(statement) {}
  ~Resetting() { sqlite3_reset(statement_); }
  Resetting(const Resetting&) = delete;
  Resetting& operator=(const Resetting&) = delete;

 private:
  sqlite3_stmt* const statement_;
};

int Bind(sqlite3_stmt* statement, int position, const Value& value) {
  // A null pointer would bind NULL.
  const char* const data = value.text().empty() ? "" : value.text().data();
  switch (value.kind()) {
    case Value::Kind::kNull:
      return sqlite3_bind_null(statement, position);
    case Value::Kind::kInteger:
      return sqlite3_bind_int64(statement, position, value.integer());
    case Value::Kind::kText:
      // PostgreSQL's text has no NUL; the same program must run on both.
      if (value.text().find('\0') != std::string_view::npos) return SQLITE_MISMATCH;
      return sqlite3_bind_text64(statement, position, data, value.text().size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    case Value::Kind::kBytes:
      return sqlite3_bind_blob64(statement, position, data, value.text().size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

Error SqlError(std::string message, const char* statement) {
  return Internal("sql_error", "database: " + std::move(message)).With("statement", statement);
}

}  // namespace

Result<int64_t> SqliteTx::Execute(const Sql& sql, Arguments arguments) {
  TRY_ASSIGN(Statement * statement, Bound(sql, arguments));
  if (statement->returns_rows) {
    return Fail(SqlError("a statement with answer rows needs Query", sql.text));
  }
  const Resetting resetting(statement->handle);
  const int code = sqlite3_step(statement->handle);
  if (code != SQLITE_DONE) return FailStep(code, *statement);
  return statement->writes ? int64_t{sqlite3_changes64(connection_.handle())} : int64_t{0};
}

Result<void> SqliteTx::Query(const Sql& sql, Arguments arguments, RowCallback on_row) {
  TRY_ASSIGN(Statement * statement, Bound(sql, arguments));
  const Resetting resetting(statement->handle);
  const SqliteRow row(statement->handle);
  for (;;) {
    const int code = sqlite3_step(statement->handle);
    if (code == SQLITE_DONE) return Ok();
    if (code != SQLITE_ROW) return FailStep(code, *statement);
    TRY(on_row(row));
  }
}

Result<void> SqliteTx::Script(const std::string& text) {
  if (failure_) return *failure_;
  if (!writable_) return Fail(SqlError("a Read cannot run a script", text.c_str()));
  Result<void> ran = connection_.RunScript(ToSqlite(text));
  if (!ran.ok()) return Fail(std::move(ran).error());
  return Ok();
}

Result<Statement*> SqliteTx::Bound(const Sql& sql, Arguments arguments) {
  if (failure_) return *failure_;
  Result<Statement*> prepared = connection_.Prepare(sql);
  if (!prepared.ok()) return Fail(std::move(prepared).error());
  Statement* const statement = prepared.value();
  if (statement->writes && !writable_) return Fail(SqlError("a Read cannot write", sql.text));
  if (statement->positions.size() != arguments.size()) {
    return Fail(SqlError("the statement has " + std::to_string(statement->positions.size()) +
                             " parameters, but was given " + std::to_string(arguments.size()),
                         sql.text));
  }
  const int* position = statement->positions.data();
  for (const Value& value : arguments) {
    const int code = Bind(statement->handle, *position++, value);
    if (code != SQLITE_OK) return FailStep(code, *statement);
  }
  return statement;
}

Result<void> SqliteTx::Outcome(Result<void> result) const {
  if (result.ok() && failure_) return *failure_;
  return result;
}

Error SqliteTx::Fail(Error error) {
  failure_ = error;
  return error;
}

Error SqliteTx::FailStep(int code, const Statement& statement) {
  return Fail(FromSqlite(connection_.handle(), code, statement.text));
}

}  // namespace gantry::db::sqlite
