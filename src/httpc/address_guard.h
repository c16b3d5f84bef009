#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace gantry::httpc {

// Which addresses an outbound connection may go to, decided when a name has been resolved, so that
// no name and no redirect leads to this machine or its network (server-side request forgery).
// Refused are all but globally reachable unicast addresses: loopback, private, link-local (cloud
// metadata services too), carrier-grade NAT, multicast, reserved and documentation ranges, of IPv6
// also those that stand for an IPv4 address (mapped, 6to4, NAT64) that is refused.
// A value. Threads: any.
class AddressGuard {
 public:
  // `allowed`: ranges that are fine all the same, "10.1.0.0/16", "fd00::/8", "127.0.0.1".
  // invalid_argument/bad_address_range
  static Result<AddressGuard> Make(const std::vector<std::string>& allowed);
  AddressGuard() = default;

  // `address` is one of IPv4 or IPv6; others are refused.
  bool Allows(const sockaddr* address) const;

 private:
  using Bytes = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Range {
    Bytes address;
    int bits;
  };
  static bool Contains(const Range& range, const Bytes& address);
  static Result<Range> ParseRange(std::string_view text);
  static bool IsGlobal(const Bytes& address);

  std::vector<Range> allowed_;
};

}  // namespace gantry::httpc
