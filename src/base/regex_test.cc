#include "base/regex.h"

#include <gtest/gtest.h>

#include <string>

namespace gantry {
namespace {

TEST(Regex, MatchesTheWholeText) {
  const auto regex = Regex::Compile("a+(b|c)");
  ASSERT_TRUE(regex.ok());
  EXPECT_TRUE(regex->Matches("aab"));
  EXPECT_FALSE(regex->Matches("aabb"));
  EXPECT_FALSE(regex->Matches("xac"));
  EXPECT_FALSE(regex->Matches(std::string("ab\0", 3)));
  const auto anchored = Regex::Compile("^$|x.*");
  ASSERT_TRUE(anchored.ok());
  EXPECT_TRUE(anchored->Matches(""));
  EXPECT_TRUE(anchored->Matches("xyz"));
  EXPECT_FALSE(anchored->Matches("yx"));
}

TEST(Regex, RefusesWhatItCannotRun) {
  for (const char* pattern : {"(", "a{2,1}", "(?=a)", "\\1"}) {
    const auto regex = Regex::Compile(pattern);
    ASSERT_FALSE(regex.ok()) << pattern;
    EXPECT_EQ(regex.error().reason(), "regex_invalid");
  }
  EXPECT_FALSE(Regex::Compile("((a{100}){100}){100}", 1 << 16).ok());
}

}  // namespace
}  // namespace gantry
