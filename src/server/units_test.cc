#include "server/units.h"

#include <gtest/gtest.h>

namespace gantry::server {
namespace {

TEST(UnitsTest, Durations) {
  EXPECT_EQ(ParseDuration("0"), Duration{0});
  EXPECT_EQ(ParseDuration("10s"), Seconds(10));
  EXPECT_EQ(ParseDuration("24h"), Hours(24));
  EXPECT_EQ(ParseDuration("7d"), Hours(7 * 24));
  EXPECT_EQ(ParseDuration("1h30m"), Seconds(5400));
  EXPECT_EQ(ParseDuration("250ms"), Millis(250));
  EXPECT_EQ(ParseDuration("3us"), Micros(3));
  for (const char* text : {"", "1", "-1s", "s", "1x", "1.5h", "1 h", "30m1h", "1h1h", "1h30", "1H",
                           "99999999999999999999s", "9223372036854775807d"})
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
}

TEST(UnitsTest, DurationsAreWrittenInOneUnit) {
  EXPECT_EQ(FormatDuration({0}), "0");
  EXPECT_EQ(FormatDuration(Hours(24)), "24h");
  EXPECT_EQ(FormatDuration(Hours(7 * 24)), "7d");
  EXPECT_EQ(FormatDuration(Seconds(90)), "90s");
  EXPECT_EQ(FormatDuration(Seconds(120)), "2m");
  EXPECT_EQ(FormatDuration(Micros(1'500'000)), "1500ms");
  EXPECT_EQ(FormatDuration(Micros(7)), "7us");
}

TEST(UnitsTest, Sizes) {
  EXPECT_EQ(ParseSize("0"), 0);
  EXPECT_EQ(ParseSize("4096"), 4096);
  EXPECT_EQ(ParseSize("4MiB"), 4 << 20);
  EXPECT_EQ(ParseSize("1GB"), 1'000'000'000);
  EXPECT_EQ(ParseSize("7B"), 7);
  EXPECT_EQ(ParseSize("9223372036854775807"), 9223372036854775807);
  for (const char* text :
       {"", "MiB", "-1", "1.5GiB", "4 MiB", "4mib", "4M", "9223372036854775808", "8388608TiB"})
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
}

TEST(UnitsTest, SizesAreWrittenInTheLargestBinaryUnit) {
  EXPECT_EQ(FormatSize(0), "0");
  EXPECT_EQ(FormatSize(4 << 20), "4MiB");
  EXPECT_EQ(FormatSize(int64_t{3} << 30), "3GiB");
  EXPECT_EQ(FormatSize(1500), "1500");
}

}  // namespace
}  // namespace gantry::server
