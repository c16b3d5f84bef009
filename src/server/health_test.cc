#include "server/health.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace gantry::server {
namespace {

class HealthTest : public testing::Test {
 protected:
  const http::Route& RouteTo(const std::string& pattern) {
    routes_ = health_.Routes();
    for (const http::Route& route : routes_)
      if (route.pattern == pattern) return route;
    ADD_FAILURE() << pattern;
    return routes_.front();
  }

  http::Response Ask(const std::string& pattern) {
    http::Request request;
    return std::get<http::Handler>(RouteTo(pattern).handler)(request);
  }

  std::string Readiness(int expected_status) {
    http::Response response = Ask("/readyz");
    EXPECT_EQ(response.status, expected_status);
    return std::get<std::string>(response.body);
  }

  bool database_answers_ = true;
  int64_t free_bytes_ = 1000;
  bool disk_answers_ = true;
  Health health_{{[this]() -> Result<void> {
                    if (database_answers_) return Ok();
                    return Unavailable("database_unavailable", "db.internal does not answer");
                  },
                  [this]() -> Result<int64_t> {
                    if (disk_answers_) return free_bytes_;
                    return Corruption("io_error", "/data: input/output error");
                  }},
                 1000};
  std::vector<http::Route> routes_;
};

TEST_F(HealthTest, Alive) {
  http::Response response = Ask("/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(std::get<std::string>(response.body), "ok\n");
  http::Request request;
  EXPECT_TRUE(RouteTo("/healthz").inline_handler(request).has_value());
}

TEST_F(HealthTest, Ready) {
  EXPECT_EQ(Readiness(200),
            "{\"ready\":true,\"checks\":{\"serving\":{\"ok\":true},\"disk\":{\"ok\":true,"
            "\"free_bytes\":1000,\"free_bytes_min\":1000},\"database\":{\"ok\":true}}}\n");
}

TEST_F(HealthTest, NotReadyWithoutDatabase) {
  database_answers_ = false;
  const std::string json = Readiness(503);
  EXPECT_NE(json.find("\"database\":{\"ok\":false,\"reason\":\"database_unavailable\"}"),
            std::string::npos);
  EXPECT_EQ(json.find("db.internal"), std::string::npos);
}

TEST_F(HealthTest, NotReadyWithoutFreeSpace) {
  free_bytes_ = 999;
  EXPECT_NE(Readiness(503).find("too_little_free_space"), std::string::npos);
  disk_answers_ = false;
  EXPECT_NE(Readiness(503).find("\"disk\":{\"ok\":false,\"reason\":\"io_error\"}"),
            std::string::npos);
}

TEST_F(HealthTest, NotReadyWhileDraining) {
  health_.StartDraining();
  EXPECT_NE(Readiness(503).find("\"serving\":{\"ok\":false,\"reason\":\"draining\"}"),
            std::string::npos);
}

}  // namespace
}  // namespace gantry::server
