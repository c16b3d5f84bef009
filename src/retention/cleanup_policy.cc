// Artifact Registry's cleanup policies (rules G1 to G9 of its documentation): any policy that
// deletes may, any policy that keeps wins.
#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <set>
#include <utility>

#include "json/document.h"
#include "json/writer.h"
#include "retention/policy.h"

namespace gantry::retention {
namespace {

constexpr size_t kTextMax = 64 << 10;
constexpr size_t kPoliciesMax = 10;
constexpr size_t kIdMax = 127;
constexpr size_t kPrefixesMax = 100;
constexpr int64_t kKeepCountMax = 1'000'000;
constexpr int64_t kSecondsMax = int64_t{100} * 366 * 86400;

Error Refuse(const std::string& place, const std::string& why) {
  return InvalidArgument("cleanup_policy_invalid", place + ": " + why);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "tagPrefixes" and "tag_prefixes" are one field.
std::string FieldName(std::string_view name) {
  std::string plain;
  for (const char c : Lower(name)) {
    if (c != '_') plain += c;
  }
  return plain;
}

// Field by name in either spelling; a null counts as left out.
json::Value FieldOf(json::Value object, std::string_view name) {
  const std::string wanted = FieldName(name);
  for (const auto [key, value] : object.Members()) {
    if (FieldName(key) == wanted && !value.IsNull()) return value;
  }
  return {};
}

Result<void> CheckFields(const std::string& place, json::Value object,
                         std::initializer_list<std::string_view> names) {
  if (!object.IsObject()) return Refuse(place, "an object is expected here");
  std::set<std::string> seen;
  for (const auto [key, value] : object.Members()) {
    const std::string field = FieldName(key);
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](std::string_view name) { return FieldName(name) == field; });
    if (!known) return Refuse(place, "unknown field '" + std::string(key.substr(0, 100)) + "'");
    if (!seen.insert(field).second) {
      return Refuse(place, "the field '" + std::string(key) + "' stands here twice");
    }
  }
  return Ok();
}

// An enumerator as a word in any case, or as its number, from 1 in the order of `words`.
Result<size_t> EnumOf(const std::string& place, json::Value value,
                      std::initializer_list<std::string_view> words) {
  const auto refuse = [&] {
    std::string list;
    for (const std::string_view word : words) {
      if (!list.empty()) list += ", ";
      list += word;
    }
    return Refuse(place, "must be one of " + list);
  };
  if (const auto number = value.Int()) {
    if (*number < 1 || static_cast<size_t>(*number) > words.size()) return refuse();
    return static_cast<size_t>(*number - 1);
  }
  const auto text = value.String();
  if (!text) return refuse();
  const std::string lower = Lower(*text);
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](std::string_view word) { return Lower(word) == lower; });
  if (found == words.end()) return refuse();
  return static_cast<size_t>(found - words.begin());
}

// "30d", "12h", "5m", "86400s", "2592000.0s" in whole seconds.
Result<int64_t> SecondsOf(const std::string& place, json::Value value) {
  const auto refuse = [&] {
    return Refuse(place, "must be a duration such as \"30d\", \"12h\" or \"86400s\"");
  };
  const auto text = value.String();
  if (!text || text->empty()) return refuse();
  std::string_view number = text->substr(0, text->size() - 1);
  if (const size_t point = number.find('.'); point != std::string_view::npos) {
    const std::string_view fraction = number.substr(point + 1);
    if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) {
      return refuse();
    }
    number = number.substr(0, point);
  }
  int64_t factor = 0;
  switch (text->back()) {
    case 's':
      factor = 1;
      break;
    case 'm':
      factor = 60;
      break;
    case 'h':
      factor = 3600;
      break;
    case 'd':
      factor = 86400;
      break;
    default:
      return refuse();
  }
  int64_t count = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  if (error != std::errc() || end != number.data() + number.size() || number.empty()) {
    return refuse();
  }
  if (count < 0 || count > kSecondsMax / factor) {
    return Refuse(place, "must be between 0s and 100 years");
  }
  return count * factor;
}

Result<std::vector<std::string>> PrefixesOf(const std::string& place, json::Value value) {
  std::vector<std::string> prefixes;
  if (!value) return prefixes;
  if (!value.IsArray()) return Refuse(place, "must be a list of texts");
  if (value.size() > kPrefixesMax) return Refuse(place, "may have 100 items at most");
  for (const json::Value item : value.Items()) {
    const auto text = item.String();
    if (!text || text->empty()) return Refuse(place, "must be a list of texts that are not empty");
    prefixes.emplace_back(*text);
  }
  return prefixes;
}

std::vector<TagPattern> Patterns(const std::vector<std::string>& prefixes) {
  std::vector<TagPattern> patterns;
  for (const auto& prefix : prefixes) patterns.push_back(TagPattern::Prefix(prefix));
  return patterns;
}

struct ParsedPolicy {
  std::string id;
  Rule rule;
  std::string text;
  bool everything = false;  // a condition without a field
};

class PolicyParser {
 public:
  PolicyParser(std::string id, std::string place, json::Value policy)
      : place_(std::move(place)), policy_(policy), writer_(parsed_.text) {
    parsed_.id = std::move(id);
  }

