#pragma once

#include "auth/session.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "server/guard_rule.h"
#include "server/rate_limits.h"

namespace gantry::server {

// The reason of an error that says that somebody asks too often.
inline constexpr const char* kRateLimited = "rate_limited";

// Counts requests for whoever sends them. `session` is nullptr everywhere while it is not known who
// asks. Threads: all methods from any thread.
class GuardLimits {
 public:
  // `limits` outlives this.
  explicit GuardLimits(RateLimits& limits) : limits_(limits) {}

  // resource_exhausted/rate_limited, with `retry_after_seconds` in the detail.
  Result<void> Count(RateLimits::Kind kind, const http::Request& request,
                     const auth::Session* session);
  // What is left, where there is a limit.
  void AddHeaders(const GuardRule& rule, const http::Request& request, const auth::Session* session,
                  http::Response& response);

 private:
  RateLimits& limits_;
};

}  // namespace gantry::server
