#include "base/doublestar.h"

#include <gtest/gtest.h>

#include <string>

namespace gantry {
namespace {

TEST(Doublestar, Matches) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } kCases[] = {
      {"**", "", true},
      {"**", "a", true},
      {"**", "a/b/c", true},
      {"*", "a", true},
      {"*", "a/b", false},
      {"a*", "abc", true},
      {"a/*", "a/b", true},
      {"a/*", "a/b/c", false},
      {"a/**", "a/b/c", true},
      {"**/c", "c", true},
      {"**/c", "a/b/c", true},
      {"**/c", "a/b/cc", false},
      {"a/**/c", "a/c", true},
      {"a/**/c", "a/x/y/c", true},
      {"v?.*", "v1.2", true},
      {"v?.*", "v10.2", false},
      {"{a,b}", "b", true},
      {"a,b", "b", true},
      {"a,b", "c", false},
      {"v{1,2{0,1}}", "v21", true},
      {"[a-c]x", "bx", true},
      {"[!a-c]x", "bx", false},
      {"[^a-c]x", "dx", true},
      {"[a-", "a", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"release-*", "release-1.0", true},
      {"a**", "abc", true},
      {"a**", "a/b", false},
      {"", "", true},
      {"", "a", false},
      {"{a", "{a", true},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(DoublestarMatches(test.pattern, test.text), test.matches)
        << test.pattern << " and " << test.text;
  }
}

TEST(Doublestar, IsBounded) {
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "*a";
  EXPECT_FALSE(DoublestarMatches(stars, std::string(250, 'a') + "b"));
  std::string braces;
  for (int i = 0; i < 12; ++i) braces += "{a,b}";
  EXPECT_FALSE(DoublestarMatches(braces, std::string(12, 'a')));
}

}  // namespace
}  // namespace gantry
