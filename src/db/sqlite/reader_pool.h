#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "db/sqlite/connection.h"

namespace gantry::db::sqlite {

// The read connections, opened when they are first needed. Threads: all methods from any thread.
class ReaderPool {
 public:
  // A connection on loan; goes back to the pool unless it is stuck in a transaction.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->Return(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // `vfs` as for Connection::Open.
  ReaderPool(const SqliteOptions& options, const char* vfs) : options_(options), vfs_(vfs) {}

  // deadline_exceeded/database_busy when all connections stay in use for `patience`.
  Result<Lease> Borrow(std::chrono::microseconds patience);

 private:
  void Return(std::unique_ptr<Connection> connection);

  const SqliteOptions options_;
  const char* const vfs_;
  Mutex mutex_;
  CondVar returned_;
  int open_ GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
};

}  // namespace gantry::db::sqlite
