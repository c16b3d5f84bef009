#include <string>

#include "retention/testing.h"

namespace gantry::retention {
namespace {

constexpr const char* kPrefix =
    "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy "
    "validation failure: ";

// A policy of one rule.
std::string OneRule(const std::string& selection,
                    const std::string& action = R"({"type":"expire"})") {
  return R"({"rules":[{"rulePriority":1,"selection":)" + selection + R"(,"action":)" + action +
         "}]}";
}

// What ECR's sentence says after its beginning, without the quote that ends it; "" when accepted.
std::string Complaint(const std::string& text) {
  const auto policy = ParseEcrPolicy(text);
  if (policy.ok()) return "";
  EXPECT_EQ(policy.error().reason(), "lifecycle_policy_invalid");
  const std::string& message = policy.error().message();
  EXPECT_TRUE(message.starts_with(kPrefix)) << message;
  EXPECT_TRUE(message.ends_with("'"));
  return message.substr(std::string(kPrefix).size(),
                        message.size() - std::string(kPrefix).size() - 1);
}

TEST(EcrPolicyTest, RefusesWithEcrsSentences) {
  const std::string tagged = R"({"tagStatus":"tagged","tagPrefixList":["a"],)";
  const std::string count = R"("countType":"imageCountMoreThan","countNumber":1})";
  const struct {
    std::string text;
    std::string complaint;
  } cases[] = {
      {"not json", "Could not map policyString into LifecyclePolicy."},
      {"[]", "Could not map policyString into LifecyclePolicy."},
      {"{}", R"(object has missing required properties (["rules"]))"},
      {R"({"rules":null})", R"(object has missing required properties (["rules"]))"},
      {R"({"rules":[1]})",
       R"(instance type (integer) does not match any allowed primitive type (allowed: ["object"]))"},
      {R"({"rules":[null]})",
       R"(instance type (null) does not match any allowed primitive type (allowed: ["object"]))"},
      {R"({"rules":[{"selection":{}}]})",
       R"(object has missing required properties (["action","rulePriority"]))"},
      {R"({"rules":[{"rulePriority":1,"selection":{},"action":{},"foo":1}]})",
       R"(object instance has properties which are not allowed by the schema: (["foo"]))"},
      {R"({"rules":[],"extra":1})",
       R"(object instance has properties which are not allowed by the schema: (["extra"]))"},
      {OneRule(R"({"tagStatus":"x",)" + count),
       R"(instance value (x) not found in enum :(possible values: ["any","tagged","untagged"]))"},
      {OneRule(R"({"tagStatus":"any",)" + count, R"({"type":"x"})"),
       R"(instance value (x) not found in enum :(possible values: ["expire","retain","transition","untag"]))"},
      {OneRule(
           R"({"tagStatus":"any","countType":"sinceImagePushed","countUnit":"weeks","countNumber":1})"),
       R"(instance value (weeks) not found in enum :(possible values: ["days"]))"},
      {OneRule(R"({"tagStatus":"any","countType":"x","countNumber":1})"),
       "instance failed to match exactly one schema (matched 0 out of 2)"},
      {OneRule(R"({"tagStatus":"any",)" + count,
               R"({"type":"expire","targetStorageClass":"archive"})"),
       "instance failed to match exactly one schema (matched 0 out of 2)"},
      {OneRule(R"({"tagStatus":"any","countType":"imageCountMoreThan","countNumber":0})"),
       "numeric instance is lower than the required minimum (minimum: 1, found: 0)"},
      {OneRule(R"({"tagStatus":"tagged","tagPatternList":[null],)" + count),
       R"(instance type (null) does not match any allowed primitive type (allowed: ["string"]))"},
      {OneRule(R"({"tagStatus":"tagged","tagPatternList":"a",)" + count),
       R"(instance type (string) does not match any allowed primitive type (allowed: ["array"]))"},
      {OneRule(R"({"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1.5})"),
       R"(instance type (number) does not match any allowed primitive type (allowed: ["integer"]))"},
      {OneRule(R"({"tagStatus":"any","tagSuffixList":["a"],)" + count),
       R"(object instance has properties which are not allowed by the schema: (["tagSuffixList"]))"},
  };
  for (const auto& each : cases) EXPECT_EQ(Complaint(each.text), each.complaint) << each.text;
}

// The documentation's S7, and the other rules that ECR states in words.
TEST(EcrPolicyTest, RefusesWhatMayNotStandTogether) {
  const std::string count = R"("countType":"imageCountMoreThan","countNumber":1})";
  const std::string cases[] = {
      OneRule(
          R"({"tagStatus":"any","countType":"sinceImageTransitioned","countUnit":"days","countNumber":100})"),
      OneRule(
          R"({"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":100})",
          R"({"type":"transition","targetStorageClass":"archive"})"),
      OneRule(R"({"tagStatus":"any","storageClass":"archive",)" + count),
      OneRule(R"({"tagStatus":"any","countUnit":"days",)" + count),
      OneRule(R"({"tagStatus":"any","countType":"sinceImagePushed","countNumber":1})"),
      OneRule(R"({"tagStatus":"tagged","tagPatternList":["*test*1*2*3*4*5*6"],)" + count),
      OneRule(R"({"tagStatus":"tagged",)" + count),
      OneRule(R"({"tagStatus":"tagged","tagPatternList":[],)" + count),
      OneRule(R"({"tagStatus":"tagged","tagPatternList":[""],)" + count),
      OneRule(R"({"tagStatus":"untagged","tagPatternList":["a"],)" + count),
      OneRule(R"({"tagStatus":"any","tagPrefixList":["a"],)" + count),
      OneRule(R"({"tagStatus":"tagged","tagPatternList":["a"],"tagPrefixList":["a"],)" + count),
      OneRule(R"({"tagStatus":"any",)" + count, R"({"type":"transition"})"),
      OneRule(R"({"tagStatus":"tagged","tagRegexList":["("],)" + count),
      OneRule(R"({"tagStatus":"tagged","semverRange":"new",)" + count),
      OneRule(R"({"tagStatus":"any",)" + count, R"({"type":"untag"})"),
      R"({"rules":[]})",
      std::string(30'721, ' '),
  };
  for (const auto& text : cases) EXPECT_NE(Complaint(text), "") << text.substr(0, 300);
}

std::string TwoRules(const std::string& first, const std::string& second, int second_priority = 2) {
  const std::string end =
      R"(,"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}})";
  return R"({"rules":[{"rulePriority":1,"selection":{)" + first + end + R"(,{"rulePriority":)" +
         std::to_string(second_priority) + R"(,"selection":{)" + second + end + "]}";
}

