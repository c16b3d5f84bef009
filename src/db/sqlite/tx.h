#pragma once

#include <optional>
#include <string>

#include "db/db.h"
#include "db/sqlite/connection.h"

namespace gantry::db::sqlite {

// The transaction that is open on `connection`, as one function sees it.
class SqliteTx final : public Tx {
 public:
  // The connection outlives the transaction.
  SqliteTx(Connection& connection, bool writable) : connection_(connection), writable_(writable) {}

  Result<int64_t> Execute(const Sql& sql, Arguments arguments) override;
  Result<void> Query(const Sql& sql, Arguments arguments, RowCallback on_row) override;
  Result<void> Script(const std::string& text) override;

  // What Write or Read returns for a function that returned `result`: the first error of a
  // statement counts even if the function went on (db.h).
  Result<void> Outcome(Result<void> result) const;

 private:
  Result<Statement*> Bound(const Sql& sql, Arguments arguments);
  Error Fail(Error error);
  Error FailStep(int code, const Statement& statement);

  Connection& connection_;
  const bool writable_;
  std::optional<Error> failure_;
};

}  // namespace gantry::db::sqlite
