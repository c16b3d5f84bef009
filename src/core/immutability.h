#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/store.h"
#include "db/db.h"
#include "meta/immutability_rules.h"
#include "meta/repository_key.h"
#include "meta/repository_settings.h"

namespace gantry::core {

// Whether a tag stays where it is. One rule set for all dialects:
//   the repository's mode with its exclusion filters (ECR): not moved, but deleted;
//   the project's rules (Harbor) and its flag (Artifact Registry): neither;
//   a lock on the tag itself: neither.
// Setting a tag to the digest that it has is no move. Creating one is always possible.
struct TagRules {
  meta::RepositorySettings settings;
  std::vector<meta::ImmutabilityRule> rules;  // of the project
  std::string repository;                     // the name behind the project's
};

// Pure.
bool MayMoveTag(const TagRules& rules, std::string_view tag, bool locked);
bool MayDeleteTag(const TagRules& rules, std::string_view tag, bool locked);

// What holds for tags of a repository, as the transaction sees it.
Result<TagRules> ReadTagRules(db::Tx& tx, const meta::RepositoryKey& key,
                              meta::RepositoryId repository);

// failed_precondition/tag_immutable, in ECR's words.
Error TagImmutable(const meta::RepositoryKey& key, std::string_view tag);
Error TagUndeletable(const meta::RepositoryKey& key, std::string_view tag);

inline constexpr size_t kImmutabilityRulesMax = 15;  // of one project (Harbor)

// The rules of projects.
// Threads: all methods from any thread; all block.
class Immutability {
 public:
  explicit Immutability(const Store& store) : store_(store) {}

  // Without the flag.
  Result<std::vector<meta::ImmutabilityRule>> Rules(const iam::AccountId& account,
                                                    const std::string& project);
  // invalid_argument/pattern_invalid; resource_exhausted/too_many_rules;
  // already_exists/rule_exists.
  Result<meta::ImmutabilityRule> Add(const iam::AccountId& account, const std::string& project,
                                     const meta::ImmutabilityRule& rule);
  // not_found/rule_unknown.
  Result<void> Remove(const iam::AccountId& account, const std::string& project, meta::RuleId id);

  // Artifact Registry's immutableTags.
  Result<bool> Flag(const iam::AccountId& account, const std::string& project);
  Result<void> SetFlag(const iam::AccountId& account, const std::string& project, bool immutable);

 private:
  Store store_;
};

}  // namespace gantry::core
