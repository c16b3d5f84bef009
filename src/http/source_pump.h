#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "http/memory_budget.h"
#include "http/response.h"
#include "net/worker_pool.h"

namespace gantry::http {

// The bounded pipe of a body that is produced while it is sent: workers read the source ahead of
// the connection. The source is read and destroyed on workers only.
// Threads: all public functions from the reactor.
class SourcePump : public std::enable_shared_from_this<SourcePump> {
 public:
  static constexpr size_t kReadBytes = 64 << 10;
  static constexpr size_t kPipeBytesMax = 256 << 10;

  // `ready` is called on a worker when Take is worth another call; it must only post.
  SourcePump(std::unique_ptr<ByteSource> source, net::WorkerPool& workers, MemoryBudget& budget,
             std::function<void()> ready);
  ~SourcePump();

  enum class State { kData, kWait, kEnd, kBroken };
  // The next bytes into `out` (replaced). kWait: `ready` will be called.
  State Take(std::string& out);
  // Nobody wants the rest.
  void Abort();

 private:
  enum class Next { kRead, kPause, kDrop };

  void Schedule() REQUIRES_LOCK(mutex_);
  void Run();
  Next Decide();
  void Drop();
  bool ReadOne();  // false: the run is over

  net::WorkerPool& workers_;
  MemoryBudget& budget_;
  const std::function<void()> ready_callback_;
  std::unique_ptr<ByteSource> source_;  // the worker's

  Mutex mutex_;
  std::vector<std::string> ready_ GUARDED_BY(mutex_);
  size_t ready_bytes_ GUARDED_BY(mutex_) = 0;
  bool running_ GUARDED_BY(mutex_) = false;
  bool waiting_ GUARDED_BY(mutex_) = false;
  bool end_ GUARDED_BY(mutex_) = false;
  bool broken_ GUARDED_BY(mutex_) = false;
  bool aborted_ GUARDED_BY(mutex_) = false;
};

}  // namespace gantry::http
