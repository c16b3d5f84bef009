#pragma once

#include <memory>
#include <optional>

#include "base/function_ref.h"
#include "base/mutex.h"
#include "base/result.h"

namespace gantry::blob {

// Shares one slow operation among the threads that want it: all who came before it began get its
// result. Whoever comes while it runs waits for the next.
// Threads: all methods from any thread.
class SyncBatch {
 public:
  Result<void> Run(FunctionRef<Result<void>()> sync) {
    MutexLock lock(mutex_);
    if (next_ == nullptr) next_ = std::make_shared<Round>();
    const std::shared_ptr<Round> round = next_;
    while (running_ && !round->done) changed_.Wait(mutex_);
    if (!round->done) {
      running_ = true;
      next_.reset();
      mutex_.Unlock();
      Result<void> result = sync();
      mutex_.Lock();
      running_ = false;
      round->done = true;
      if (!result.ok()) round->error = std::move(result).error();
      changed_.SignalAll();
    }
    if (round->error) return *round->error;
    return Ok();
  }

 private:
  struct Round {
    bool done = false;
    std::optional<Error> error;
  };

  Mutex mutex_;
  CondVar changed_;
  bool running_ GUARDED_BY(mutex_) = false;
  std::shared_ptr<Round> next_ GUARDED_BY(mutex_);  // shared by those who wait for it
};

}  // namespace gantry::blob
