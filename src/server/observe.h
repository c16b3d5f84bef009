#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/handler.h"
#include "http/server.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "metrics/requests.h"

namespace gantry::server {

// What is told about every request: its metrics (metrics/requests.h) and a line of the access log,
//   {"time":…,"level":"info","event":"request","id":…,"method":…,"path":…,"status":…,"bytes_in":…,
//    "bytes_out":…,"duration_us":…,"peer":…,"user_agent":…,"traceparent":…}
// The path has no query: that may hold signatures and tokens. What a client did not send is left
// out.
// Threads: Observe from any thread; it neither blocks nor takes locks of ours.
class Observer {
 public:
  struct Options {
    bool access_log = true;
  };
  // `routes` are all that the server has. `registry` and `logger` outlive the observer, and the
  // observer outlives the registry's last Render.
  Observer(Options options, const std::vector<http::Route>& routes, metrics::Registry& registry,
           log::Logger& logger);

  void Observe(const http::Exchange& exchange);

 private:
  static constexpr size_t kMethods = static_cast<size_t>(http::Method::kOther) + 1;
  using MethodRows = std::array<size_t, kMethods>;

  size_t RowOf(const http::Exchange& exchange) const;

  const Options options_;
  log::Logger& logger_;
  std::map<std::string, MethodRows, std::less<>> rows_;  // by the name of the route
  std::unique_ptr<metrics::RequestMetrics> metrics_;
};

}  // namespace gantry::server
