#pragma once

#include <chrono>
#include <memory>

#include "db/db.h"
#include "db/pool.h"
#include "db/postgres/connection.h"

namespace gantry::db::postgres {

// Db over a PostgreSQL server: transactions on pooled connections.
class PostgresDb final : public Db {
 public:
  // Connects once, to say at the start what is wrong.
  static Result<std::unique_ptr<Db>> Open(const PostgresOptions& options);

  Result<void> Write(TxFunction function) override;
  Result<void> Read(TxFunction function) override;
  Result<void> Ping() override;
  std::string_view engine() const override { return "postgres"; }

 private:
  // How one attempt at a transaction ended.
  enum class Attempt { kFinal, kConflict, kDisconnected };

  explicit PostgresDb(const PostgresOptions& options);
  Attempt TryWrite(TxFunction function, Result<void>& result);
  Attempt TryRead(std::chrono::microseconds patience, TxFunction function, Result<void>& result);
  Result<void> ReadWithin(std::chrono::microseconds patience, TxFunction function);
  // Whether a transaction that ended without commit may run again on another connection.
  Attempt GiveUp(Pool<Connection>::Lease& connection, const Result<void>& result);

  const PostgresOptions options_;
  Pool<Connection> pool_;
};

}  // namespace gantry::db::postgres
