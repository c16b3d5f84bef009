#include "server/observe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

namespace gantry::server {
namespace {

std::vector<http::Route> TwoRoutes() {
  std::vector<http::Route> routes(2);
  routes[0].name = "blob_get";
  routes[1].method = http::Method::kPut;
  routes[1].name = "manifest_put";
  return routes;
}

class ObserverTest : public testing::Test {
 protected:
  ObserverTest() : file_(std::tmpfile()), logger_(fileno(file_), log::Level::kInfo) {
    request_.method = http::Method::kGet;
    request_.id = "0123";
    request_.path = "/v2/a/blobs/sha256:\"x";
    request_.query = "token=secret";
    request_.peer = "10.0.0.1";
  }
  ~ObserverTest() override { std::fclose(file_); }

  void Observe(Observer& observer, const http::Route* route, int status) {
    observer.Observe({request_, route, status, 11, 22, Micros(333)});
  }

  std::string Log() {
    logger_.Flush();
    std::string text(4096, '\0');
    const ssize_t length = pread(fileno(file_), text.data(), text.size(), 0);
    text.resize(static_cast<size_t>(length));
    return text;
  }

  bool Contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::FILE* file_;
  log::Logger logger_;
  metrics::Registry registry_;
  const std::vector<http::Route> routes_ = TwoRoutes();
  http::Request request_;
};

TEST_F(ObserverTest, OneLineForEachRequest) {
  Observer observer({true}, routes_, registry_, logger_);
  request_.AddHeader("User-Agent", "docker/24");
  request_.AddHeader("traceparent", "00-ab-cd-01");
  Observe(observer, &routes_[0], 200);
  const std::string log = Log();
  EXPECT_TRUE(Contains(
      log,
      "\"event\":\"request\",\"id\":\"0123\",\"method\":\"GET\",\"path\":\"/v2/a/blobs/"
      "sha256:\\\"x\",\"status\":200,\"bytes_in\":11,\"bytes_out\":22,\"duration_us\":333,"
      "\"peer\":\"10.0.0.1\",\"user_agent\":\"docker/24\",\"traceparent\":\"00-ab-cd-01\"}\n"))
      << log;
  EXPECT_FALSE(Contains(log, "secret"));
}

TEST_F(ObserverTest, TheAccessLogCanBeOff) {
  Observer observer({false}, routes_, registry_, logger_);
  Observe(observer, &routes_[0], 200);
  EXPECT_EQ(Log(), "");
  EXPECT_TRUE(Contains(registry_.Render(), "route=\"blob_get\""));
}

TEST_F(ObserverTest, MetricsByMethodRouteAndStatus) {
  Observer observer({false}, routes_, registry_, logger_);
  Observe(observer, &routes_[0], 200);
  request_.method = http::Method::kHead;
  Observe(observer, &routes_[0], 404);
  request_.method = http::Method::kPut;
  Observe(observer, &routes_[1], 201);
  Observe(observer, nullptr, 400);
  const std::string text = registry_.Render();
  for (const char* line : {
           "gantry_http_requests_total{method=\"GET\",route=\"blob_get\",code=\"200\"} 1\n",
           "gantry_http_requests_total{method=\"HEAD\",route=\"blob_get\",code=\"404\"} 1\n",
           "gantry_http_requests_total{method=\"PUT\",route=\"manifest_put\",code=\"201\"} 1\n",
           "gantry_http_requests_total{method=\"\",route=\"none\",code=\"400\"} 1\n",
       })
    EXPECT_TRUE(Contains(text, line)) << line << text;
}

}  // namespace
}  // namespace gantry::server
