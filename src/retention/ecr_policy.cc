// ECR's lifecycle policy text, checked as ECR checks it (its sentences are those of its JSON
// schema), with Gantry's additions:
//   action {"type":"retain"}            what the rule hits is out of reach of the rules after it;
//   no
//                                       countType: everything it selects, else the youngest
//   action {"type":"untag"}             the tags that match go, the image stays
//   countType sinceImagePulled          also with "expire"
//   tagRegexList, semverRange           instead of tagPatternList
#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include "json/document.h"
#include "json/writer.h"
#include "retention/policy.h"

namespace gantry::retention {
namespace {

constexpr size_t kTextMax = 30'720;  // characters
constexpr size_t kRulesMax = 50;
constexpr size_t kPatternsMax = 100;
constexpr int kStarsMax = 4;
constexpr int64_t kNumberMax = INT32_MAX;
constexpr int64_t kMicrosOfADay = Hours(24).micros;

Error Refuse(const std::string& why) {
  return InvalidArgument("lifecycle_policy_invalid",
                         "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
                         "'Lifecycle policy validation failure: " +
                             why + "'");
}

// ["a","b"], sorted.
std::string ListOf(std::set<std::string> words) {
  std::string out;
  json::Writer writer(out);
  writer.BeginArray();
  for (const auto& word : words) writer.String(word);
  writer.EndArray();
  return out;
}

Error WrongType(json::Value value, const char* allowed) {
  return Refuse("instance type (" + std::string(json::NameOf(value.kind())) +
                ") does not match any allowed primitive type (allowed: [\"" + allowed + "\"])");
}

// The member, or not there: a null counts as left out, for that is how Terraform writes it.
json::Value Member(json::Value object, std::string_view name) {
  const json::Value value = object.Find(name);
  return value && value.IsNull() ? json::Value() : value;
}

struct Property {
  std::string_view name;
  bool required = false;
};

// An object with the required properties and none but the listed ones.
Result<void> CheckObject(json::Value value, std::initializer_list<Property> properties) {
  if (!value.IsObject()) return WrongType(value, "object");
  std::set<std::string> missing;
  for (const Property& property : properties) {
    if (property.required && !Member(value, property.name)) missing.emplace(property.name);
  }
  if (!missing.empty()) {
    return Refuse("object has missing required properties (" + ListOf(missing) + ")");
  }
  std::set<std::string> unknown;
  for (const auto [key, member] : value.Members()) {
    const bool known =
        std::any_of(properties.begin(), properties.end(),
                    [name = key](const Property& each) { return each.name == name; });
    if (!known) unknown.emplace(key.substr(0, 100));
  }
  if (!unknown.empty()) {
    return Refuse("object instance has properties which are not allowed by the schema: (" +
                  ListOf(unknown) + ")");
  }
  return Ok();
}

// One of the words; `value` is there.
Result<std::string_view> EnumOf(json::Value value, std::initializer_list<std::string_view> words) {
  const auto text = value.String();
  if (text && std::find(words.begin(), words.end(), *text) != words.end()) return *text;
  if (!text) return WrongType(value, "string");
  return Refuse("instance value (" + std::string(text->substr(0, 100)) +
                ") not found in enum :(possible values: " + ListOf({words.begin(), words.end()}) +
                ")");
}

Result<int64_t> NumberOf(json::Value value) {
  const auto number = value.Int();
  if (!number) return WrongType(value, "integer");
  if (*number < 1) {
    return Refuse("numeric instance is lower than the required minimum (minimum: 1, found: " +
                  std::to_string(*number) + ")");
  }
  if (*number > kNumberMax) {
    return Refuse("numeric instance is greater than the required maximum (maximum: " +
                  std::to_string(kNumberMax) + ", found: " + std::to_string(*number) + ")");
  }
  return *number;
}

Error NoSchemaMatches() {
  return Refuse("instance failed to match exactly one schema (matched 0 out of 2)");
}

// One rule, and what the checks over all rules need to know of it.
struct ParsedRule {
  int64_t priority = 0;
  StorageClass storage_class = StorageClass::kStandard;
  std::string tag_list;  // of a tagged rule: its list, sorted, as text
  Rule rule;
  std::string text;
};

class RuleParser {
 public:
  explicit RuleParser(json::Value rule) : rule_(rule), writer_(parsed_.text) {}