TEST(EcrPolicyTest, RulesMustGoTogether) {
  const std::string any = R"("tagStatus":"any")";
  const std::string untagged = R"("tagStatus":"untagged")";
  const std::string a = R"("tagStatus":"tagged","tagPrefixList":["a","b"])";
  const std::string a_again = R"("tagStatus":"tagged","tagPrefixList":["b","a"])";
  EXPECT_EQ(Complaint(TwoRules(a, any)), "");
  EXPECT_NE(Complaint(TwoRules(a, any, 1)), "");           // a priority twice
  EXPECT_NE(Complaint(TwoRules(any, a)), "");              // R8
  EXPECT_NE(Complaint(TwoRules(untagged, untagged)), "");  // R7
  EXPECT_NE(Complaint(TwoRules(a, a_again)), "");          // R6
  std::string many = R"({"rules":[)";
  for (int i = 1; i <= 51; ++i) {
    many += (i > 1 ? "," : "") + std::string(R"({"rulePriority":)") + std::to_string(i) +
            R"(,"selection":{"tagStatus":"tagged","tagPrefixList":["p)" + std::to_string(i) +
            R"("],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}})";
  }
  EXPECT_NE(Complaint(many + "]}"), "");
}

TEST(EcrPolicyTest, NullIsLeftOut) {
  const std::string text = OneRule(
      R"({"tagStatus":"untagged","tagPatternList":null,"tagPrefixList":null,"storageClass":null,)"
      R"("countType":"sinceImagePushed","countUnit":"days","countNumber":14})",
      R"({"type":"expire","targetStorageClass":null})");
  EXPECT_EQ(Must(ParseEcrPolicy(text)).text,
            OneRule(R"({"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days",)"
                    R"("countNumber":14})"));
}

TEST(EcrPolicyTest, GivesRulesBackInOrder) {
  const std::string second =
      R"({"rulePriority":20,"description":"zwei","selection":{"tagStatus":"any","countType":)"
      R"("imageCountMoreThan","countNumber":5},"action":{"type":"expire"}})";
  const std::string first =
      R"({"rulePriority":3,"selection":{"tagStatus":"tagged","tagPatternList":["v*"],"countType":)"
      R"("sinceImagePulled","countUnit":"days","countNumber":90},"action":{"type":"transition",)"
      R"("targetStorageClass":"archive"}})";
  const Policy policy = Must(ParseEcrPolicy(R"({ "rules" : [ )" + second + " , " + first + "] }"));
  EXPECT_EQ(policy.text, R"({"rules":[)" + first + "," + second + "]}");
  EXPECT_EQ(Must(ParseEcrPolicy(policy.text)).text, policy.text);
}

TEST(EcrPolicyTest, TakesAPolicyAsLongAsCanBe) {
  std::string text = R"({"rules":[)";
  for (int i = 1; i <= 50; ++i) {
    text += (i > 1 ? "," : "") + std::string(R"({"rulePriority":)") + std::to_string(i) +
            R"(,"selection":{"tagStatus":"tagged","tagPatternList":["p)" + std::to_string(i) +
            R"(*"],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}})";
  }
  text += "]}";
  text.insert(0, std::string(30'720 - text.size(), ' '));
  EXPECT_EQ(Must(ParseEcrPolicy(text)).rules.size(), 50u);
}

TEST(EcrPolicyTest, WarnsOfAPolicyThatDeletesNothing) {
  EXPECT_EQ(Must(ParseEcrPolicy(OneRule(R"({"tagStatus":"tagged","tagPatternList":["v*"]})",
                                        R"({"type":"retain"})")))
                .warnings.size(),
            1u);
}

}  // namespace
}  // namespace gantry::retention
