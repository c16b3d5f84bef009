#include "metrics/requests.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace gantry::metrics {
namespace {

constexpr size_t kStatuses = 600;
constexpr size_t kPerClass = 100;

}  // namespace

struct RequestMetrics::Row {
  explicit Row(const Route& route_in) : route(route_in) {
    const Label list[] = {{"method", route.method}, {"route", route.name}};
    labels = RenderLabels(list);
  }

  const Route route;
  std::string labels;
  std::array<Counter, kStatuses> requests;  // by status
  std::array<Histogram, kStatuses / kPerClass> durations;
  Counter bytes_in;
  Counter bytes_out;
};

RequestMetrics::RequestMetrics(Registry& registry, const std::vector<Route>& routes) {
  for (const auto& route : routes) {
    const auto same = std::find_if(rows_.begin(), rows_.end(), [&](const auto& row) {
      return row->route.method == route.method && row->route.name == route.name;
    });
    if (same != rows_.end()) {
      row_of_route_.push_back(same->get());
      continue;
    }
    rows_.push_back(std::make_unique<Row>(route));
    row_of_route_.push_back(rows_.back().get());
  }
  rows_.push_back(std::make_unique<Row>(Route{"", "none"}));
  registry.AddCollector([this](TextWriter& writer) { Render(writer); });
}

RequestMetrics::~RequestMetrics() = default;

void RequestMetrics::Record(size_t route, int status, Duration duration, int64_t bytes_in,
                            int64_t bytes_out) {
  GANTRY_ASSERT(status >= 0 && status < static_cast<int>(kStatuses));
  GANTRY_ASSERT(route < row_of_route_.size() || route == kNoRoute);
  Row& row = route == kNoRoute ? *rows_.back() : *row_of_route_[route];
  const auto code = static_cast<size_t>(status);
  row.requests[code].Add();
  row.durations[code / kPerClass].Observe(duration);
  if (bytes_in != 0) row.bytes_in.Add(bytes_in);
  if (bytes_out != 0) row.bytes_out.Add(bytes_out);
}

void RequestMetrics::Render(TextWriter& writer) const {
  writer.Family("gantry_http_requests_total", "Requests answered.", Type::kCounter);
  for (const auto& row : rows_) {
    for (size_t code = 0; code < kStatuses; ++code) {
      const int64_t count = row->requests[code].value();
      if (count == 0) continue;
      writer.Line("", row->labels + ",code=\"" + std::to_string(code) + "\"",
                  std::to_string(count));
    }
  }
  writer.Family("gantry_http_request_duration_seconds",
                "From the first byte of the request to the last byte of the answer.",
                Type::kHistogram);
  for (const auto& row : rows_) {
    for (size_t status = 0; status < row->durations.size(); ++status) {
      if (row->durations[status].count() == 0) continue;
      row->durations[status].Render(writer,
                                    row->labels + ",status=\"" + std::to_string(status) + "xx\"");
    }
  }
  writer.Family("gantry_http_request_body_bytes_total", "Bytes of request bodies received.",
                Type::kCounter);
  for (const auto& row : rows_) writer.Line("", row->labels, std::to_string(row->bytes_in.value()));
  writer.Family("gantry_http_response_body_bytes_total", "Bytes of answers' bodies sent.",
                Type::kCounter);
  for (const auto& row : rows_)
    writer.Line("", row->labels, std::to_string(row->bytes_out.value()));
}

}  // namespace gantry::metrics
