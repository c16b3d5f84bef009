#pragma once

#include <compare>
#include <cstdint>

namespace gantry {

// A row id that cannot be mistaken for another kind of row. Zero is "none".
template <typename Tag>
struct StrongId {
  int64_t value = 0;
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const StrongId&) const = default;
};

}  // namespace gantry