  Result<ParsedRule> Parse() {
    TRY(CheckObject(
        rule_, {{"rulePriority", true}, {"description"}, {"selection", true}, {"action", true}}));
    TRY_ASSIGN(parsed_.priority, NumberOf(rule_.Find("rulePriority")));
    parsed_.rule.name = std::to_string(parsed_.priority);
    writer_.BeginObject().Key("rulePriority").Int(parsed_.priority);
    if (const json::Value description = Member(rule_, "description")) {
      if (!description.String()) return WrongType(description, "string");
      parsed_.rule.description = *description.String();
      writer_.Key("description").String(parsed_.rule.description);
    }
    selection_ = rule_.Find("selection");
    action_ = rule_.Find("action");
    TRY(CheckShapes());
    writer_.Key("selection").BeginObject();
    TRY(ReadTagStatus());
    TRY(ReadStorageClass());
    TRY(ReadCount());
    writer_.EndObject();
    WriteAction();
    writer_.EndObject();
    return std::move(parsed_);
  }

 private:
  // The properties of selection and action, and the action's type, which decides what else is
  // needed.
  Result<void> CheckShapes() {
    TRY(CheckObject(action_, {{"type", true}, {"targetStorageClass"}}));
    TRY_ASSIGN(action_type_,
               EnumOf(action_.Find("type"), {"expire", "retain", "transition", "untag"}));
    const bool counted = action_type_ == "expire" || action_type_ == "transition";
    TRY(CheckObject(selection_, {{"tagStatus", true},
                                 {"tagPatternList"},
                                 {"tagPrefixList"},
                                 {"tagRegexList"},
                                 {"semverRange"},
                                 {"storageClass"},
                                 {"countType", counted},
                                 {"countUnit"},
                                 {"countNumber", counted}}));
    const json::Value target = Member(action_, "targetStorageClass");
    if (action_type_ == "transition") {
      if (!target) {
        return Refuse("object has missing required properties ([\"targetStorageClass\"])");
      }
      TRY(EnumOf(target, {"archive"}));
      parsed_.rule.action = ActionKind::kArchive;
    } else if (target) {
      return NoSchemaMatches();
    }
    if (action_type_ == "retain") parsed_.rule.action = ActionKind::kRetain;
    if (action_type_ == "untag") parsed_.rule.action = ActionKind::kUntag;
    return Ok();
  }

  Result<void> ReadTagStatus() {
    TRY_ASSIGN(const std::string_view status,
               EnumOf(selection_.Find("tagStatus"), {"any", "tagged", "untagged"}));
    writer_.Key("tagStatus").String(status);
    std::string_view list;  // the one that is there
    size_t lists = 0;
    for (const std::string_view name :
         {"tagPatternList", "tagPrefixList", "tagRegexList", "semverRange"}) {
      if (!Member(selection_, name)) continue;
      list = name;
      ++lists;
    }
    Selector& selector = parsed_.rule.selector;
    if (status != "tagged") {
      if (lists > 0) {
        return Refuse(std::string(list) + " is not allowed when tagStatus is " +
                      std::string(status));
      }
      if (action_type_ == "untag") {
        return Refuse("action untag needs tagStatus tagged and a list of tags");
      }
      selector.tag_state = status == "untagged" ? TagState::kUntagged : TagState::kAny;
      return Ok();
    }
    if (lists != 1) {
      return Refuse(
          "exactly one of tagPatternList and tagPrefixList is required when tagStatus is "
          "tagged (or one of tagRegexList and semverRange)");
    }
    selector.tag_state = TagState::kTagged;
    return ReadTags(list);
  }

  Result<void> ReadTags(std::string_view list) {
    TagTest test;
    writer_.Key(list);
    if (list == "semverRange") {
      TRY_ASSIGN(const std::string_view range, StringOf(Member(selection_, list)));
      auto pattern = TagPattern::Versions(std::string(range));
      if (!pattern.ok()) return Refuse("semverRange: " + pattern.error().message());
      writer_.String(range);
      parsed_.tag_list = "semverRange " + std::string(range);
      test.patterns.push_back(std::move(pattern).value());
    } else {
      TRY(ReadTagList(list, test));
    }
    parsed_.rule.selector.tags.push_back(std::move(test));
    return Ok();
  }

  Result<void> ReadTagList(std::string_view list, TagTest& test) {
    const json::Value items = Member(selection_, list);
    if (!items.IsArray()) return WrongType(items, "array");
    if (items.size() == 0) {
      return Refuse(
          "array is too short: must have at least 1 elements but instance has 0 elements");
    }
    if (items.size() > kPatternsMax) {
      return Refuse("array is too long: must have at most 100 elements but instance has " +
                    std::to_string(items.size()) + " elements");
    }
    std::set<std::string> texts;
    writer_.BeginArray();
    for (const json::Value item : items.Items()) {
      TRY_ASSIGN(const std::string_view text, StringOf(item));
      TRY_ASSIGN(TagPattern pattern, PatternOf(list, std::string(text)));
      test.patterns.push_back(std::move(pattern));
      writer_.String(text);
      texts.emplace(text);
    }
    writer_.EndArray();
    // Patterns and prefixes are one namespace: R6 speaks of what is selected.
    parsed_.tag_list = ListOf(texts);
    return Ok();
  }

