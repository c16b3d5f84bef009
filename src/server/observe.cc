#include "server/observe.h"

#include <utility>

namespace gantry::server {

Observer::Observer(Options options, const std::vector<http::Route>& routes,
                   metrics::Registry& registry, log::Logger& logger)
    : options_(options), logger_(logger) {
  std::vector<metrics::RequestMetrics::Route> metric_routes;
  const auto add = [&](http::Method method, const std::string& name) {
    const auto found = rows_.try_emplace(name);
    if (found.second) found.first->second.fill(metrics::RequestMetrics::kNoRoute);
    found.first->second[static_cast<size_t>(method)] = metric_routes.size();
    metric_routes.push_back({std::string(http::MethodName(method)), name});
  };
  for (const http::Route& route : routes) {
    add(route.method, route.name);
    if (route.method == http::Method::kGet) add(http::Method::kHead, route.name);
  }
  metrics_ = std::make_unique<metrics::RequestMetrics>(registry, metric_routes);
}

size_t Observer::RowOf(const http::Exchange& exchange) const {
  if (exchange.route == nullptr) return metrics::RequestMetrics::kNoRoute;
  const auto found = rows_.find(exchange.route->name);
  if (found == rows_.end()) return metrics::RequestMetrics::kNoRoute;
  return found->second[static_cast<size_t>(exchange.request.method)];
}

void Observer::Observe(const http::Exchange& exchange) {
  metrics_->Record(RowOf(exchange), exchange.status, exchange.duration, exchange.bytes_in,
                   exchange.bytes_out);
  if (!options_.access_log || !logger_.Enabled(log::Level::kInfo)) return;
  const http::Request& request = exchange.request;
  log::Line line(logger_, log::Level::kInfo, "request");
  line.Field("id", request.id)
      .Field("method", http::MethodName(request.method))
      .Field("path", request.path)
      .Field("status", exchange.status)
      .Field("bytes_in", exchange.bytes_in)
      .Field("bytes_out", exchange.bytes_out)
      .Field("duration_us", exchange.duration.micros)
      .Field("peer", request.peer);
  if (const auto agent = request.Header("User-Agent")) line.Field("user_agent", *agent);
  if (const auto trace = request.Header("traceparent")) line.Field("traceparent", *trace);
}

}  // namespace gantry::server
