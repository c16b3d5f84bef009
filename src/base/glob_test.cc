#include "base/glob.h"

#include <gtest/gtest.h>

namespace gantry {
namespace {

TEST(GlobTest, Matches) {
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("v*", "v1.2"));
  EXPECT_TRUE(GlobMatches("*.2", "v1.2.2"));
  EXPECT_TRUE(GlobMatches("v?.*", "v1.2"));
  EXPECT_FALSE(GlobMatches("v?", "v12"));
  EXPECT_FALSE(GlobMatches("", "x"));
  EXPECT_FALSE(GlobMatches("a*b*c", "aXbX"));
  EXPECT_TRUE(GlobMatches("a*b*c", "abbbcbc"));
}

}  // namespace
}  // namespace gantry
