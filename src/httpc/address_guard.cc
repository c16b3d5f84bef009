#include "httpc/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "base/assert.h"
#include "base/encoding.h"

namespace gantry::httpc {
namespace {

using Bytes = std::array<uint8_t, 16>;

constexpr int kMappedBits = 96;

// What is not globally reachable (IANA's special-purpose address registries), and multicast.
constexpr std::string_view kRefused[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
    "2001::/23",     "2001:db8::/32",   "3fff::/20"};

Bytes Mapped(const uint8_t* v4) {
  Bytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  std::copy(v4, v4 + 4, bytes.begin() + 12);
  return bytes;
}

std::optional<Bytes> ParseAddress(const std::string& text) {
  Bytes bytes{};
  std::array<uint8_t, 4> v4{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return Mapped(v4.data());
  return std::nullopt;
}

bool StartsWith(const Bytes& bytes, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// The IPv4 address that an IPv6 address stands for, in the mapped form; nullopt: it is itself.
std::optional<Bytes> Embedded(const Bytes& bytes) {
  if (StartsWith(bytes, {0x20, 0x02})) return Mapped(bytes.data() + 2);  // 6to4
  const bool nat64 = StartsWith(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  if (nat64) return Mapped(bytes.data() + 12);
  return std::nullopt;
}

}  // namespace

bool AddressGuard::Contains(const Range& range, const Bytes& address) {
  for (int bit = 0; bit < range.bits; bit += 8) {
    const int left = std::min(8, range.bits - bit);
    const auto mask = static_cast<uint8_t>(0xff << (8 - left));
    const auto at = static_cast<size_t>(bit / 8);
    if (((address[at] ^ range.address[at]) & mask) != 0) return false;
  }
  return true;
}

Result<AddressGuard::Range> AddressGuard::ParseRange(std::string_view text) {
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string host(text.substr(0, slash));
  const auto address = ParseAddress(host);
  const bool v4 = host.find(':') == host.npos;
  const int most = v4 ? 32 : 128;
  const auto bits =
      slash == text.size() ? std::optional<int64_t>(most) : ParseDecimal(text.substr(slash + 1));
  if (!address || !bits || *bits > most) {
    return InvalidArgument("bad_address_range",
                           "\"" + std::string(text) + "\" is no address range such as 10.0.0.0/8");
  }
  return Range{*address, static_cast<int>(*bits) + (v4 ? kMappedBits : 0)};
}

bool AddressGuard::IsGlobal(const Bytes& address) {
  const Bytes real = Embedded(address).value_or(address);
  const bool v4 = StartsWith(real, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
  // Of IPv6, global unicast is 2000::/3 and nothing else.
  if (!v4 && (real[0] & 0xe0) != 0x20) return false;
  return std::none_of(std::begin(kRefused), std::end(kRefused), [&](std::string_view text) {
    const auto range = ParseRange(text);
    GANTRY_ASSERT(range.ok());
    return Contains(*range, real);
  });
}

Result<AddressGuard> AddressGuard::Make(const std::vector<std::string>& allowed) {
  AddressGuard guard;
  for (const std::string& text : allowed) {
    TRY_ASSIGN(const Range range, ParseRange(text));
    guard.allowed_.push_back(range);
  }
  return guard;
}

bool AddressGuard::Allows(const sockaddr* address) const {
  Bytes bytes{};
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof(v4));
    bytes = Mapped(reinterpret_cast<const uint8_t*>(&v4.sin_addr));
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof(v6));
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  } else {
    return false;
  }
  const auto contains = [&](const Range& range) { return Contains(range, bytes); };
  return IsGlobal(bytes) || std::any_of(allowed_.begin(), allowed_.end(), contains);
}

}  // namespace gantry::httpc