  static Result<TagPattern> PatternOf(std::string_view list, std::string text) {
    if (list == "tagPrefixList") return TagPattern::Prefix(std::move(text));
    if (list == "tagRegexList") {
      auto pattern = TagPattern::Regex(std::move(text));
      if (!pattern.ok()) return Refuse("tagRegexList: " + pattern.error().message());
      return pattern;
    }
    if (std::count(text.begin(), text.end(), '*') > kStarsMax) {
      return Refuse("the tag pattern '" + text.substr(0, 100) +
                    "' has more than 4 wildcards (*); a pattern may have 4 at most");
    }
    return TagPattern::Glob(std::move(text));
  }

  static Result<std::string_view> StringOf(json::Value value) {
    const auto text = value.String();
    if (!text) return WrongType(value, "string");
    if (text->empty()) {
      return Refuse("string \"\" is too short (length: 0, required minimum: 1)");
    }
    return *text;
  }

  Result<void> ReadStorageClass() {
    const json::Value value = Member(selection_, "storageClass");
    if (value) {
      TRY_ASSIGN(const std::string_view word, EnumOf(value, {"archive", "standard"}));
      writer_.Key("storageClass").String(word);
      if (word == "archive") parsed_.storage_class = StorageClass::kArchive;
    }
    parsed_.rule.selector.storage_class = parsed_.storage_class;
    return Ok();
  }

  Result<void> ReadCount() {
    const json::Value type = Member(selection_, "countType");
    const json::Value number = Member(selection_, "countNumber");
    const json::Value unit = Member(selection_, "countUnit");
    if (!type) {
      if (number || unit) {
        return Refuse("object has missing required properties ([\"countType\"])");
      }
      return parsed_.storage_class == StorageClass::kArchive ? ArchiveNeedsTransition() : Ok();
    }
    const auto word = type.String();
    const std::string_view name = word.value_or("");
    if (name != "imageCountMoreThan" && name != "sinceImagePushed" && name != "sinceImagePulled" &&
        name != "sinceImageTransitioned") {
      return NoSchemaMatches();
    }
    writer_.Key("countType").String(name);
    TRY(CheckUnit(name, unit));
    if (!number) return Refuse("object has missing required properties ([\"countNumber\"])");
    TRY_ASSIGN(const int64_t count, NumberOf(number));
    writer_.Key("countNumber").Int(count);
    if (name == "sinceImageTransitioned") {
      if (parsed_.storage_class != StorageClass::kArchive) {
        return Refuse("countType sinceImageTransitioned needs storageClass archive");
      }
      if (action_type_ != "expire") {
        return Refuse("countType sinceImageTransitioned is allowed with action expire only");
      }
    } else if (parsed_.storage_class == StorageClass::kArchive) {
      return ArchiveNeedsTransition();
    }
    AddCondition(name, count);
    return Ok();
  }

  static Result<void> ArchiveNeedsTransition() {
    return Refuse("storageClass archive is allowed with countType sinceImageTransitioned only");
  }

  Result<void> CheckUnit(std::string_view count_type, json::Value unit) {
    if (unit) {
      TRY(EnumOf(unit, {"days"}));
      if (count_type == "imageCountMoreThan") {
        return Refuse("countUnit is not allowed with countType imageCountMoreThan");
      }
      writer_.Key("countUnit").String("days");
      return Ok();
    }
    if (count_type == "imageCountMoreThan") return Ok();
    return Refuse("object has missing required properties ([\"countUnit\"])");
  }

  void AddCondition(std::string_view count_type, int64_t count) {
    using Measure = Condition::Measure;
    Condition condition;
    condition.within = parsed_.rule.action == ActionKind::kRetain;
    condition.limit = count;
    if (count_type != "imageCountMoreThan") condition.limit = count * kMicrosOfADay;
    if (count_type == "sinceImagePushed") condition.measure = Measure::kPushAge;
    if (count_type == "sinceImagePulled") condition.measure = Measure::kPullOrPushAge;
    if (count_type == "sinceImageTransitioned") condition.measure = Measure::kArchiveAge;
    parsed_.rule.conditions.push_back(condition);
  }

