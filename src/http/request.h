#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace gantry::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view MethodName(Method method);

inline constexpr std::string_view kUnixPeer = "unix";
// The account of a request to a name of an account that does not exist: nothing is in it.
inline constexpr std::string_view kUnknownAccount = "-";

// One request, the same for HTTP/1.1 and h2. Lives at one address from its parsing to the end of
// its response (views point into it); filled by the protocol sessions, read by handlers.
// Threads: one at a time.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Method method = Method::kOther;
  std::string target;  // as sent: path and query
  // Percent-decoded path. The parser has refused (400) an escaped '/', NUL or control character,
  // and segments that are "." or "..", so that '/' here always was a '/' on the wire.
  std::string path;
  std::string query;      // as sent, without '?'
  std::string scheme;     // "http" or "https"
  std::string authority;  // Host or :authority
  std::string peer;       // address of the client, without port; kUnixPeer on a unix-domain socket
  int version = 11;       // 10, 11 or 20
  // Set by ServerOptions::on_request for handlers; "" when it says nothing.
  std::string account;      // the account it was sent to: 12 digits, or kUnknownAccount
  std::string path_prefix;  // "alias/": taken out of `path` behind "/v2/"; belongs into links back
  // Set by whoever wraps the handlers, for handlers; not looked at here. Shared with a cache.
  std::shared_ptr<const void> caller;
  // Set by handlers, for whoever wraps them; not looked at here.
  std::shared_ptr<const void> deeds;
  std::string id;    // request id: 128 random bits in hexadecimal, or the client's X-Request-Id
                     // when that is 1 to 64 characters of [A-Za-z0-9._-]
  Time received;     // wall clock
  std::string body;  // whole body, for Handler routes; empty for UploadHandler routes
  int64_t content_length = -1;  // as declared; -1 when unknown (chunked, h2 without length)

  // The value of the first header of that name (ASCII case-insensitive), nullopt if absent.
  std::optional<std::string_view> Header(std::string_view name) const;
  // All values, in order of arrival.
  std::vector<std::string_view> Headers(std::string_view name) const;
  void AddHeader(std::string_view name, std::string_view value);
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }

  // What the pattern's {name} matched; REQUIRES: the route's pattern has that name.
  std::string_view Parameter(std::string_view name) const;
  void AddParameter(std::string_view name, std::string_view value);

  // The first value of a query parameter, percent-decoded ('+' is a space); nullopt if absent or
  // broken.
  std::optional<std::string> Query(std::string_view name) const;
  // All values of a repeated query parameter.
  std::vector<std::string> QueryAll(std::string_view name) const;
  // As Query and QueryAll, of a body in application/x-www-form-urlencoded.
  std::optional<std::string> Form(std::string_view name) const;
  std::vector<std::string> FormAll(std::string_view name) const;

  // Back to the empty state, keeping capacity.
  void Clear();

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  void Append(Pairs& pairs, std::string_view first, std::string_view second);
  Pairs headers_;
  Pairs parameters_;
  Pairs spare_;  // empty pairs with capacity
};

}  // namespace gantry::http
