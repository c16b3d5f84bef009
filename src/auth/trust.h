#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"

// What a trust says about claims (meta::Trust keeps these texts).
namespace gantry::auth {

// One condition on a claim; all must hold.
struct ClaimCondition {
  std::string claim;                // a name; "a.b" looks into an object ("kubernetes.io" by itself
                                    // is tried first)
  bool like = false;                // values have '*' and '?'
  std::vector<std::string> values;  // one must match the claim, or, of a list, one of its items
};

// [{"claim":"repository","equals":["my-org/app"]},{"claim":"ref","like":["refs/heads/*"]}]; at most
// 16 KiB, 50 conditions, 100 values each. invalid_argument/conditions_invalid with a sentence.
Result<std::vector<ClaimCondition>> ParseClaimConditions(std::string_view text);
// {"repository":"repository","actor":"actor"}: attribute of the principal → claim; the attribute
// "subject" replaces "sub" as the subject's source. At most 50.
// invalid_argument/attributes_invalid.
Result<std::map<std::string, std::string>> ParseAttributeMapping(std::string_view text);
// ["aud", …]: not empty, at most 20. invalid_argument/audiences_invalid.
Result<std::vector<std::string>> ParseAudiences(std::string_view text);

// permission_denied/claims_refused names the first condition's claim that does not hold; a claim
// that is not there meets no condition.
Result<void> CheckClaims(const std::vector<ClaimCondition>& conditions, json::Value claims);
// A claim by its name, as above; not there: there is none.
json::Value FindClaim(json::Value claims, std::string_view name);
// A claim as text (numbers and booleans too); nullopt: not there, or an object or list.
std::optional<std::string> ClaimText(json::Value claims, std::string_view claim);

}  // namespace gantry::auth
