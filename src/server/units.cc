#include "server/units.h"

#include <limits>

#include "base/encoding.h"

namespace gantry::server {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

constexpr int64_t kSecond = 1'000'000;
// The larger units first.
constexpr Unit kDurations[] = {{"d", 86'400 * kSecond}, {"h", 3'600 * kSecond}, {"m", 60 * kSecond},
                               {"s", kSecond},          {"ms", 1'000},          {"us", 1}};
constexpr Unit kSizes[] = {{"TiB", int64_t{1} << 40},
                           {"GiB", 1 << 30},
                           {"MiB", 1 << 20},
                           {"KiB", 1 << 10},
                           {"TB", 1'000'000'000'000},
                           {"GB", 1'000'000'000},
                           {"MB", 1'000'000},
                           {"kB", 1'000},
                           {"B", 1},
                           {"", 1}};

std::optional<int64_t> Multiply(int64_t number, int64_t factor) {
  if (number > std::numeric_limits<int64_t>::max() / factor) return std::nullopt;
  return number * factor;
}

// Splits a leading run of characters that `belongs` accepts from `text`.
template <typename Predicate>
std::string_view Take(std::string_view& text, Predicate belongs) {
  size_t n = 0;
  while (n < text.size() && belongs(text[n])) ++n;
  const std::string_view taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNotDigit(char c) { return !IsDigit(c); }

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  int64_t sum = 0;
  int64_t smallest = std::numeric_limits<int64_t>::max();
  while (!text.empty()) {
    const auto number = ParseDecimal(Take(text, IsDigit));
    const std::string_view name = Take(text, IsNotDigit);
    if (!number) return std::nullopt;
    const Unit* unit = nullptr;
    for (const Unit& candidate : kDurations)
      if (candidate.name == name) unit = &candidate;
    if (unit == nullptr || unit->factor >= smallest) return std::nullopt;
    smallest = unit->factor;
    const auto part = Multiply(*number, unit->factor);
    if (!part || *part > std::numeric_limits<int64_t>::max() - sum) return std::nullopt;
    sum += *part;
  }
  return Duration{sum};
}

std::string FormatDuration(Duration duration) {
  if (duration.micros == 0) return "0";
  for (const Unit& unit : kDurations) {
    // A single day reads better as 24h.
    const bool whole = duration.micros % unit.factor == 0;
    if (whole && !(unit.name == "d" && duration.micros == unit.factor))
      return std::to_string(duration.micros / unit.factor) + std::string(unit.name);
  }
  return std::to_string(duration.micros) + "us";
}

std::optional<int64_t> ParseSize(std::string_view text) {
  const auto number = ParseDecimal(Take(text, IsDigit));
  if (!number) return std::nullopt;
  for (const Unit& unit : kSizes)
    if (unit.name == text) return Multiply(*number, unit.factor);
  return std::nullopt;
}

std::string FormatSize(int64_t bytes) {
  if (bytes == 0) return "0";
  for (const Unit& unit : kSizes) {
    const bool binary = unit.name.size() == 3;
    if (binary && bytes % unit.factor == 0)
      return std::to_string(bytes / unit.factor) + std::string(unit.name);
  }
  return std::to_string(bytes);
}

}  // namespace gantry::server
