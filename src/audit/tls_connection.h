#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_st;
struct ssl_ctx_st;

namespace gantry::audit {

// TLS 1.2 or later over a connected socket, for what is only sent. Threads: one.
class TlsConnection {
 public:
  // The peer must prove that it is `host`, by an authority of `ca_file`, or the system's when that
  // is "". `fd` is borrowed. unavailable/syslog_unreachable
  static Result<TlsConnection> Begin(int fd, const std::string& host, const std::string& ca_file);

  // All of it. unavailable/syslog_unreachable
  Result<void> Send(std::string_view bytes);

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
    void operator()(ssl_ctx_st* context) const;
  };
  TlsConnection() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<ssl_st, Free> ssl_;
};

}  // namespace gantry::audit
