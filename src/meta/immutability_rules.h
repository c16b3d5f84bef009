#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"

// Queries over the rules by which tags of a project stay where they are. What they mean:
// core/immutability.h.
namespace gantry::meta {

struct ImmutabilityRule {
  RuleId id{};
  std::string repository_pattern = "**";  // doublestar, of the name behind the project's
  bool repository_excludes = false;       // the rule is for repositories that do not match
  std::string tag_pattern = "**";
  bool tag_excludes = false;
  bool disabled = false;
  bool is_flag =
      false;  // the project's flag (Artifact Registry's immutableTags), no rule of a list
  Time created_at{};
};

// All of the project ("" is the root project), by id.
Result<std::vector<ImmutabilityRule>> ListImmutabilityRules(db::Tx& tx,
                                                            const iam::AccountId& account,
                                                            const std::string& project);
// `rule.id` is not read. already_exists/unique_violation for one that says the same.
Result<RuleId> InsertImmutabilityRule(db::Tx& tx, IdGenerator& ids, const iam::AccountId& account,
                                      const std::string& project, const ImmutabilityRule& rule);
// False: the project has none of that id.
Result<bool> DeleteImmutabilityRule(db::Tx& tx, const iam::AccountId& account,
                                    const std::string& project, RuleId id);

}  // namespace gantry::meta
