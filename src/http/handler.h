#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace gantry::http {

// Runs on a worker thread with the whole body in Request::body; may block.
using Handler = std::function<Response(Request&)>;

// Runs on the reactor thread before the Handler: answers what needs no blocking (a cached hit), or
// returns nullopt and the Handler runs. Never blocks, never takes a lock that a blocked thread may
// hold.
using InlineHandler = std::function<std::optional<Response>(const Request&)>;

// Takes a body that is too large for memory. All calls come from worker threads, one at a time.
// Destroyed without Finish when the client goes away or breaks the framing.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // The next bytes of the body, at most 1 MiB. An error ends the request: it is answered at once
  // (by the route's error renderer) and the connection is closed if bytes are still to come.
  virtual Result<void> Write(std::string_view bytes) = 0;
  // The body is complete.
  virtual Response Finish() = 0;
};

// Runs on a worker when the headers are there: gives a sink for the body, or the answer itself (an
// error, or a request that needs no body; the rest of the body is discarded up to a limit, beyond
// it the connection is closed).
using UploadHandler = std::function<std::variant<std::unique_ptr<BodySink>, Response>(Request&)>;

// Turns an error into a response in the dialect of a route.
using ErrorRenderer = std::function<Response(const Error&)>;

// One row of a dialect's route table. The table is the policy: `action` and the repository (the
// parameter "name", if the pattern has one) are what is authorized.
struct Route {
  Method method = Method::kGet;  // kGet answers HEAD too
  // Segments separated by '/'. "{x}" matches one segment, "{x...}" one or more (at most one of
  // these per pattern). A trailing slash is a segment of its own: "/v2/" is not "/v2".
  std::string pattern;
  std::string name;    // label of metrics and logs: "manifest"
  std::string action;  // "pull", "push", "delete", "list", "admin"; "" for what needs no rights
  int64_t body_bytes_max = 4 << 20;  // limit of a Handler's body; a larger one answers 413
  std::variant<Handler, UploadHandler> handler;
  InlineHandler inline_handler;  // may be empty
};

}  // namespace gantry::http
