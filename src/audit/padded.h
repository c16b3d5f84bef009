#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.h"

namespace gantry::audit {

inline constexpr size_t kPaddedDigits = 20;

// A number as 20 decimal digits, so that names sort as numbers do.
inline std::string Padded(uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kPaddedDigits - digits.size(), '0') + digits;
}

// nullopt: `text` is not what Padded makes of a number below 2^63.
inline std::optional<uint64_t> ParsePadded(std::string_view text) {
  if (text.size() != kPaddedDigits) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  const auto number = ParseDecimal(text);
  if (!number) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

}  // namespace gantry::audit
