#include "metrics/requests.h"

#include <gtest/gtest.h>

namespace gantry::metrics {
namespace {

TEST(RequestMetricsTest, CountsByRouteAndStatus) {
  Registry registry;
  RequestMetrics requests(
      registry, {{"GET", "manifest"}, {"PUT", "blob"}, {"GET", "manifest"}, {"HEAD", "manifest"}});
  requests.Record(3, 200, Millis(9), 0, 0);
  requests.Record(0, 200, Millis(1), 0, 500);
  requests.Record(2, 200, Millis(1), 0, 500);
  requests.Record(0, 404, Millis(2), 0, 20);
  requests.Record(1, 599, Millis(3), 1000, 0);
  requests.Record(RequestMetrics::kNoRoute, 100, Millis(4), 1, 2);
  requests.Record(1, 0, Millis(5), 0, 0);
  const std::string text = registry.Render();
  for (const char* line :
       {"# TYPE gantry_http_requests_total counter\n",
        "gantry_http_requests_total{method=\"GET\",route=\"manifest\",code=\"200\"} 2\n",
        "gantry_http_requests_total{method=\"GET\",route=\"manifest\",code=\"404\"} 1\n",
        "gantry_http_requests_total{method=\"PUT\",route=\"blob\",code=\"599\"} 1\n",
        "gantry_http_requests_total{method=\"PUT\",route=\"blob\",code=\"0\"} 1\n",
        "gantry_http_request_duration_seconds_sum{method=\"PUT\",route=\"blob\",status=\"0xx\"} "
        "0.005\n",
        "gantry_http_requests_total{method=\"HEAD\",route=\"manifest\",code=\"200\"} 1\n",
        "gantry_http_requests_total{method=\"\",route=\"none\",code=\"100\"} 1\n",
        "gantry_http_request_duration_seconds_count{method=\"GET\",route=\"manifest\","
        "status=\"2xx\"} 2\n",
        "gantry_http_request_duration_seconds_sum{method=\"PUT\",route=\"blob\",status=\"5xx\"} "
        "0.003\n",
        "gantry_http_request_body_bytes_total{method=\"PUT\",route=\"blob\"} 1000\n",
        "gantry_http_response_body_bytes_total{method=\"GET\",route=\"manifest\"} 1020\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_EQ(text.find("code=\"500\""), std::string::npos);
  EXPECT_EQ(text.find("status=\"3xx\""), std::string::npos);
}

TEST(RequestMetricsDeathTest, OurOwnMistakes) {
  Registry registry;
  RequestMetrics requests(registry, {{"GET", "manifest"}});
  EXPECT_DEATH(requests.Record(1, 200, Millis(1), 0, 0), "assertion");
  EXPECT_DEATH(requests.Record(0, 600, Millis(1), 0, 0), "assertion");
  EXPECT_DEATH(requests.Record(0, -1, Millis(1), 0, 0), "assertion");
}

}  // namespace
}  // namespace gantry::metrics
