#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace gantry::cli {

// A program's own end of a login in a browser (RFC 8252, 7.3): a free port of 127.0.0.1 that the
// browser is sent to. Threads: one.
class Loopback {
 public:
  // Errors: those of the system.
  static Result<Loopback> Open();
  ~Loopback();
  Loopback(Loopback&& other) noexcept : fd_(std::exchange(other.fd_, -1)), port_(other.port_) {}
  Loopback(const Loopback&) = delete;
  Loopback& operator=(Loopback&&) = delete;

  int port() const { return port_; }

  // Waits for GET /?code=CODE&state=STATE and answers with a page that says that it is done;
  // anything else gets 404 and is waited on. deadline_exceeded/login_timeout
  Result<std::string> WaitForCode(std::string_view state, Duration timeout);

 private:
  Loopback(int fd, int port) : fd_(fd), port_(port) {}

  int fd_;
  int port_;
};

// The code that the head of a request brings for a login; "" when it is none, or of another login.
std::string CodeOf(std::string_view head, std::string_view state);

}  // namespace gantry::cli
