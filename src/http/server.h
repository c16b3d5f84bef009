#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/handler.h"

namespace gantry::log {
class Logger;
}

namespace gantry::http {

// Every limit of the protocol side, in one place; documented in docs/limits.md.
struct Limits {
  int64_t header_bytes_max = 16 << 10;   // request line and headers; beyond: 431
  int headers_max = 100;                 // beyond: 431
  int64_t target_bytes_max = 8 << 10;    // beyond: 414
  int connections_max = 10'000;          // beyond: accepted, answered 503 Retry-After, closed
  int queue_max = 4'096;                 // requests waiting for a worker; beyond: 503 Retry-After
  int64_t memory_bytes_max = 256 << 20;  // bodies and pipes in flight; beyond: 503
  Duration header_timeout =
      Seconds(10);  // from the first byte of a request to the end of its headers
  Duration idle_timeout = Seconds(120);        // keep-alive without a request
  Duration body_stall_timeout = Seconds(60);   // no byte of a request body
  Duration write_stall_timeout = Seconds(60);  // no byte of a response taken
  int h2_streams_max = 128;
  int64_t discard_bytes_max = 1 << 20;  // of a body nobody wants, before the connection is closed
};

struct TlsFiles {
  std::string certificate;  // PEM chain
  std::string key;          // PEM
};

struct Listen {
  std::string address;  // "127.0.0.1:5000", "[::1]:0", or "unix:/path/to/socket" (mode 0600)
  bool tls = false;     // ALPN h2, http/1.1
};

// What happened to one request, for the access log and metrics. Views live during the call.
struct Exchange {
  const Request& request;
  const Route* route;  // nullptr when no route matched or the request was malformed
  int status;
  int64_t bytes_in;   // body bytes received
  int64_t bytes_out;  // body bytes sent
  Duration duration;  // from the first byte of the request to the last byte of the response
};

struct ServerOptions {
  std::vector<Listen> listen;
  std::optional<TlsFiles> tls;
  int reactors = 1;
  int workers = 32;
  Limits limits;
  // Called on a reactor thread when the head of a request is there, before its route is looked up;
  // must not block. May set `account`, `path_prefix` and, with it, `path`.
  std::function<void(Request&)> on_request;
  // Called on a reactor thread before an answer is sent, also one of the server's own; must not
  // block. May add headers.
  std::function<void(Response&)> on_response;
  // Called on a reactor thread at the end of each exchange; must not block.
  std::function<void(const Exchange&)> on_complete;
  // Renders errors that arise outside handlers (malformed requests, limits, no route) by path; for
  // example /v2/ in the OCI form. The default is text/plain.
  std::function<Response(std::string_view path, const Error&)> render_error;
};

// The server. HTTP/1.1 (keep-alive, pipelining) on plain sockets, h2 or HTTP/1.1 by ALPN under TLS;
// prior-knowledge h2 on plain sockets too.
// Threads: Start once; the rest from any thread.
class Server {
 public:
  virtual ~Server() = default;

  // Binds and starts serving. Errors: unavailable/address_in_use, invalid_argument/bad_address,
  // invalid_argument/bad_certificate.
  virtual Result<void> Start() = 0;
  // The bound addresses in the order of ServerOptions::listen, with real ports; after Start.
  virtual std::vector<std::string> addresses() const = 0;
  // Reads the certificate and key again; on an error the old ones stay in use.
  virtual Result<void> ReloadTls() = 0;
  // Stops accepting, lets requests in flight end (new ones on kept connections are answered with
  // Connection: close), and returns when all have ended or `timeout` has passed.
  virtual void Drain(Duration timeout) = 0;

  struct Stats {
    int64_t connections = 0;
    int64_t queue_depth = 0;
    int64_t workers_busy = 0;
    int64_t memory_bytes = 0;
  };
  virtual Stats stats() const = 0;
};

// `routes` are matched in order of specificity, literals before parameters; two routes of one
// method that match the same path are a mistake (assertion at start). A path with routes but none
// for the method answers 405 with Allow. `logger` outlives the server.
std::unique_ptr<Server> MakeServer(ServerOptions options, std::vector<Route> routes,
                                   const Clock& clock, log::Logger& logger);

}  // namespace gantry::http
