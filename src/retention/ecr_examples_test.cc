// The worked examples of ECR's documentation (L1 to L6, with patterns and with prefixes; S1 to S6),
// and Gantry's additions.
#include <string>

#include "retention/testing.h"

namespace gantry::retention {
namespace {

using Expected = std::map<std::string, std::string>;

std::string RuleText(int priority, const std::string& selection,
                     const std::string& action = R"({"type":"expire"})") {
  return R"({"rulePriority":)" + std::to_string(priority) + R"(,"selection":{)" + selection +
         R"(},"action":)" + action + "}";
}
constexpr const char* kCountOne = R"("countType":"imageCountMoreThan","countNumber":1)";
constexpr const char* kArchive = R"({"type":"transition","targetStorageClass":"archive"})";
std::string Days(const std::string& type, int days) {
  return R"("countType":")" + type + R"(","countUnit":"days","countNumber":)" +
         std::to_string(days);
}

Policy EcrPolicy(const std::vector<std::string>& rules) {
  std::string text = R"({"rules":[)";
  for (size_t i = 0; i < rules.size(); ++i) text += (i > 0 ? "," : "") + rules[i];
  return Must(ParseEcrPolicy(text + "]}"));
}

// The examples are told with patterns; the older documentation has the same with prefixes.
class ExamplesTest : public testing::TestWithParam<bool> {
 protected:
  // `words` without the star.
  static std::string Tagged(const std::vector<std::string>& words) {
    std::string list;
    for (const auto& word : words) {
      if (!list.empty()) list += ',';
      list += '"' + word + (GetParam() ? "*\"" : "\"");
    }
    return std::string(R"("tagStatus":"tagged",")") +
           (GetParam() ? "tagPatternList" : "tagPrefixList") + R"(":[)" + list + "],";
  }
};
INSTANTIATE_TEST_SUITE_P(Forms, ExamplesTest, testing::Bool(),
                         [](const auto& form) { return form.param ? "patterns" : "prefixes"; });

std::vector<Image> ProdAndBeta() {
  return {ImageOf("A", {"beta-1", "prod-1"}, 10), ImageOf("B", {"beta-2", "prod-2"}, 9),
          ImageOf("C", {"beta-3"}, 8)};
}

TEST_P(ExamplesTest, L1) {
  const auto policy = EcrPolicy(
      {RuleText(1, Tagged({"prod"}) + kCountOne), RuleText(2, Tagged({"beta"}) + kCountOne)});
  EXPECT_EQ(ActedOn({policy}, ProdAndBeta()), (Expected{{"A", "expire by 1"}}));
}

TEST_P(ExamplesTest, L2) {
  const auto policy = EcrPolicy(
      {RuleText(1, Tagged({"beta"}) + kCountOne), RuleText(2, Tagged({"prod"}) + kCountOne)});
  EXPECT_EQ(ActedOn({policy}, ProdAndBeta()),
            (Expected{{"A", "expire by 1"}, {"B", "expire by 1"}}));
}

TEST_P(ExamplesTest, L3) {
  const auto policy =
      EcrPolicy({RuleText(1, Tagged({"alpha", "beta"}) + Days("sinceImagePushed", 5))});
  EXPECT_EQ(
      ActedOn({policy}, {ImageOf("A", {"alpha-1"}, 12), ImageOf("B", {"beta-1"}, 11),
                         ImageOf("C", {"alpha-2", "beta-2"}, 10), ImageOf("D", {"alpha-3"}, 4),
                         ImageOf("E", {"beta-3"}, 3), ImageOf("F", {"alpha-4", "beta-4"}, 2)}),
      (Expected{{"C", "expire by 1"}}));
}

TEST_P(ExamplesTest, L4) {
  const auto policy = EcrPolicy({RuleText(1, Tagged({"alpha", "beta"}) + kCountOne)});
  EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {"alpha-1", "beta-1", "gamma-1"}, 10),
                               ImageOf("B", {"alpha-2", "beta-2"}, 9),
                               ImageOf("C", {"alpha-3", "beta-3", "gamma-2"}, 8)}),
            (Expected{{"A", "expire by 1"}, {"B", "expire by 1"}}));
}

