#pragma once

#include <optional>
#include <string>

#include "db/db.h"
#include "db/postgres/connection.h"

namespace gantry::db::postgres {

// The transaction that is open on `connection`, as one function sees it.
class PostgresTx final : public Tx {
 public:
  // The connection outlives the transaction.
  PostgresTx(Connection& connection, bool writable)
      : connection_(connection), writable_(writable) {}

  Result<int64_t> Execute(const Sql& sql, Arguments arguments) override;
  Result<void> Query(const Sql& sql, Arguments arguments, RowCallback on_row) override;
  Result<void> Script(const std::string& text) override;

  // The first error of a statement, which spoiled the transaction.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Error Fail(Error error);

  Connection& connection_;
  const bool writable_;
  std::optional<Error> failure_;
};

}  // namespace gantry::db::postgres
