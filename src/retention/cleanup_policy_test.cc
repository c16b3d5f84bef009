#include <string>

#include "retention/testing.h"

namespace gantry::retention {
namespace {

using Expected = std::map<std::string, std::string>;

constexpr const char* kKeepTwo =
    R"({"name":"keep","action":{"type":"Keep"},"mostRecentVersions":{"keepCount":2}})";

Policy Cleanup(const std::string& text) { return Must(ParseCleanupPolicies(text)); }

TEST(CleanupPolicyTest, TheDocumentationsExample) {  // GC1
  const auto policy = Cleanup(
      R"([{"name":"old","action":{"type":"Delete"},"condition":{"olderThan":"100d"}},)"
      R"({"name":"keep-206","action":{"type":"Keep"},"condition":{"versionNamePrefixes":["2.0.6"]}},)"
      R"({"name":"default","action":{"type":"Delete"},"condition":{"tagState":"tagged","tagPrefixes":["default"]}}])");
  EXPECT_EQ(
      ActedOn({policy}, {ImageOf("2.0.1", {"default"}, 120), ImageOf("2.0.6", {"default"}, 150),
                         ImageOf("1.9.2", {"patch"}, 20)}),
      (Expected{{"2.0.1", "expire by default"}}));
}

TEST(CleanupPolicyTest, ReadsTheFileOfTheCommandAndTheMapOfTheApiAlike) {
  const std::string map =
      R"({"a":{"id":"a","action":"DELETE","condition":{"tagState":"TAGGED","tagPrefixes":["x","y"],)"
      R"("packageNamePrefixes":["web"],"olderThan":"2592000s","newerThan":"0s"}},)"
      R"("keep":{"id":"keep","action":"KEEP","mostRecentVersions":{"keepCount":2}}})";
  EXPECT_EQ(Cleanup(map).text, map);
  EXPECT_EQ(Cleanup(std::string("[") + kKeepTwo +
                    R"(,{"id":"a","action":1,"condition":{"tag_state":1,"tag_prefixes":["x","y"],)"
                    R"("package_name_prefixes":["web"],"older_than":"30d","newerThan":"0.0s"}}])")
                .text,
            map);
}

TEST(CleanupPolicyTest, KeepWinsAndCountsWhatItSelects) {
  const auto policy =
      Cleanup(std::string("[") + kKeepTwo +
              R"(,{"name":"all","action":"delete","condition":{"tagState":"any"}}])");
  EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {"a"}, 3), ImageOf("B", {}, 2), ImageOf("C", {}, 1)}),
            (Expected{{"A", "expire by all"}}));
}

TEST(CleanupPolicyTest, PackagesAreRepositories) {
  const auto policy =
      Cleanup(R"([{"name":"web","action":"Delete","condition":{"packageNamePrefixes":["web"]}}])");
  const std::vector<Image> images{ImageOf("A", {}, 1)};
  EXPECT_EQ(ActedOn({policy}, images, "webapp").size(), 1u);
  EXPECT_EQ(ActedOn({policy}, images, "app").size(), 0u);
}

TEST(CleanupPolicyTest, AnAgeOfExactlyTheLimitIsNeitherOlderNorNewer) {
  for (const std::string field : {"olderThan", "newerThan"}) {
    const auto policy =
        Cleanup(R"([{"name":"x","action":"Delete","condition":{")" + field + R"(":"2d"}}])");
    EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {}, 2)}).size(), 0u) << field;
    EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {}, field == "olderThan" ? 3 : 1)}).size(), 1u);
  }
}

TEST(CleanupPolicyTest, WarnsOfWhatIsProbablyNotMeant) {
  EXPECT_EQ(Cleanup(std::string("[") + kKeepTwo + "]").warnings.size(), 1u);
  EXPECT_EQ(Cleanup(R"([{"name":"x","action":"Delete","condition":{}}])").warnings.size(), 1u);
}

TEST(CleanupPolicyTest, Refuses) {
  std::string eleven;
  for (int i = 0; i < 11; ++i) {
    eleven += (i > 0 ? "," : "") + std::string(R"({"name":"p)") + std::to_string(i) +
              R"(","action":"Delete","condition":{}})";
  }
  const std::string cases[] = {
      "nothing",
      "1",
      R"([{"action":"Delete","condition":{}}])",
      R"([{"name":"a","condition":{}}])",
      R"([{"name":"a","action":"Archive","condition":{}}])",
      R"([{"name":"a","action":"Delete"}])",
      R"([{"name":"a","action":"Keep","condition":{},"mostRecentVersions":{"keepCount":1}}])",
      R"([{"name":"a","action":"Delete","mostRecentVersions":{"keepCount":1}}])",
      R"([{"name":"a","action":"Keep","mostRecentVersions":{"keepCount":0}}])",
      R"([{"name":"a","action":"Delete","condition":{"olderThan":"30"}}])",
      R"([{"name":"a","action":"Delete","condition":{"olderThan":"-1d"}}])",
      R"([{"name":"a","action":"Delete","condition":{"olderThan":"9999999999999999999d"}}])",
      R"([{"name":"a","action":"Delete","condition":{"tagState":"UNTAGGED","tagPrefixes":["a"]}}])",
      R"([{"name":"a","action":"Delete","condition":{"tagPrefix":["a"]}}])",
      R"([{"name":"a","action":"Delete","condition":{}},{"name":"a","action":"Keep","condition":{}}])",
      R"({"a":{"id":"b","action":"Delete","condition":{}}})",
      "[" + eleven + "]",
      R"([{"name":")" + std::string(128, 'a') + R"(","action":"Delete","condition":{}}])",
  };
  for (const auto& text : cases) {
    const auto policy = ParseCleanupPolicies(text);
    ASSERT_FALSE(policy.ok()) << text;
    EXPECT_EQ(policy.error().reason(), "cleanup_policy_invalid");
  }
}

}  // namespace
}  // namespace gantry::retention
