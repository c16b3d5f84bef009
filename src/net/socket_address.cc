#include "net/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "base/encoding.h"

namespace gantry::net {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Error BadAddress(std::string_view text, std::string_view why) {
  return InvalidArgument("bad_address",
                         "the address \"" + std::string(text) + "\" " + std::string(why) +
                             "; write 127.0.0.1:5000, [::1]:5000 or unix:/path/to/socket");
}

Result<SocketAddress> ParseUnix(std::string_view text) {
  SocketAddress address;
  address.unix_path = text.substr(kUnixPrefix.size());
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (address.unix_path.empty()) return BadAddress(text, "has no path");
  if (address.unix_path.size() >= sizeof un.sun_path) return BadAddress(text, "is too long");
  std::memcpy(un.sun_path, address.unix_path.c_str(), address.unix_path.size() + 1);
  std::memcpy(&address.storage, &un, sizeof un);
  address.length = sizeof un;
  return address;
}

std::string FormatHost(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
  } else {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &storage, sizeof in6);
    if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
      inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      inet_ntop(AF_INET6, &in6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

int PortOf(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return ntohs(in.sin_port);
  }
  sockaddr_in6 in6{};
  std::memcpy(&in6, &storage, sizeof in6);
  return ntohs(in6.sin6_port);
}

}  // namespace

Result<SocketAddress> SocketAddress::Parse(std::string_view text) {
  if (text.substr(0, kUnixPrefix.size()) == kUnixPrefix) return ParseUnix(text);
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return BadAddress(text, "has no port");
  const auto port = ParseDecimal(text.substr(colon + 1));
  if (!port || *port > 65535) return BadAddress(text, "has no port from 0 to 65535");
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  SocketAddress address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(static_cast<uint16_t>(*port));
    if (inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) != 1) {
      return BadAddress(text, "has no IPv6 address in its brackets");
    }
    std::memcpy(&address.storage, &in6, sizeof in6);
    address.length = sizeof in6;
    return address;
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(static_cast<uint16_t>(*port));
  if (inet_pton(AF_INET, host.c_str(), &in.sin_addr) != 1) {
    return BadAddress(text, "has no numeric IPv4 address");
  }
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

std::string BoundAddress(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  if (storage.ss_family == AF_UNIX) {
    sockaddr_un un{};
    std::memcpy(&un, &storage, sizeof un);
    return std::string(kUnixPrefix) + un.sun_path;
  }
  const std::string host = FormatHost(storage);
  const std::string port = std::to_string(PortOf(storage));
  return storage.ss_family == AF_INET6 ? "[" + host + "]:" + port : host + ":" + port;
}

std::string PeerHost(const sockaddr_storage& storage) {
  if (storage.ss_family != AF_INET && storage.ss_family != AF_INET6) return "unix";
  return FormatHost(storage);
}

}  // namespace gantry::net
