#include "meta/ids.h"

#include <algorithm>
#include <random>

namespace gantry::meta {
namespace {

constexpr int64_t kEpochMicros = 1'577'836'800'000'000;  // 2020-01-01

int64_t RandomLowBits() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return static_cast<int64_t>(generator() >> 4 & 1023);
}

}  // namespace

int64_t IdGenerator::NextValue() {
  const int64_t micros = std::max<int64_t>(clock_.Now().micros - kEpochMicros, 1);
  const int64_t candidate = micros << 10 | RandomLowBits();
  int64_t last = last_.load(std::memory_order_relaxed);
  int64_t next = 0;
  do {
    next = std::max(candidate, last + 1);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return next;
}

}  // namespace gantry::meta
