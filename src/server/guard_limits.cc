#include "server/guard_limits.h"

#include <string>

namespace gantry::server {
namespace {

// Whose requests are counted together.
std::string LimitKey(RateLimits::Kind kind, const http::Request& request,
                     const auth::Session* session) {
  const bool by_address =
      kind == RateLimits::Kind::kLogin || session == nullptr || session->principal.IsAnonymous();
  return by_address ? AddressKey(request.peer) : session->principal.FullText();
}

}  // namespace

Result<void> GuardLimits::Count(RateLimits::Kind kind, const http::Request& request,
                                const auth::Session* session) {
  if (!limits_.limits(kind) || IsLocal(request)) return Ok();
  const auto state = limits_.Take(kind, LimitKey(kind, request, session));
  if (state.allowed) return Ok();
  const std::string seconds = std::to_string(state.retry_seconds);
  return Error(Code::kResourceExhausted, kRateLimited,
               "too many requests: at most " + std::to_string(limits_.RateOf(kind).per_second) +
                   " a second of this kind; try again in " + seconds + " s")
      .With("retry_after_seconds", seconds);
}

// The header fields of draft-ietf-httpapi-ratelimit-headers-07, and of -03 before it.
void GuardLimits::AddHeaders(const GuardRule& rule, const http::Request& request,
                             const auth::Session* session, http::Response& response) {
  const RateLimits::Kind kind = rule.KindOf(request, session);
  if (!limits_.limits(kind) || IsLocal(request)) return;
  const RateLimits::Rate& rate = limits_.RateOf(kind);
  const auto state = limits_.Look(kind, LimitKey(kind, request, session));
  const std::string limit = std::to_string(rate.burst);
  const int64_t window = (rate.burst + rate.per_second - 1) / rate.per_second;
  response.Add("RateLimit-Limit", limit);
  response.Add("RateLimit-Remaining", std::to_string(state.remaining));
  response.Add("RateLimit-Reset", std::to_string(state.full_seconds));
  response.Add("RateLimit-Policy", limit + ";w=" + std::to_string(window));
}

}  // namespace gantry::server