  Result<ParsedPolicy> Parse() {
    TRY(CheckFields(place_, policy_, {"name", "id", "action", "condition", "mostRecentVersions"}));
    TRY(ReadId());
    writer_.BeginObject().Key("id").String(parsed_.id);
    parsed_.rule.name = parsed_.id;
    TRY(ReadAction());
    const json::Value condition = FieldOf(policy_, "condition");
    const json::Value recent = FieldOf(policy_, "mostRecentVersions");
    if (static_cast<bool>(condition) == static_cast<bool>(recent)) {
      return Refuse(place_, "exactly one of condition and mostRecentVersions is needed");
    }
    if (condition) {
      TRY(ReadCondition(condition));
    } else {
      TRY(ReadRecent(recent));
    }
    writer_.EndObject();
    return std::move(parsed_);
  }

 private:
  Result<void> ReadId() {
    for (const std::string_view field : {"name", "id"}) {
      const json::Value value = FieldOf(policy_, field);
      if (!value) continue;
      const auto text = value.String();
      if (!text) return Refuse(place_, std::string(field) + " must be a text");
      if (!parsed_.id.empty() && parsed_.id != *text) {
        return Refuse(place_, "has two names, '" + parsed_.id + "' and '" +
                                  std::string(text->substr(0, kIdMax)) + "'");
      }
      parsed_.id = *text;
    }
    if (parsed_.id.empty()) return Refuse(place_, "a name is needed");
    if (parsed_.id.size() > kIdMax) {
      return Refuse(place_, "the name is longer than 127 characters");
    }
    return Ok();
  }

  // {"type": "Delete"} in gcloud's file, "DELETE" in the API.
  Result<void> ReadAction() {
    json::Value action = FieldOf(policy_, "action");
    if (!action) return Refuse(place_, "an action is needed, Delete or Keep");
    if (action.IsObject()) {
      TRY(CheckFields(place_ + ".action", action, {"type"}));
      action = FieldOf(action, "type");
      if (!action) return Refuse(place_ + ".action", "a type is needed, Delete or Keep");
    }
    TRY_ASSIGN(const size_t kind, EnumOf(place_ + ".action", action, {"DELETE", "KEEP"}));
    keeps_ = kind == 1;
    parsed_.rule.action = keeps_ ? ActionKind::kRetain : ActionKind::kExpire;
    writer_.Key("action").String(keeps_ ? "KEEP" : "DELETE");
    return Ok();
  }

  Result<void> ReadCondition(json::Value condition) {
    const std::string place = place_ + ".condition";
    TRY(CheckFields(place, condition,
                    {"tagState", "tagPrefixes", "versionNamePrefixes", "packageNamePrefixes",
                     "olderThan", "newerThan"}));
    parsed_.everything = true;
    writer_.Key("condition").BeginObject();
    TRY(ReadTags(place, condition));
    TRY_ASSIGN(const auto versions, ReadPrefixes(place, condition, "versionNamePrefixes"));
    parsed_.rule.selector.digests = Patterns(versions);
    TRY(ReadPackages(place, condition));
    TRY(ReadAge(place, condition, "olderThan", false));
    TRY(ReadAge(place, condition, "newerThan", true));
    writer_.EndObject();
    return Ok();
  }

  Result<void> ReadTags(const std::string& place, json::Value condition) {
    Selector& selector = parsed_.rule.selector;
    if (const json::Value state = FieldOf(condition, "tagState")) {
      TRY_ASSIGN(const size_t kind,
                 EnumOf(place + ".tagState", state, {"TAGGED", "UNTAGGED", "ANY"}));
      constexpr TagState kStates[] = {TagState::kTagged, TagState::kUntagged, TagState::kAny};
      constexpr std::string_view kWords[] = {"TAGGED", "UNTAGGED", "ANY"};
      selector.tag_state = kStates[kind];
      writer_.Key("tagState").String(kWords[kind]);
      parsed_.everything = parsed_.everything && selector.tag_state == TagState::kAny;
    }
    TRY_ASSIGN(const auto prefixes, ReadPrefixes(place, condition, "tagPrefixes"));
    if (prefixes.empty()) return Ok();
    if (selector.tag_state == TagState::kUntagged) {
      return Refuse(place, "tagPrefixes need tagged versions, and tagState is UNTAGGED");
    }
    TagTest test;
    test.quantifier = TagTest::Quantifier::kSome;
    test.patterns = Patterns(prefixes);
    selector.tags.push_back(std::move(test));
    return Ok();
  }

  Result<std::vector<std::string>> ReadPrefixes(const std::string& place, json::Value object,
                                                std::string_view field) {
    TRY_ASSIGN(auto prefixes, PrefixesOf(place + "." + std::string(field), FieldOf(object, field)));
    if (!prefixes.empty()) {
      parsed_.everything = false;
      writer_.Key(field).BeginArray();
      for (const auto& prefix : prefixes) writer_.String(prefix);
      writer_.EndArray();
    }
    return prefixes;
  }

