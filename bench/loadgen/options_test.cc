#include "options.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

std::string ErrorOf(const std::vector<std::string>& arguments) {
  Options options;
  std::string error;
  return ParseOptions(arguments, &options, &error) ? "" : error;
}

TEST(Options, ReadsEveryKind) {
  Options options;
  std::string error;
  ASSERT_TRUE(ParseOptions({"get", "--target", "127.0.0.1:5000", "--path", "/a", "--path", "/b",
                            "--seconds", "0.5", "--connections", "32"},
                           &options, &error))
      << error;
  EXPECT_EQ(options.target.ipv4, 0x7f000001U);
  EXPECT_EQ(options.target.port, 5000);
  EXPECT_EQ(options.paths, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_DOUBLE_EQ(options.seconds, 0.5);
  EXPECT_EQ(options.connections, 32U);
  EXPECT_NE(options.seed, 0U);
}

TEST(Options, NamesWhatIsWrong) {
  EXPECT_EQ(ErrorOf({}), "no mode given");
  EXPECT_EQ(ErrorOf({"get"}), "--target HOST:PORT is missing (a numeric IPv4 address)");
  EXPECT_EQ(ErrorOf({"get", "--target", "localhost:1"}), "cannot use '--target localhost:1'");
  EXPECT_EQ(ErrorOf({"get", "--form", "three"}), "cannot use '--form three'");
  EXPECT_EQ(ErrorOf({"get", "--nonsense", "1"}), "cannot use '--nonsense 1'");
  EXPECT_EQ(ErrorOf({"get", "--count"}), "--count has no value");
  EXPECT_EQ(ErrorOf({"get", "--connections", "0"}), "cannot use '--connections 0'");
}

}  // namespace
}  // namespace loadgen
