#pragma once

#include <pthread.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"

namespace gantry::net {

// Threads that run blocking jobs, first come, first served. Threads are started when there is work
// for them, up to the maximum, so that an idle program has none. Jobs do not throw.
// Threads: all methods from any thread; the destructor from one.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  // `queue_max`: jobs that may wait. `prepare`: called first on each new thread.
  WorkerPool(size_t threads_max, size_t queue_max, std::function<void()> prepare);
  // Runs what is queued, then ends.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and nothing happens, when the queue is full.
  [[nodiscard]] bool TrySubmit(Job job);
  // For work that belongs to something admitted before: is queued however long the queue is.
  void Submit(Job job);

  struct Stats {
    size_t queued = 0;
    size_t busy = 0;
  };
  Stats stats() const;

 private:
  static void* Main(void* self);
  bool Enqueue(Job job, size_t queue_max);
  void StartThread() REQUIRES_LOCK(mutex_);
  void RunJobs();

  const size_t threads_max_;
  const size_t queue_max_;
  const std::function<void()> prepare_;
  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Job> jobs_ GUARDED_BY(mutex_);
  std::vector<pthread_t> threads_ GUARDED_BY(mutex_);
  size_t idle_ GUARDED_BY(mutex_) = 0;
  size_t busy_ GUARDED_BY(mutex_) = 0;
  bool stop_ GUARDED_BY(mutex_) = false;
};

}  // namespace gantry::net
