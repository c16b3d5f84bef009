#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "httpc/address_guard.h"

namespace gantry::httpc {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A response without its body. Header names compare without case.
struct ResponseHead {
  int status = 0;
  Headers headers;

  // The value of the first header of that name; nullopt if absent.
  std::optional<std::string_view> Header(std::string_view name) const;
};

struct Response : ResponseHead {
  std::string body;  // empty when the request had `on_body`
};

// Appends up to `max` bytes of a request body to `out`; nothing appended means the end.
using BodySource = std::function<Result<void>(size_t max, std::string& out)>;

struct Request {
  std::string method = "GET";
  std::string url;  // http or https
  Headers headers;

  std::string body;         // sent unless `body_source` is set
  BodySource body_source;   // sent while it is read
  int64_t body_length = 0;  // of `body_source`; -1: not known (sent chunked)

  // Called once before the body, also for error statuses. An error ends the request.
  std::function<Result<void>(const ResponseHead&)> on_head;
  // Takes the body piece by piece; without it, the body is collected in Response::body.
  std::function<Result<void>(std::string_view)> on_body;
  int64_t body_bytes_max = 16 << 20;  // of a body that is collected

  Duration connect_timeout = Seconds(10);
  Duration stall_timeout = Seconds(60);  // without a byte in either direction
  Duration deadline = {0};               // for everything; 0: none
  // Asked about once a second, also while nothing comes; true ends the request:
  // cancelled/request_cancelled.
  std::function<bool()> is_cancelled;
};

// An HTTP client that blocks. Connections are kept and used again. Redirects are not followed; a
// response of any status is a response, not an error. The proxies of the environment (http_proxy,
// https_proxy, no_proxy) are used, except for a unix-domain socket.
// Threads: all methods from any thread; each request in flight has a connection of its own.
class Client {
 public:
  virtual ~Client() = default;

  // Errors of the request itself: invalid_argument/bad_url; unavailable/connect_failed (no address,
  // nobody listens, refused), unavailable/tls_failed (the certificate does not convince),
  // unavailable/connection_broken; deadline_exceeded/http_timeout; too_large/response_too_large.
  // An error of a callback is returned as it is.
  virtual Result<Response> Send(const Request& request) = 0;
};

struct ClientOptions {
  std::string unix_socket;  // path; every request goes there, whatever host its URL names
  std::string ca_file;      // PEM; "" for the system's
  std::string user_agent = "gantry";
  // Where connections may go; nullopt: anywhere. With a guard the environment's proxies are not
  // used, since what they connect to cannot be seen. unavailable/address_refused.
  std::optional<AddressGuard> guard = std::nullopt;
  std::string ca_pem{};  // certificates to believe, themselves, in place of a file
  // Who we are, where the server asks for a certificate: PEM itself; both or neither.
  std::string certificate_pem{};
  std::string key_pem{};
};
std::unique_ptr<Client> MakeClient(ClientOptions options);

}  // namespace gantry::httpc
