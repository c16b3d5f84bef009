#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace gantry::iam {

// A point in time as policies write it: "2026-11-24", "2026-11-24T09:15Z", "2026-11-24T09:15:00Z",
// a fraction of a second, "+01:00" for the 'Z'. nullopt: it is none, or before 1970 or after 9999.
std::optional<Time> ParseTimestamp(std::string_view text);

}  // namespace gantry::iam
