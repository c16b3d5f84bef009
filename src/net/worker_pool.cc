#include "net/worker_pool.h"

#include <utility>

#include "base/assert.h"

namespace gantry::net {
namespace {

constexpr size_t kStackBytes = 512 << 10;

}  // namespace

WorkerPool::WorkerPool(size_t threads_max, size_t queue_max, std::function<void()> prepare)
    : threads_max_(threads_max), queue_max_(queue_max), prepare_(std::move(prepare)) {
  GANTRY_ASSERT(threads_max > 0);
}

WorkerPool::~WorkerPool() {
  std::vector<pthread_t> threads;
  {
    MutexLock lock(mutex_);
    stop_ = true;
    threads.swap(threads_);
  }
  wake_.SignalAll();
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
}

bool WorkerPool::TrySubmit(Job job) { return Enqueue(std::move(job), queue_max_); }

void WorkerPool::Submit(Job job) { Enqueue(std::move(job), SIZE_MAX); }

bool WorkerPool::Enqueue(Job job, size_t queue_max) {
  bool wake = false;
  {
    MutexLock lock(mutex_);
    // Jobs for which a thread waits already do not count as waiting.
    if (jobs_.size() >= queue_max && jobs_.size() >= idle_) return false;
    jobs_.push_back(std::move(job));
    wake = idle_ > 0;
    if (jobs_.size() > idle_ && threads_.size() < threads_max_ && !stop_) StartThread();
  }
  if (wake) wake_.SignalOne();
  return true;
}

void WorkerPool::StartThread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const int error = pthread_create(&thread, &attributes, &WorkerPool::Main, this);
  pthread_attr_destroy(&attributes);
  // Without a new thread the job waits for one that exists; without any there is no way on.
  GANTRY_ASSERT(error == 0 || !threads_.empty());
  if (error == 0) threads_.push_back(thread);
}

void* WorkerPool::Main(void* self) {
  pthread_setname_np(pthread_self(), "gantry-worker");
  auto* pool = static_cast<WorkerPool*>(self);
  if (pool->prepare_) pool->prepare_();
  pool->RunJobs();
  return nullptr;
}

void WorkerPool::RunJobs() {
  MutexLock lock(mutex_);
  for (;;) {
    while (jobs_.empty()) {
      if (stop_) return;
      ++idle_;
      wake_.Wait(mutex_);
      --idle_;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    ++busy_;
    mutex_.Unlock();
    job();
    job = nullptr;
    mutex_.Lock();
    --busy_;
  }
}

WorkerPool::Stats WorkerPool::stats() const {
  MutexLock lock(mutex_);
  return {jobs_.size(), busy_};
}

}  // namespace gantry::net
