#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace gantry::kube {

// Pauses between tries: 1 s, doubled up to 30 s, each shortened at random by up to half so that
// many clients do not come back together. A value.
class BackOff {
 public:
  // `random`: 0 to 1.
  Duration Next(double random) {
    const Duration pause = pause_;
    pause_ = std::min(Duration{pause.micros * 2}, kLongest);
    return {pause.micros - static_cast<int64_t>(static_cast<double>(pause.micros) / 2 * random)};
  }
  void Reset() { pause_ = kFirst; }

 private:
  static constexpr Duration kFirst = Seconds(1);
  static constexpr Duration kLongest = Seconds(30);
  Duration pause_ = kFirst;
};

}  // namespace gantry::kube