  void WriteAction() {
    writer_.Key("action").BeginObject().Key("type").String(action_type_);
    if (action_type_ == "transition") writer_.Key("targetStorageClass").String("archive");
    writer_.EndObject();
  }

  json::Value rule_;
  json::Value selection_;
  json::Value action_;
  std::string_view action_type_;
  ParsedRule parsed_;
  json::Writer writer_;
};

bool SelectsEverything(const ParsedRule& rule) {
  return rule.rule.selector.tag_state == TagState::kAny;
}
// Of the checks over all rules, Gantry's own actions are free: they expire nothing, and a rule that
// shields may well stand beside another about the same images.
bool Counts(const ParsedRule& rule) {
  return rule.rule.action == ActionKind::kExpire || rule.rule.action == ActionKind::kArchive;
}

// R6, R7, R8, and unique priorities. REQUIRES: in order of priority.
Result<void> CheckTogether(const std::vector<ParsedRule>& rules) {
  for (size_t i = 0; i + 1 < rules.size(); ++i) {
    if (rules[i].priority == rules[i + 1].priority) {
      return Refuse("rulePriority " + std::to_string(rules[i].priority) +
                    " is used by more than one rule; priorities must be unique");
    }
  }
  for (const StorageClass storage : {StorageClass::kStandard, StorageClass::kArchive}) {
    std::set<std::string> tag_lists;
    const ParsedRule* untagged = nullptr;
    const ParsedRule* any = nullptr;
    for (const ParsedRule& rule : rules) {
      if (rule.storage_class != storage) continue;
      if (any != nullptr) {
        return Refuse(
            "a rule with tagStatus any must have the highest value for rulePriority: "
            "rule " +
            any->rule.name + " stands before rule " + rule.rule.name);
      }
      if (!Counts(rule)) continue;
      if (SelectsEverything(rule)) any = &rule;
      if (rule.rule.selector.tag_state == TagState::kUntagged) {
        if (untagged != nullptr) {
          return Refuse("only one rule may select untagged images, and rules " +
                        untagged->rule.name + " and " + rule.rule.name + " do");
        }
        untagged = &rule;
      }
      if (!rule.tag_list.empty() && !tag_lists.insert(rule.tag_list).second) {
        return Refuse("the set of all rules must contain a unique set of tags: rule " +
                      rule.rule.name + " has the list " + rule.tag_list.substr(0, 200) +
                      " of a rule before it");
      }
    }
  }
  return Ok();
}

}  // namespace

Result<Policy> ParseEcrPolicy(std::string_view text) {
  if (text.size() > kTextMax) {
    return Refuse("the policy has " + std::to_string(text.size()) +
                  " characters, and may have 30720 at most");
  }
  const auto document = json::Document::Parse(text, {kTextMax, 8, 20'000});
  if (!document.ok() || !document->root().IsObject()) {
    return Refuse("Could not map policyString into LifecyclePolicy.");
  }
  TRY(CheckObject(document->root(), {{"rules", true}}));
  const json::Value rules = document->root().Find("rules");
  if (!rules.IsArray()) return WrongType(rules, "array");
  if (rules.size() == 0) {
    return Refuse("array is too short: must have at least 1 elements but instance has 0 elements");
  }
  if (rules.size() > kRulesMax) {
    return Refuse("array is too long: must have at most 50 elements but instance has " +
                  std::to_string(rules.size()) + " elements");
  }
  std::vector<ParsedRule> parsed;
  for (const json::Value rule : rules.Items()) {
    TRY_ASSIGN(ParsedRule one, RuleParser(rule).Parse());
    parsed.push_back(std::move(one));
  }
  std::stable_sort(parsed.begin(), parsed.end(), [](const ParsedRule& a, const ParsedRule& b) {
    return a.priority < b.priority;
  });
  TRY(CheckTogether(parsed));
  Policy policy;
  policy.form = Form::kEcr;
  policy.mode = Mode::kFirstMatch;
  json::Writer writer(policy.text);
  writer.BeginObject().Key("rules").BeginArray();
  for (ParsedRule& one : parsed) {
    writer.Raw(one.text);
    policy.rules.push_back(std::move(one.rule));
  }
  writer.EndArray().EndObject();
  if (std::none_of(parsed.begin(), parsed.end(), Counts) &&
      std::none_of(policy.rules.begin(), policy.rules.end(),
                   [](const Rule& rule) { return rule.action == ActionKind::kUntag; })) {
    policy.warnings.emplace_back("every rule retains: this policy deletes nothing");
  }
  return policy;
}

}  // namespace gantry::retention
