#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// How durations and sizes are written in the configuration and on the command line.
namespace gantry::server {

// Whole numbers with a unit (us, ms, s, m, h, d), the larger units first: "10s", "24h", "1h30m".
// "0" needs no unit. nullopt for anything else, and beyond 292 years.
std::optional<Duration> ParseDuration(std::string_view text);
// The shortest text that ParseDuration reads as `duration`, in one unit: "90m", "24h", "7d".
// REQUIRES: not negative.
std::string FormatDuration(Duration duration);

// A whole number of bytes with an optional unit: B, KiB, MiB, GiB, TiB (powers of 1024) or kB, MB,
// GB, TB (powers of 1000). nullopt for anything else, and beyond 2^63 - 1.
std::optional<int64_t> ParseSize(std::string_view text);
// The shortest text that ParseSize reads as `bytes`: "4MiB", "1500". REQUIRES: not negative.
std::string FormatSize(int64_t bytes);

}  // namespace gantry::server
