#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace gantry::core {

// How many requests clients have made. Threads: all methods from any thread.
class Traffic {
 public:
  void Count() { requests_.fetch_add(1, std::memory_order_relaxed); }
  int64_t requests() const { return requests_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> requests_ = 0;
};

// Lets background work that is done in batches step aside for clients: while requests come in it
// works one part in 200 of the time, in batches of some milliseconds, so that the slowest hundredth
// of the requests is as fast as without it; when none came for a second, half the time, in larger
// ones.
//   Pace pace(clock, traffic);
//   while (Work(pace.Begin()) == pace.batch()) pace.Rest();
// Threads: one.
class Pace {
 public:
  // Both outlive this. `traffic` nullptr: there are no clients.
  Pace(const Clock& clock, const Traffic* traffic);

  // Begins a batch; returns how many rows it may have.
  int64_t Begin();
  // As Begin returned.
  int64_t batch() const { return batch_; }
  // Sleeps in proportion to the time since Begin.
  void Rest();

 private:
  bool Busy();

  const Clock& clock_;
  const Traffic* const traffic_;
  int64_t requests_seen_;
  Time seen_at_;  // the last time that there were new requests
  Time begun_;
  int64_t batch_ = 0;
};

}  // namespace gantry::core
