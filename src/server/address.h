#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gantry::server {

// A numeric address to listen on.
struct Address {
  std::string host;  // "127.0.0.1", "::1"; "localhost" has become "127.0.0.1"
  int port = 0;
  bool v6 = false;

  // "127.0.0.1:5000", "[::1]:5000".
  std::string ToString() const;
};

// HOST:PORT with an IPv4 address, an IPv6 address in brackets, or "localhost".
// invalid_argument/bad_address: with a sentence that says how to write it.
Result<Address> ParseAddress(std::string_view text);

// Whether only this machine reaches it: 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into IPv6.
bool IsLoopback(const Address& address);

}  // namespace gantry::server
