#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace gantry::kube {

// Keeps each of many equal values once, as long as somebody holds it, and gives it a small number.
// Threads: one at a time.
template <typename T>
class Interner {
 public:
  // The number of the value, held once more.
  uint32_t Take(const T& value) {
    const auto [at, is_new] = numbers_.try_emplace(value, 0);
    if (is_new) {
      if (free_.empty()) {
        at->second = static_cast<uint32_t>(slots_.size());
        slots_.push_back({});
      } else {
        at->second = free_.back();
        free_.pop_back();
      }
      slots_[at->second].at = at;
    }
    ++slots_[at->second].holders;
    return at->second;
  }

  // REQUIRES (both): a number that Take gave and that is still held.
  void Release(uint32_t number) {
    Slot& slot = slots_[number];
    GANTRY_ASSERT(slot.holders > 0);
    if (--slot.holders > 0) return;
    numbers_.erase(slot.at);
    free_.push_back(number);
  }
  const T& At(uint32_t number) const { return slots_[number].at->first; }

  // All values, in order, with their numbers.
  const std::map<T, uint32_t>& all() const { return numbers_; }

 private:
  struct Slot {
    typename std::map<T, uint32_t>::iterator at{};
    int64_t holders = 0;
  };
  std::map<T, uint32_t> numbers_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace gantry::kube
