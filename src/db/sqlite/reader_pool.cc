#include "db/sqlite/reader_pool.h"

#include <utility>

namespace gantry::db::sqlite {

Result<ReaderPool::Lease> ReaderPool::Borrow(std::chrono::microseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  {
    const MutexLock lock(mutex_);
    while (idle_.empty() && open_ >= options_.readers_max) {
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) {
        return Error(Code::kDeadlineExceeded, "database_busy",
                     "all " + std::to_string(open_) + " read connections are in use");
      }
      returned_.WaitFor(mutex_, left);
    }
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
    ++open_;
  }
  Result<std::unique_ptr<Connection>> opened = Connection::Open(options_, vfs_);
  if (opened.ok()) return Lease(*this, *std::move(opened));
  Return(nullptr);
  return std::move(opened).error();
}

void ReaderPool::Return(std::unique_ptr<Connection> connection) {
  if (connection && !connection->Rollback()) connection.reset();
  const MutexLock lock(mutex_);
  if (connection) {
    idle_.push_back(std::move(connection));
  } else {
    --open_;
  }
  returned_.SignalOne();
}

}  // namespace gantry::db::sqlite
