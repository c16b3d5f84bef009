#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::iam {

// An IP address; one of version 4 is kept as the version 6 address that maps it (RFC
// 4291, 2.5.5.2), so that both ways to write it are one.
using IpAddress = std::array<uint8_t, 16>;
// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; nullopt: it is none.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

// The addresses that share a prefix.
struct IpRange {
  IpAddress address{};
  int bits = 128;  // of the prefix, 0 to 128

  bool Contains(const IpAddress& other) const;
};
// "192.0.2.0/24", "2001:db8::/32", or one address. nullopt: it is none, or a bit is set after the
// prefix (as in "192.0.2.1/24", of which it is not clear what was meant).
std::optional<IpRange> ParseIpRange(std::string_view text);

}  // namespace gantry::iam
