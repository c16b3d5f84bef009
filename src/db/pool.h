#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace gantry::db {

// At most `size_max` connections, opened when they are first needed and kept; the one that came
// back last goes out first, because its caches are warm. Threads: all methods from any thread.
template <typename Connection>
class Pool {
 public:
  using Microseconds = std::chrono::microseconds;
  // Opens a connection within about `patience`.
  using Opener = std::function<Result<std::unique_ptr<Connection>>(Microseconds patience)>;

  // A connection on loan. Goes back to the pool at the end, unless it was discarded.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->Return(std::move(connection_));
    }

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    // Closes the connection. REQUIRES: it is not used any more.
    void Discard() { connection_.reset(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Pool(int size_max, Opener open) : size_max_(size_max), open_(std::move(open)) {}

  // deadline_exceeded/database_busy when all connections stay in use for `patience`.
  Result<Lease> Borrow(Microseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    {
      const MutexLock lock(mutex_);
      while (idle_.empty() && size_ >= size_max_) {
        const Microseconds left = Left(deadline);
        if (left.count() <= 0) return Busy();
        returned_.WaitFor(mutex_, left);
      }
      if (!idle_.empty()) {
        Lease lease(*this, std::move(idle_.back()));
        idle_.pop_back();
        return lease;
      }
      ++size_;
    }
    Result<std::unique_ptr<Connection>> opened = open_(Left(deadline));
    if (opened.ok()) return Lease(*this, *std::move(opened));
    Return(nullptr);
    return std::move(opened).error();
  }

  // Closes what is not on loan: when one connection turns out broken, the others are as old.
  void CloseIdle() {
    std::vector<std::unique_ptr<Connection>> closing;
    const MutexLock lock(mutex_);
    closing.swap(idle_);
    size_ -= static_cast<int>(closing.size());
  }

 private:
  static Microseconds Left(std::chrono::steady_clock::time_point deadline) {
    return std::chrono::duration_cast<Microseconds>(deadline - std::chrono::steady_clock::now());
  }

  Error Busy() const {
    return Error(Code::kDeadlineExceeded, "database_busy",
                 "all " + std::to_string(size_max_) + " database connections are in use");
  }

  void Return(std::unique_ptr<Connection> connection) {
    const MutexLock lock(mutex_);
    if (connection) {
      idle_.push_back(std::move(connection));
    } else {
      --size_;
    }
    returned_.SignalOne();
  }

  const int size_max_;
  const Opener open_;
  Mutex mutex_;
  CondVar returned_;
  int size_ GUARDED_BY(mutex_) = 0;  // on loan and idle
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
};

}  // namespace gantry::db
