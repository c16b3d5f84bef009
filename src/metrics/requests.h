#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/metrics.h"

namespace gantry::metrics {

// What requests were answered with and how long they took, in a table by route and status:
//   gantry_http_requests_total{method,route,code}
//   gantry_http_request_duration_seconds{method,route,status}   status: "0xx" .. "5xx"
//   gantry_http_request_body_bytes_total{method,route}
//   gantry_http_response_body_bytes_total{method,route}
// Threads: all methods from any thread; no locks.
class RequestMetrics {
 public:
  struct Route {
    std::string method;
    std::string name;
  };
  // The index of requests that met no route.
  static constexpr size_t kNoRoute = SIZE_MAX;

  // Registers itself; outlives the registry's last Render. Routes of the same method and name share
  // their numbers.
  RequestMetrics(Registry& registry, const std::vector<Route>& routes);
  ~RequestMetrics();
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;

  // `route` is an index into the constructor's routes, or kNoRoute; `status` from 100 to 599, or 0
  // when the client went away before it got an answer.
  void Record(size_t route, int status, Duration duration, int64_t bytes_in, int64_t bytes_out);

 private:
  struct Row;
  void Render(TextWriter& writer) const;

  std::vector<std::unique_ptr<Row>> rows_;  // the last: no route
  std::vector<Row*> row_of_route_;
};

}  // namespace gantry::metrics
