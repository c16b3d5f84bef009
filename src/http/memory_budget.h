#pragma once

#include <atomic>
#include <cstdint>

namespace gantry::http {

// Counts the bytes of bodies in flight against a limit. Threads: any.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t bytes_max) : bytes_max_(bytes_max) {}

  // False, and nothing is charged, when the limit would be passed.
  bool TryCharge(int64_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) return true;
    Release(bytes);
    return false;
  }
  // For what was admitted before.
  void Charge(int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void Release(int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const int64_t bytes_max_;
  std::atomic<int64_t> used_{0};
};

// A charge that is given back in the end. Threads: one.
class MemoryCharge {
 public:
  explicit MemoryCharge(MemoryBudget& budget) : budget_(budget) {}
  ~MemoryCharge() { Set(0); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  // Makes the charge `bytes`; false, and nothing changes, when that is beyond the limit.
  bool Set(int64_t bytes) {
    if (bytes > bytes_ && !budget_.TryCharge(bytes - bytes_)) return false;
    if (bytes < bytes_) budget_.Release(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }

 private:
  MemoryBudget& budget_;
  int64_t bytes_ = 0;
};

}  // namespace gantry::http
