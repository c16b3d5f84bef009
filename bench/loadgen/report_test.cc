#include "report.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

TEST(Latencies, NearestRank) {
  Latencies latencies;
  for (int i = 100; i >= 1; --i) latencies.Add(std::chrono::milliseconds(i));
  EXPECT_DOUBLE_EQ(latencies.PercentileMs(0.50), 50);
  EXPECT_DOUBLE_EQ(latencies.PercentileMs(0.99), 99);
  EXPECT_DOUBLE_EQ(latencies.PercentileMs(1.0), 100);
  EXPECT_DOUBLE_EQ(latencies.PercentileMs(0.0), 1);
  EXPECT_DOUBLE_EQ(Latencies().PercentileMs(0.5), 0);
}

TEST(JsonLine, EscapesAndSeparates) {
  EXPECT_EQ(JsonLine().Text("a", "x\"y\\\n").Count("b", 3).Number("c", 0.5).ToString(),
            R"({"a":"x\"y\\","b":3,"c":0.5})");
}

}  // namespace
}  // namespace loadgen