TEST(LifecycleExamplesTest, L5) {
  const auto policy = EcrPolicy({RuleText(1, std::string(R"("tagStatus":"any",)") + kCountOne)});
  EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {"alpha-1"}, 4), ImageOf("B", {"beta-1"}, 3),
                               ImageOf("C", {}, 2), ImageOf("D", {"alpha-2"}, 1)}),
            (Expected{{"A", "expire by 1"}, {"B", "expire by 1"}, {"C", "expire by 1"}}));
}

TEST_P(ExamplesTest, L6) {
  const auto policy =
      EcrPolicy({RuleText(1, Tagged({"alpha"}) + kCountOne),
                 RuleText(2, R"("tagStatus":"untagged",)" + Days("sinceImagePushed", 1)),
                 RuleText(3, std::string(R"("tagStatus":"any",)") + kCountOne)});
  std::vector<Image> images{ImageOf("A", {"alpha-1", "beta-1"}, 4), ImageOf("B", {}, 3),
                            ImageOf("C", {"alpha-2"}, 2), ImageOf("D", {"git-hash"}, 1),
                            ImageOf("E", {}, 1)};
  images[4].pushed_at = images[4].pushed_at + Micros(1);
  EXPECT_EQ(ActedOn({policy}, images),
            (Expected{{"A", "expire by 1"}, {"B", "expire by 2"}, {"D", "expire by 3"}}));
}

TEST(LifecycleExamplesTest, S1ToS6) {
  std::vector<Image> images{ImageOf("A", {"prod-1"}, 400), ImageOf("B", {"prod-2"}, 20),
                            ImageOf("C", {}, 10), ImageOf("D", {}, 5), ImageOf("E", {"dev"}, 500)};
  images[0].last_pulled_at = DaysAgo(3);
  images[4].storage_class = StorageClass::kArchive;
  images[4].archived_at = DaysAgo(370);
  const std::string any = R"("tagStatus":"any",)";
  const std::string prod = R"("tagStatus":"tagged","tagPatternList":["prod*"],)";
  const std::string old_archive =
      any + R"("storageClass":"archive",)" + Days("sinceImageTransitioned", 365);
  const auto s1 = EcrPolicy({RuleText(1, prod + Days("sinceImagePushed", 14))});
  EXPECT_EQ(ActedOn({s1}, images), (Expected{{"A", "expire by 1"}, {"B", "expire by 1"}}));
  const auto s2 = EcrPolicy({RuleText(1, any + Days("sinceImagePulled", 9), kArchive)});
  EXPECT_EQ(ActedOn({s2}, images), (Expected{{"B", "archive by 1"}, {"C", "archive by 1"}}));
  const auto s3 = EcrPolicy({RuleText(1, old_archive)});
  EXPECT_EQ(ActedOn({s3}, images), (Expected{{"E", "expire by 1"}}));
  const auto s4 = EcrPolicy({RuleText(1, std::string(R"("tagStatus":"untagged",)") + kCountOne)});
  EXPECT_EQ(ActedOn({s4}, images), (Expected{{"C", "expire by 1"}}));
  const auto s5 = EcrPolicy({RuleText(1, prod + Days("sinceImagePushed", 30), kArchive)});
  EXPECT_EQ(ActedOn({s5}, images), (Expected{{"A", "archive by 1"}}));
  const auto s6 = EcrPolicy(
      {RuleText(1, any + Days("sinceImagePushed", 30), kArchive), RuleText(2, old_archive)});
  EXPECT_EQ(ActedOn({s6}, images), (Expected{{"A", "archive by 1"}, {"E", "expire by 2"}}));
}

