// Harbor's tag retention policy: rules retain, and what no rule retains of a repository that some
// rule covers is deleted. The unit is the artifact with all its tags.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "json/copy.h"
#include "json/document.h"
#include "json/writer.h"
#include "retention/policy.h"

namespace gantry::retention {
namespace {

constexpr size_t kTextMax = 64 << 10;
constexpr size_t kRulesMax = 15;
constexpr size_t kSelectorsMax = 20;
constexpr int64_t kCountMax = 32'766;
constexpr int64_t kDaysMax = 20'190'904;

Error Refuse(const std::string& place, const std::string& why) {
  return InvalidArgument("retention_policy_invalid", place + ": " + why);
}

std::string TextOf(json::Value value) {
  std::string text;
  json::Writer writer(text);
  json::WriteValue(writer, value);
  return text;
}

std::string_view StringMember(json::Value object, std::string_view name) {
  const json::Value value = object.Find(name);
  return value ? value.String().value_or("") : std::string_view();
}

bool IsList(json::Value value) { return value && value.IsArray(); }

// A whole number, however JSON spells it ("10", "10.0").
std::optional<int64_t> WholeNumber(json::Value value) {
  if (const auto number = value.Int()) return number;
  const auto real = value.Double();
  if (!real || !(std::fabs(*real) < 1e15) || std::floor(*real) != *real) return std::nullopt;
  return static_cast<int64_t>(*real);
}

class RuleParser {
 public:
  RuleParser(json::Value rule, size_t number)
      : rule_(rule), place_("rule " + std::to_string(number)) {
    parsed_.name = std::to_string(number);
    parsed_.action = ActionKind::kRetain;
  }

  Result<Rule> Parse() {
    if (!rule_.IsObject()) return Refuse(place_, "an object is expected here");
    const std::string_view action = StringMember(rule_, "action");
    if (action != "retain") return Refuse(place_ + ".action", "must be \"retain\"");
    TRY(ReadTemplate());
    TRY(ReadTagSelectors());
    TRY(ReadScopeSelectors());
    return std::move(parsed_);
  }

 private:
  Result<void> ReadTemplate() {
    using Measure = Condition::Measure;
    const std::string_view name = StringMember(rule_, "template");
    if (name == "always") return Ok();
    Condition condition;
    condition.within = true;
    const bool days = name == "nDaysSinceLastPush" || name == "nDaysSinceLastPull";
    if (name == "latestPushedK") {
      condition.measure = Measure::kPushOrder;
    } else if (name == "latestPulledN") {
      condition.measure = Measure::kPullOrder;
    } else if (name == "nDaysSinceLastPush") {
      condition.measure = Measure::kPushAge;
    } else if (name == "nDaysSinceLastPull") {
      condition.measure = Measure::kPullAge;
    } else {
      return Refuse(place_ + ".template",
                    "must be one of latestPushedK, latestPulledN, nDaysSinceLastPush, "
                    "nDaysSinceLastPull, always");
    }
    const json::Value params = rule_.Find("params");
    const json::Value value = params ? params.Find(name) : json::Value();
    const int64_t number = value ? WholeNumber(value).value_or(-1) : -1;
    const int64_t maximum = days ? kDaysMax : kCountMax;
    if (number < 0 || number > maximum) {
      return Refuse(place_ + ".params." + std::string(name),
                    "must be a number from 0 to " + std::to_string(maximum));
    }
    condition.limit = days ? number * Hours(24).micros : number;
    parsed_.conditions.push_back(condition);
    return Ok();
  }

  Result<void> ReadTagSelectors() {
    const json::Value selectors = rule_.Find("tag_selectors");
    if (!selectors || selectors.IsNull()) return Ok();
    if (!IsList(selectors) || selectors.size() > kSelectorsMax) {
      return Refuse(place_ + ".tag_selectors", "must be a list of at most 20 selectors");
    }
    for (const json::Value selector : selectors.Items()) {
      const std::string place = place_ + ".tag_selectors";
      TRY_ASSIGN(const bool excludes, DecorationOf(place, selector, "matches", "excludes"));
      TRY_ASSIGN(TagPattern pattern, PatternOf(place, selector));
      TRY_ASSIGN(const bool untagged, UntaggedOf(place, selector));
      TagTest test;
      test.quantifier = excludes ? TagTest::Quantifier::kOutside : TagTest::Quantifier::kSome;
      test.untagged_passes = excludes ? !untagged : untagged;
      test.patterns.push_back(std::move(pattern));
      parsed_.selector.tags.push_back(std::move(test));
    }
    return Ok();
  }

