#include <string>

#include "retention/testing.h"

namespace gantry::retention {
namespace {

using Expected = std::map<std::string, std::string>;

std::string Selector(const std::string& decoration, const std::string& pattern,
                     const std::string& extras = "") {
  return R"({"kind":"doublestar","decoration":")" + decoration + R"(","pattern":")" + pattern +
         R"(","extras":")" + extras + R"("})";
}
std::string RuleText(const std::string& name, const std::string& params, const std::string& tags,
                     const std::string& repositories = Selector("repoMatches", "**")) {
  return R"({"action":"retain","template":")" + name + R"(","params":{)" + params +
         R"(},"tag_selectors":[)" + tags + R"(],"scope_selectors":{"repository":[)" + repositories +
         "]}}";
}
Policy Retention(const std::string& rules) {
  return Must(ParseHarborRetention(R"({"algorithm":"or","rules":[)" + rules + "]}"));
}

std::vector<Image> Four() {
  std::vector<Image> images{ImageOf("A", {"v1"}, 40), ImageOf("B", {"v2", "dev"}, 30),
                            ImageOf("C", {}, 20), ImageOf("D", {"dev-2"}, 10)};
  images[0].last_pulled_at = DaysAgo(5);
  images[1].last_pulled_at = DaysAgo(15);
  return images;
}

Expected Expired(const std::string& digests) {
  Expected expired;
  for (const char digest : digests) expired[std::string(1, digest)] = "expire";
  return expired;
}

TEST(HarborRetentionTest, Templates) {
  const std::string all = Selector("matches", "**");
  EXPECT_EQ(ActedOn({Retention(RuleText("latestPushedK", R"("latestPushedK":2)", all))}, Four()),
            Expired("AB"));
  EXPECT_EQ(ActedOn({Retention(RuleText("latestPulledN", R"("latestPulledN":1)", all))}, Four()),
            Expired("BCD"));
  EXPECT_EQ(ActedOn({Retention(RuleText("nDaysSinceLastPush", R"("nDaysSinceLastPush":20)", all))},
                    Four()),
            Expired("AB"));
  EXPECT_EQ(
      ActedOn({Retention(RuleText("nDaysSinceLastPull", R"("nDaysSinceLastPull":10.0)", all))},
              Four()),
      Expired("BCD"));
  EXPECT_EQ(ActedOn({Retention(RuleText("always", "", all))}, Four()), Expired(""));
}

TEST(HarborRetentionTest, RulesAddUp) {
  EXPECT_EQ(
      ActedOn(
          {Retention(RuleText("latestPushedK", R"("latestPushedK":1)", Selector("matches", "**")) +
                     "," + RuleText("always", "", Selector("matches", "v1")))},
          Four()),
      Expired("B") /* C is untagged, and untagged ones match where nothing is said */);
}

TEST(HarborRetentionTest, SelectorsOfTags) {
  const std::string no = R"({\"untagged\":false})";
  const std::string yes = R"({\"untagged\":true})";
  const auto expired = [](const std::string& selector) {
    return ActedOn({Retention(RuleText("always", "", selector))}, Four());
  };
  EXPECT_EQ(expired(Selector("matches", "v*", no)), Expired("CD"));
  EXPECT_EQ(expired(Selector("matches", "v*", yes)), Expired("D"));
  EXPECT_EQ(expired(Selector("matches", "{v1,dev-*}", no)), Expired("BC"));
  EXPECT_EQ(expired(Selector("matches", "v1,dev-*", no)), Expired("BC"));
  EXPECT_EQ(expired(Selector("excludes", "v*", yes)), Expired("AC"));  // one tag outside is enough
  EXPECT_EQ(expired(Selector("excludes", "v*", no)), Expired("A"));
}

TEST(HarborRetentionTest, RepositoriesThatNoRuleCoversAreLeftAlone) {
  const auto policy = Retention(
      RuleText("always", "", Selector("matches", "none"), Selector("repoMatches", "web/**")));
  const std::vector<Image> images{ImageOf("A", {"v1"}, 1)};
  EXPECT_EQ(ActedOn({policy}, images, "web/shop").size(), 1u);
  EXPECT_EQ(ActedOn({policy}, images, "app").size(), 0u);
  const auto others = Retention(
      RuleText("always", "", Selector("matches", "none"), Selector("repoExcludes", "web/**")));
  EXPECT_EQ(ActedOn({others}, images, "web/shop").size(), 0u);
  EXPECT_EQ(ActedOn({others}, images, "app").size(), 1u);
}

TEST(HarborRetentionTest, DisabledRulesCoverNothing) {
  std::string rule = RuleText("always", "", Selector("matches", "none"));
  rule.insert(1, R"("disabled":true,)");
  EXPECT_EQ(ActedOn({Retention(rule)}, Four()), Expired(""));
}

TEST(HarborRetentionTest, Refuses) {
  const std::string all = Selector("matches", "**");
  const std::string cases[] = {
      "[]",
      R"({"algorithm":"and","rules":[]})",
      R"({"rules":[{"action":"delete"}]})",
      R"({"rules":[)" + RuleText("lastXDays", R"("lastXDays":1)", all) + "]}",
      R"({"rules":[)" + RuleText("latestPushedK", "", all) + "]}",
      R"({"rules":[)" + RuleText("latestPushedK", R"("latestPushedK":32767)", all) + "]}",
      R"({"rules":[)" + RuleText("latestPushedK", R"("latestPushedK":1.5)", all) + "]}",
      R"({"rules":[)" + RuleText("always", "", Selector("is", "**")) + "]}",
      R"({"rules":[)" + RuleText("always", "", Selector("matches", "[a")) + "]}",
      R"({"rules":[)" + RuleText("always", "", Selector("matches", "a", "x")) + "]}",
  };
  for (const auto& text : cases) {
    const auto policy = ParseHarborRetention(text);
    ASSERT_FALSE(policy.ok()) << text;
    EXPECT_EQ(policy.error().reason(), "retention_policy_invalid") << text;
  }
  const std::string rule = RuleText("always", "", all);
  const auto twice = ParseHarborRetention(R"({"rules":[)" + rule + "," + rule + "]}");
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().reason(), "retention_rule_duplicate");
}

}  // namespace
}  // namespace gantry::retention