  Result<void> ReadPackages(const std::string& place, json::Value object) {
    TRY_ASSIGN(const auto prefixes, ReadPrefixes(place, object, "packageNamePrefixes"));
    if (!prefixes.empty()) {
      parsed_.rule.selector.repositories.push_back({false, Patterns(prefixes)});
    }
    return Ok();
  }

  Result<void> ReadAge(const std::string& place, json::Value condition, std::string_view field,
                       bool newer) {
    const json::Value value = FieldOf(condition, field);
    if (!value) return Ok();
    parsed_.everything = false;
    TRY_ASSIGN(const int64_t seconds, SecondsOf(place + "." + std::string(field), value));
    writer_.Key(field).String(std::to_string(seconds) + "s");
    Condition age;
    age.measure = Condition::Measure::kPushAge;
    age.within = newer;
    // G5: an age of exactly that is neither older nor newer.
    age.limit = Seconds(seconds).micros - (newer ? 1 : 0);
    parsed_.rule.conditions.push_back(age);
    return Ok();
  }

  Result<void> ReadRecent(json::Value recent) {
    const std::string place = place_ + ".mostRecentVersions";
    if (!keeps_) return Refuse(place, "is allowed with the action Keep only");
    TRY(CheckFields(place, recent, {"packageNamePrefixes", "keepCount"}));
    writer_.Key("mostRecentVersions").BeginObject();
    TRY(ReadPackages(place, recent));
    const json::Value count = FieldOf(recent, "keepCount");
    const auto number = count ? count.Int() : std::nullopt;
    if (!number || *number < 1 || *number > kKeepCountMax) {
      return Refuse(place + ".keepCount", "must be a number from 1 to 1000000");
    }
    writer_.Key("keepCount").Int(*number).EndObject();
    Condition newest;
    newest.measure = Condition::Measure::kPushOrder;
    newest.within = true;
    newest.limit = *number;
    parsed_.rule.conditions.push_back(newest);
    return Ok();
  }

  std::string place_;
  json::Value policy_;
  ParsedPolicy parsed_;
  json::Writer writer_;
  bool keeps_ = false;
};

Result<std::vector<ParsedPolicy>> ParseAll(json::Value root) {
  std::vector<ParsedPolicy> parsed;
  if (root.IsArray()) {
    for (const json::Value item : root.Items()) {
      const std::string place = "policy " + std::to_string(parsed.size() + 1);
      TRY_ASSIGN(ParsedPolicy one, PolicyParser("", place, item).Parse());
      parsed.push_back(std::move(one));
      if (parsed.size() > kPoliciesMax) break;
    }
  } else if (root.IsObject()) {
    for (const auto [id, item] : root.Members()) {
      const std::string place = "policy '" + std::string(id.substr(0, kIdMax)) + "'";
      TRY_ASSIGN(ParsedPolicy one, PolicyParser(std::string(id), place, item).Parse());
      parsed.push_back(std::move(one));
      if (parsed.size() > kPoliciesMax) break;
    }
  } else {
    return Refuse("cleanup policies", "a list of policies, or a map of them by name, is expected");
  }
  if (parsed.size() > kPoliciesMax) {
    return Refuse("cleanup policies", "10 policies are allowed at most");
  }
  return parsed;
}

std::vector<std::string> WarningsOf(const std::vector<ParsedPolicy>& parsed) {
  std::vector<std::string> warnings;
  const auto deletes = [](const ParsedPolicy& each) {
    return each.rule.action == ActionKind::kExpire;
  };
  if (!parsed.empty() && std::none_of(parsed.begin(), parsed.end(), deletes)) {
    warnings.emplace_back(
        "every policy keeps, so nothing is ever deleted; to keep only the newest, add one that "
        "deletes with tagState ANY");
  }
  for (const ParsedPolicy& each : parsed) {
    if (each.everything && deletes(each)) {
      warnings.push_back("policy '" + each.id + "' deletes every version that no other keeps");
    }
  }
  return warnings;
}

}  // namespace

Result<Policy> ParseCleanupPolicies(std::string_view text) {
  auto document = json::Document::Parse(text, {kTextMax, 8, 20'000});
  if (!document.ok()) return Refuse("cleanup policies", document.error().message());
  TRY_ASSIGN(std::vector<ParsedPolicy> parsed, ParseAll(document->root()));
  std::stable_sort(parsed.begin(), parsed.end(),
                   [](const ParsedPolicy& a, const ParsedPolicy& b) { return a.id < b.id; });
  for (size_t i = 0; i + 1 < parsed.size(); ++i) {
    if (parsed[i].id == parsed[i + 1].id) {
      return Refuse("cleanup policies", "two policies have the name '" + parsed[i].id + "'");
    }
  }
  Policy policy;
  policy.form = Form::kCleanup;
  policy.mode = Mode::kKeepWins;
  policy.warnings = WarningsOf(parsed);
  json::Writer writer(policy.text);
  writer.BeginObject();
  for (ParsedPolicy& one : parsed) {
    writer.Key(one.id).Raw(one.text);
    policy.rules.push_back(std::move(one.rule));
  }
  writer.EndObject();
  return policy;
}

}  // namespace gantry::retention
