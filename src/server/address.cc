#include "server/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <optional>

#include "base/encoding.h"

namespace gantry::server {
namespace {

Error BadAddress(std::string_view text, const char* rule) {
  return InvalidArgument("bad_address", "\"" + std::string(text) + "\" is no address: " + rule);
}

}  // namespace

std::string Address::ToString() const {
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return BadAddress(text, "write HOST:PORT, for example 127.0.0.1:5000");
  const auto port = ParseDecimal(text.substr(colon + 1));
  if (!port || *port > 65535) return BadAddress(text, "the port must be a number from 0 to 65535");
  std::string_view host = text.substr(0, colon);
  if (host.empty())
    return BadAddress(text, "the host is missing; 0.0.0.0 means all IPv4 addresses, [::] all");
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost" && !bracketed) host = "127.0.0.1";

  Address address;
  address.host = host;
  address.port = static_cast<int>(*port);
  address.v6 = bracketed;
  in6_addr binary{};
  if (inet_pton(bracketed ? AF_INET6 : AF_INET, address.host.c_str(), &binary) != 1)
    return BadAddress(text, "the host must be an IPv4 address or an IPv6 address in brackets");
  return address;
}

bool IsLoopback(const Address& address) {
  if (!address.v6) return address.host.starts_with("127.");
  in6_addr binary{};
  if (inet_pton(AF_INET6, address.host.c_str(), &binary) != 1) return false;
  if (IN6_IS_ADDR_V4MAPPED(&binary)) return binary.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&binary) != 0;
}

}  // namespace gantry::server
