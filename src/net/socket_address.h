#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace gantry::net {

// Where to listen, or where a peer is.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string unix_path;  // not empty: a unix-domain socket

  // "127.0.0.1:5000", "[::1]:0", "unix:/path/to/socket". Names are not looked up, except
  // "localhost", which is 127.0.0.1. Errors: invalid_argument/bad_address.
  static Result<SocketAddress> Parse(std::string_view text);
};

// "127.0.0.1:5000", "[::1]:5000", "unix:/path" of the address a socket is bound to.
std::string BoundAddress(int fd);

// The address of a peer without port; "unix" for a unix-domain socket.
std::string PeerHost(const sockaddr_storage& storage);

}  // namespace gantry::net
