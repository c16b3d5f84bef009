#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// clang's thread-safety annotations; nothing on other compilers.
#if defined(__clang__)
#define GANTRY_ATTRIBUTE(x) __attribute__((x))
#else
#define GANTRY_ATTRIBUTE(x)
#endif
#define CAPABILITY(x) GANTRY_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY GANTRY_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(x) GANTRY_ATTRIBUTE(guarded_by(x))
#define REQUIRES_LOCK(...) GANTRY_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES_LOCK(...) GANTRY_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRE_LOCK(...) GANTRY_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE_LOCK(...) GANTRY_ATTRIBUTE(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS GANTRY_ATTRIBUTE(no_thread_safety_analysis)

namespace gantry {

class CAPABILITY("mutex") Mutex {
 public:
  void Lock() ACQUIRE_LOCK() { mutex_.lock(); }
  void Unlock() RELEASE_LOCK() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  friend class CondVar;
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE_LOCK(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() RELEASE_LOCK() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  void Wait(Mutex& mutex) REQUIRES_LOCK(mutex) NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // Returns false when `timeout` passed without a signal.
  bool WaitFor(Mutex& mutex, std::chrono::microseconds timeout)
      REQUIRES_LOCK(mutex) NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool signalled = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return signalled;
  }
  void SignalOne() { condition_.notify_one(); }
  void SignalAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace gantry
