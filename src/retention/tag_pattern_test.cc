#include "retention/tag_pattern.h"

#include <string>

#include "retention/semver.h"
#include "retention/testing.h"

namespace gantry::retention {
namespace {

bool Glob(const char* pattern, const char* text) { return TagPattern::Glob(pattern).Matches(text); }
bool Star(const char* pattern, const char* text) {
  return Must(TagPattern::Doublestar(pattern)).Matches(text);
}
bool In(const char* range, const char* version) {
  return Must(TagPattern::Versions(range)).Matches(version);
}

TEST(TagPatternTest, AGlobMatchesTheWhole) {
  for (const char* text : {"prod", "prod1", "production-team1"}) EXPECT_TRUE(Glob("prod*", text));
  EXPECT_FALSE(Glob("prod*", "xprod"));
  for (const char* text : {"prod", "repo-production", "prod-team"}) {
    EXPECT_TRUE(Glob("*prod*", text));
  }
  EXPECT_TRUE(Glob("prod", "prod"));
  EXPECT_FALSE(Glob("prod", "prod1"));
  EXPECT_TRUE(Glob("a*b*c", "aXbXbc"));
  EXPECT_FALSE(Glob("a*b*c", "aXbXb"));
  EXPECT_FALSE(Glob("a*aa", "aa"));
  EXPECT_TRUE(Glob("*", ""));
  EXPECT_FALSE(Glob("a?c", "abc"));  // '*' is the only wildcard
}

TEST(TagPatternTest, PrefixesAndExpressions) {
  EXPECT_TRUE(TagPattern::Prefix("v1").Matches("v1.2"));
  EXPECT_FALSE(TagPattern::Prefix("v*").Matches("v1"));
  const auto regex = Must(TagPattern::Regex("v[0-9]+"));
  EXPECT_TRUE(regex.Matches("v12"));
  EXPECT_FALSE(regex.Matches("v12-rc"));
  EXPECT_FALSE(TagPattern::Regex("(").ok());
  EXPECT_FALSE(TagPattern::Regex(std::string(1025, 'a')).ok());
}

TEST(TagPatternTest, Doublestar) {
  EXPECT_TRUE(Star("**", "a/b"));
  EXPECT_TRUE(Star("*", "ab"));
  EXPECT_FALSE(Star("*", "a/b"));
  EXPECT_TRUE(Star("a/**", "a/b/c"));
  EXPECT_TRUE(Star("a/**/c", "a/c"));
  EXPECT_TRUE(Star("a/**/c", "a/b/b/c"));
  EXPECT_FALSE(Star("a/**/c", "a/bc"));
  EXPECT_TRUE(Star("v[0-9].?", "v1.x"));
  EXPECT_FALSE(Star("v[!0-9]", "v1"));
  EXPECT_TRUE(Star("{v*,release-*}", "release-1"));
  EXPECT_TRUE(Star("a.b", "a.b"));
  EXPECT_FALSE(Star("a.b", "axb"));
  EXPECT_TRUE(Star("\\*", "*"));
  for (const char* malformed : {"[a", "{a", "a}", "a\\", "[z-a]"}) {
    EXPECT_FALSE(TagPattern::Doublestar(malformed).ok()) << malformed;
  }
}

TEST(VersionTest, OrderOfPrecedence) {  // Semantic Versioning 2.0.0, 11
  const char* rising[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                          "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                          "1.0.0-rc.1",  "1.0.0",         "1.0.1",
                          "1.1.0",       "v2.0.0"};
  for (size_t i = 0; i + 1 < std::size(rising); ++i) {
    EXPECT_LT(*Version::Parse(rising[i]), *Version::Parse(rising[i + 1])) << rising[i];
  }
  for (const char* text : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3-a..b",
                           "1.2.3-01", "1.2.9999999999999999999", "vv1.2.3", "1.2.3-a_b"}) {
    EXPECT_FALSE(Version::Parse(text)) << text;
  }
}

TEST(VersionTest, Ranges) {
  EXPECT_TRUE(In("^1.4", "1.9.0"));
  EXPECT_FALSE(In("^1.4", "1.3.9"));
  EXPECT_FALSE(In("^1.4", "2.0.0"));
  EXPECT_TRUE(In("^0.2.3", "0.2.9"));
  EXPECT_FALSE(In("^0.2.3", "0.3.0"));
  EXPECT_FALSE(In("^0.0.3", "0.0.4"));
  EXPECT_TRUE(In("~1.4.2", "1.4.9"));
  EXPECT_FALSE(In("~1.4.2", "1.5.0"));
  EXPECT_TRUE(In("1.x", "1.99.0"));
  EXPECT_TRUE(In("*", "7.0.0"));
  EXPECT_TRUE(In(">=1.2.0 <2.0.0 || >3", "4.0.0"));
  EXPECT_FALSE(In(">3", "3.9.9"));
  EXPECT_TRUE(In("<=1.2", "1.2.9"));
  EXPECT_TRUE(In("v1.2.3", "v1.2.3"));
}

TEST(VersionTest, PrereleasesAreInWhereTheyAreNamed) {
  EXPECT_FALSE(In(">=1.0.0", "2.0.0-rc.1"));
  EXPECT_FALSE(In("^1.4", "2.0.0-0"));
  EXPECT_TRUE(In(">=2.0.0-rc.1", "2.0.0-rc.2"));
  EXPECT_FALSE(In(">=2.0.0-rc.1", "2.1.0-rc.2"));
}

TEST(VersionTest, RefusesWhatIsNoRange) {
  for (const char* text : {"", "||", "^1 ||", "latest", ">", "1.2.3.4", "1.x.3", "<*", "=>1"}) {
    EXPECT_FALSE(VersionRange::Parse(text).ok()) << text;
  }
  std::string many;
  for (int i = 0; i < 33; ++i) many += ">=1 ";
  EXPECT_FALSE(VersionRange::Parse(many).ok());
}

}  // namespace
}  // namespace gantry::retention
