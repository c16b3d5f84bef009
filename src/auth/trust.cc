#include "auth/trust.h"

#include <cmath>

#include "base/glob.h"

namespace gantry::auth {
namespace {

constexpr json::Limits kLimits{16 * 1024, 6, 10'000};
constexpr size_t kConditionsMax = 50;
constexpr size_t kValuesMax = 100;
constexpr size_t kAttributesMax = 50;
constexpr size_t kAudiencesMax = 20;
constexpr double kExactMax = 9'007'199'254'740'992;  // 2^53

// A list of texts, not empty, of at most `max`; nullopt: something else.
std::optional<std::vector<std::string>> TextList(json::Value list, size_t max) {
  if (!list || !list.IsArray() || list.size() == 0 || list.size() > max) return std::nullopt;
  std::vector<std::string> texts;
  for (const json::Value item : list.Items()) {
    const auto text = item.String();
    if (!text) return std::nullopt;
    texts.emplace_back(*text);
  }
  return texts;
}

Result<ClaimCondition> ParseCondition(json::Value value) {
  const Error invalid = InvalidArgument(
      "conditions_invalid",
      "a condition is {\"claim\": NAME, \"equals\": [VALUE, …]} or, with * and ?, \"like\"");
  if (!value.IsObject() || value.size() != 2) return invalid;
  const json::Value claim = value.Find("claim");
  const json::Value like = value.Find("like");
  const std::string_view name = claim ? claim.String().value_or("") : std::string_view();
  auto values = TextList(like ? like : value.Find("equals"), kValuesMax);
  if (name.empty() || !values) return invalid;
  return ClaimCondition{std::string(name), static_cast<bool>(like), std::move(*values)};
}

std::optional<std::string> TextOf(json::Value value) {
  if (!value) return std::nullopt;
  if (const auto text = value.String()) return std::string(*text);
  if (const auto number = value.Int()) return std::to_string(*number);
  if (const auto truth = value.Bool()) return *truth ? "true" : "false";
  const auto real = value.Double();
  if (real && std::floor(*real) == *real && std::abs(*real) < kExactMax) {
    return std::to_string(static_cast<int64_t>(*real));
  }
  return std::nullopt;
}

bool Matches(const ClaimCondition& condition, json::Value value) {
  const auto text = TextOf(value);
  if (!text) return false;
  for (const std::string& wanted : condition.values) {
    if (condition.like ? GlobMatches(wanted, *text) : wanted == *text) return true;
  }
  return false;
}

bool Holds(const ClaimCondition& condition, json::Value claims) {
  const json::Value value = FindClaim(claims, condition.claim);
  if (!value || !value.IsArray()) return Matches(condition, value);
  for (const json::Value item : value.Items()) {
    if (Matches(condition, item)) return true;
  }
  return false;
}

}  // namespace

json::Value FindClaim(json::Value claims, std::string_view name) {
  if (const json::Value whole = claims.Find(name)) return whole;
  // The part before each dot may itself have dots: the longest that is there wins.
  for (size_t dot = name.rfind('.'); dot != name.npos && dot > 0; dot = name.rfind('.', dot - 1)) {
    const json::Value inside = claims.Find(name.substr(0, dot));
    if (inside) return FindClaim(inside, name.substr(dot + 1));
  }
  return {};
}

Result<std::vector<ClaimCondition>> ParseClaimConditions(std::string_view text) {
  const auto document = json::Document::Parse(text, kLimits);
  if (!document.ok() || !document->root().IsArray() || document->root().size() > kConditionsMax) {
    return InvalidArgument("conditions_invalid", "conditions are a JSON list of up to 50");
  }
  std::vector<ClaimCondition> conditions;
  for (const json::Value value : document->root().Items()) {
    TRY_ASSIGN(ClaimCondition condition, ParseCondition(value));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Result<std::map<std::string, std::string>> ParseAttributeMapping(std::string_view text) {
  const auto document = json::Document::Parse(text, kLimits);
  const bool object = document.ok() && document->root().IsObject();
  std::map<std::string, std::string> mapping;
  if (object && document->root().size() <= kAttributesMax) {
    for (const auto [attribute, claim] : document->root().Members()) {
      const auto name = claim.String();
      if (!name || name->empty() || attribute.empty()) break;
      mapping.emplace(attribute, *name);
    }
    if (mapping.size() == document->root().size()) return mapping;
  }
  return InvalidArgument("attributes_invalid",
                         "attributes are a JSON object of up to 50 {ATTRIBUTE: CLAIM}");
}

Result<std::vector<std::string>> ParseAudiences(std::string_view text) {
  const auto document = json::Document::Parse(text, kLimits);
  if (document.ok()) {
    if (auto audiences = TextList(document->root(), kAudiencesMax)) return std::move(*audiences);
  }
  return InvalidArgument("audiences_invalid", "audiences are a JSON list of 1 to 20 texts");
}

Result<void> CheckClaims(const std::vector<ClaimCondition>& conditions, json::Value claims) {
  for (const ClaimCondition& condition : conditions) {
    if (Holds(condition, claims)) continue;
    return Error(Code::kPermissionDenied, "claims_refused",
                 "the token's claim \"" + condition.claim + "\" is not one that the trust accepts");
  }
  return Ok();
}

std::optional<std::string> ClaimText(json::Value claims, std::string_view claim) {
  return TextOf(FindClaim(claims, claim));
}

}  // namespace gantry::auth
