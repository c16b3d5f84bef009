#pragma once

#include <memory>
#include <string_view>

namespace gantry::http {

class Connection;

// One protocol on one connection. Threads: the reactor's.
class Session {
 public:
  virtual ~Session() = default;
  // Reads and writes as far as the connection allows.
  virtual void Pump() = 0;
  // The deadline set on the connection has passed.
  virtual void OnTimeout() = 0;
  // The connection is closed; calls in flight are to be left.
  virtual void OnClosed() = 0;
  // The server drains: say so to the client where the protocol can.
  virtual void OnDrain() = 0;
};

std::unique_ptr<Session> MakeHttp1Session(Connection& connection);
// `received`: bytes that were read from the connection before.
std::unique_ptr<Session> MakeHttp2Session(Connection& connection, std::string_view received);

}  // namespace gantry::http
