#include "db/postgres/tx.h"

#include "db/postgres/row.h"

namespace gantry::db::postgres {

Result<int64_t> PostgresTx::Execute(const Sql& sql, Arguments arguments) {
  if (failure_) return *failure_;
  Result<int64_t> changed = connection_.Run(sql, arguments, nullptr);
  if (!changed.ok()) return Fail(std::move(changed).error());
  return changed;
}

Result<void> PostgresTx::Query(const Sql& sql, Arguments arguments, RowCallback on_row) {
  if (failure_) return *failure_;
  std::optional<Error> stopped;
  const auto handle = [&](const PostgresRow& row) -> Result<void> {
    if (stopped) return Ok();
    Result<void> taken = on_row(row);
    if (!taken.ok()) stopped = std::move(taken).error();
    if (row.mismatch().empty()) return Ok();
    return Internal("sql_error", "database: " + row.mismatch()).With("statement", sql.text);
  };
  const Connection::RowHandler handler = handle;
  const Result<int64_t> ran = connection_.Run(sql, arguments, &handler);
  if (!ran.ok()) return Fail(ran.error());
  if (stopped) return *std::move(stopped);
  return Ok();
}

Result<void> PostgresTx::Script(const std::string& text) {
  if (failure_) return *failure_;
  if (!writable_) return Fail(Internal("sql_error", "database: a Read cannot run a script"));
  Result<void> ran = connection_.RunScript(text);
  if (!ran.ok()) return Fail(std::move(ran).error());
  return Ok();
}

Error PostgresTx::Fail(Error error) {
  failure_ = error;
  return error;
}

}  // namespace gantry::db::postgres