  Result<void> ReadScopeSelectors() {
    const json::Value scopes = rule_.Find("scope_selectors");
    if (!scopes || scopes.IsNull()) return Ok();
    const json::Value selectors = scopes.Find("repository");
    if (!IsList(selectors) || selectors.size() > kSelectorsMax) {
      return Refuse(place_ + ".scope_selectors",
                    "must be {\"repository\": a list of at most 20 selectors}");
    }
    for (const json::Value selector : selectors.Items()) {
      const std::string place = place_ + ".scope_selectors.repository";
      TRY_ASSIGN(const bool excludes, DecorationOf(place, selector, "repoMatches", "repoExcludes"));
      TRY_ASSIGN(TagPattern pattern, PatternOf(place, selector));
      Selector::RepositoryTest test;
      test.exclude = excludes;
      test.patterns.push_back(std::move(pattern));
      parsed_.selector.repositories.push_back(std::move(test));
    }
    return Ok();
  }

  // Whether it is the second word.
  static Result<bool> DecorationOf(const std::string& place, json::Value selector,
                                   std::string_view matches, std::string_view excludes) {
    if (StringMember(selector, "kind") != "doublestar") {
      return Refuse(place + ".kind", "must be \"doublestar\"");
    }
    const std::string_view decoration = StringMember(selector, "decoration");
    if (decoration != matches && decoration != excludes) {
      return Refuse(place + ".decoration", "must be \"" + std::string(matches) + "\" or \"" +
                                               std::string(excludes) + "\"");
    }
    return decoration == excludes;
  }

  // An empty pattern matches everything.
  static Result<TagPattern> PatternOf(const std::string& place, json::Value selector) {
    const std::string_view text = StringMember(selector, "pattern");
    auto pattern = TagPattern::Doublestar(text.empty() ? "**" : std::string(text));
    if (!pattern.ok()) return Refuse(place + ".pattern", pattern.error().message());
    return pattern;
  }

  // extras is JSON in a text: {"untagged":true}. Left out, untagged artifacts are kept.
  static Result<bool> UntaggedOf(const std::string& place, json::Value selector) {
    const std::string_view extras = StringMember(selector, "extras");
    if (extras.empty()) return true;
    const auto document = json::Document::Parse(extras, {1024, 4, 100});
    if (!document.ok() || !document->root().IsObject()) {
      return Refuse(place + ".extras", "must be a JSON object in a text");
    }
    const json::Value untagged = document->root().Find("untagged");
    return untagged && untagged.Bool().value_or(false);
  }

  json::Value rule_;
  std::string place_;
  Rule parsed_;
};

// What makes two rules the same to Harbor.
std::string IdentityOf(json::Value rule) {
  std::string identity;
  for (const std::string_view name :
       {"action", "template", "params", "tag_selectors", "scope_selectors"}) {
    const json::Value value = rule.Find(name);
    identity += value ? TextOf(value) : "null";
    identity += '\n';
  }
  return identity;
}

}  // namespace

Result<Policy> ParseHarborRetention(std::string_view text) {
  const std::string place = "retention policy";
  auto document = json::Document::Parse(text, {kTextMax, 16, 20'000});
  if (!document.ok()) return Refuse(place, document.error().message());
  const json::Value root = document->root();
  if (!root.IsObject()) return Refuse(place, "an object is expected");
  const std::string_view algorithm = StringMember(root, "algorithm");
  if (!algorithm.empty() && algorithm != "or") return Refuse(place, "algorithm must be \"or\"");
  const json::Value rules = root.Find("rules");
  Policy policy;
  policy.form = Form::kHarbor;
  policy.mode = Mode::kRetainUnion;
  policy.text = TextOf(root);
  if (!rules || rules.IsNull()) return policy;
  if (!rules.IsArray()) return Refuse(place, "rules must be a list");
  if (rules.size() > kRulesMax) return Refuse(place, "15 rules are allowed at most");
  std::set<std::string> identities;
  size_t number = 0;
  for (const json::Value rule : rules.Items()) {
    TRY_ASSIGN(Rule parsed, RuleParser(rule, ++number).Parse());
    if (!identities.insert(IdentityOf(rule)).second) {
      return Error(Code::kConflict, "retention_rule_duplicate",
                   "rule " + std::to_string(number) + " is the same as one before it");
    }
    const json::Value disabled = rule.Find("disabled");
    if (disabled && disabled.Bool().value_or(false)) continue;
    policy.rules.push_back(std::move(parsed));
  }
  return policy;
}

}  // namespace gantry::retention
