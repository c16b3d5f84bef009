#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gantry::retention {

// A version by Semantic Versioning 2.0.0: three numbers, then perhaps "-" and identifiers.
struct Version {
  std::array<uint64_t, 3> numbers{};
  std::vector<std::string> prerelease;

  // "1.2.3", "v1.2.3", "1.2.3-rc.1"; nullopt for everything else. Numbers have at most 18 digits.
  static std::optional<Version> Parse(std::string_view text);

  // Precedence: 1.0.0-rc.1 < 1.0.0-rc.2 < 1.0.0.
  std::weak_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }
};

// A set of versions as npm writes it: comparators (">=1.2.0", "<2", "^1.4", "~1.4.2", "=1.0.0",
// "1.x", "*") that all must hold, and "||" between alternatives. A prerelease is in the set only
// where a comparator names a prerelease of the same three numbers.
// Threads: const methods from any thread.
class VersionRange {
 public:
  // invalid_argument/version_range_invalid. At most 32 comparators.
  static Result<VersionRange> Parse(std::string_view text);

  bool Contains(const Version& version) const;

 private:
  enum class Operator : uint8_t { kLess, kLessOrEqual, kEqual, kGreaterOrEqual, kGreater };
  struct Comparator {
    Operator op = Operator::kEqual;
    Version version;
    bool Holds(const Version& candidate) const;
  };
  using Alternative = std::vector<Comparator>;

  static bool AddComparator(std::string_view text, Alternative& alternative);
  static bool Admits(const Alternative& alternative, const Version& version);

  std::vector<Alternative> alternatives_;
};

}  // namespace gantry::retention
