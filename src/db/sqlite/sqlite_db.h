#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "db/db.h"
#include "db/pool.h"
#include "db/sqlite/checkpointer.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/write_queue.h"

namespace gantry::db::sqlite {

// Db over one SQLite file. One connection writes, in group commits led by one of the callers (see
// WriteQueue); a pool of connections reads; one checkpoints.
class SqliteDb final : public Db {
 public:
  // `vfs` names SQLite's file system layer, nullptr is the system's; tests inject faults with it.
  static Result<std::unique_ptr<Db>> Open(const SqliteOptions& options, const char* vfs);
  ~SqliteDb() override;

  Result<void> Write(TxFunction function) override;
  Result<void> Read(TxFunction function) override;
  Result<void> Ping() override;
  std::string_view engine() const override { return "sqlite"; }

 private:
  SqliteDb(const SqliteOptions& options, const char* vfs);
  void LeadGroup(WriteQueue::Ticket& own);
  Result<void> EnsureWriter();
  Result<void> CheckDisk() const;
  Result<void> ReadWithin(std::chrono::microseconds patience, TxFunction function);

  const SqliteOptions options_;
  const char* const vfs_;
  WriteQueue queue_;
  std::atomic<std::thread::id> leader_;
  std::unique_ptr<Connection> writer_;  // the leader's
  Pool<Connection> readers_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

}  // namespace gantry::db::sqlite