TEST(LifecycleExamplesTest, AnAgeOfExactlyTheLimitIsNotBeyondIt) {  // R13
  const auto policy =
      EcrPolicy({RuleText(1, R"("tagStatus":"any",)" + Days("sinceImagePushed", 1))});
  std::vector<Image> images{ImageOf("A", {}, 1), ImageOf("B", {}, 1)};
  images[1].pushed_at = images[1].pushed_at - Micros(1);
  EXPECT_EQ(ActedOn({policy}, images), (Expected{{"B", "expire by 1"}}));
}

TEST(LifecycleExamplesTest, WhatCameBackFromTheArchiveIsAsYoungAsThat) {  // R14, R16
  const auto policy =
      EcrPolicy({RuleText(1, R"("tagStatus":"any",)" + Days("sinceImagePulled", 30), kArchive)});
  std::vector<Image> images{ImageOf("A", {"a"}, 100), ImageOf("B", {"b"}, 100)};
  for (Image& image : images) image.last_pulled_at = DaysAgo(50);
  images[0].activated_at = DaysAgo(10);
  EXPECT_EQ(ActedOn({policy}, images), (Expected{{"B", "archive by 1"}}));
}

TEST(LifecycleExamplesTest, RetainPutsWhatItHitsOutOfReach) {
  const auto policy = EcrPolicy(
      {RuleText(
           1,
           R"("tagStatus":"tagged","tagPatternList":["v*"],"countType":"imageCountMoreThan","countNumber":2)",
           R"({"type":"retain"})"),
       RuleText(2, R"("tagStatus":"tagged","tagRegexList":["stable|lts"])", R"({"type":"retain"})"),
       RuleText(3, R"("tagStatus":"any",)" + Days("sinceImagePushed", 5))});
  EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {"v1"}, 30), ImageOf("B", {"v2"}, 20),
                               ImageOf("C", {"v3"}, 10), ImageOf("D", {"lts"}, 40),
                               ImageOf("E", {"stable-2"}, 50), ImageOf("F", {"main"}, 1)}),
            (Expected{{"A", "expire by 3"}, {"E", "expire by 3"}}));
}

TEST(LifecycleExamplesTest, RangesOfVersions) {
  const auto policy = EcrPolicy({RuleText(
      1, R"("tagStatus":"tagged","semverRange":"<1.2.0",)" + Days("sinceImagePushed", 5))});
  EXPECT_EQ(ActedOn({policy}, {ImageOf("A", {"v1.1.9"}, 30), ImageOf("B", {"1.2.0"}, 30),
                               ImageOf("C", {"1.1.0-rc.1"}, 30), ImageOf("D", {"1.1"}, 30)}),
            (Expected{{"A", "expire by 1"}}));
}

TEST(LifecycleExamplesTest, UntagTakesTheTagsThatMatch) {
  const auto policy = EcrPolicy({RuleText(
      1, R"("tagStatus":"tagged","tagPatternList":["branch-*"],)" + Days("sinceImagePushed", 5),
      R"({"type":"untag"})")});
  const std::vector<Image> images{ImageOf("A", {"branch-x", "v1", "branch-y"}, 30)};
  EXPECT_EQ(ActedOn({policy}, images), (Expected{{"A", "untag by 1"}}));
  Planner planner({&policy});
  EXPECT_EQ(TagsToRemove(policy, planner.Plan("app", images, kNow)[0], images[0]),
            (std::vector<std::string>{"branch-x", "branch-y"}));
}

TEST(LifecycleExamplesTest, ReasonsSayWhichRuleAndWhy) {
  const auto policy = EcrPolicy(
      {R"({"rulePriority":1,"description":"old","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}})"});
  const std::vector<Image> images{ImageOf("A", {"a"}, 2), ImageOf("B", {"b"}, 1)};
  EXPECT_EQ(ReasonFor({policy}, images, 0),
            "rule 1 (old): 2nd newest of those it selects, limit 1");
  EXPECT_EQ(ReasonFor({policy}, images, 1),
            "rule 1 (old): 1st newest of those it selects, limit 1");
}

}  // namespace
}  // namespace gantry::retention
