#include "iam/ip_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace gantry::iam {
namespace {

constexpr int kMappedBits = 96;

bool BitsAreZeroAfter(const IpAddress& address, int bits) {
  for (int bit = bits; bit < 128; ++bit) {
    if ((address[static_cast<size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  IpAddress address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  if (inet_pton(AF_INET, terminated.c_str(), address.data() + 12) != 1) return std::nullopt;
  address[10] = 0xff;
  address[11] = 0xff;
  return address;
}

bool IpRange::Contains(const IpAddress& other) const {
  const auto bytes = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + bytes, other.begin())) return false;
  if (bits % 8 == 0) return true;
  const int shift = 8 - bits % 8;
  const auto at = static_cast<size_t>(bytes);
  return address[at] >> shift == other[at] >> shift;
}

std::optional<IpRange> ParseIpRange(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = ParseIpAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpRange{*address, 128};
  const bool v4 = text.find(':') == std::string_view::npos;
  const std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.starts_with('-') ||
      bits > (v4 ? 32 : 128)) {
    return std::nullopt;
  }
  if (v4) bits += kMappedBits;
  if (!BitsAreZeroAfter(*address, bits)) return std::nullopt;
  return IpRange{*address, bits};
}

}  // namespace gantry::iam
