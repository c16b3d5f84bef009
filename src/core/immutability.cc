#include "core/immutability.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/doublestar.h"
#include "base/glob.h"

namespace gantry::core {
namespace {

constexpr size_t kPatternBytesMax = 255;

bool AnyFilterMatches(const meta::RepositorySettings& settings, std::string_view tag) {
  const auto& filters = settings.mutability_filters;
  return std::any_of(filters.begin(), filters.end(),
                     [&](const std::string& filter) { return GlobMatches(filter, tag); });
}

bool IsImmutableByMode(const meta::RepositorySettings& settings, std::string_view tag) {
  switch (settings.tag_mutability) {
    case meta::TagMutability::kMutable:
      return false;
    case meta::TagMutability::kImmutable:
      return true;
    case meta::TagMutability::kImmutableWithExclusion:
      return !AnyFilterMatches(settings, tag);
    case meta::TagMutability::kMutableWithExclusion:
      return AnyFilterMatches(settings, tag);
  }
  return true;
}

bool IsImmutableByRule(const TagRules& rules, std::string_view tag) {
  return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const auto& rule) {
    if (rule.disabled) return false;
    return DoublestarMatches(rule.repository_pattern, rules.repository) !=
               rule.repository_excludes &&
           DoublestarMatches(rule.tag_pattern, tag) != rule.tag_excludes;
  });
}

std::string_view BehindProject(const meta::RepositoryKey& key) {
  const std::string_view project = key.project();
  return project.empty() ? key.name() : key.name().substr(project.size() + 1);
}

bool SaysTheSame(const meta::ImmutabilityRule& a, const meta::ImmutabilityRule& b) {
  const auto values = [](const meta::ImmutabilityRule& rule) {
    return std::tie(rule.repository_pattern, rule.repository_excludes, rule.tag_pattern,
                    rule.tag_excludes, rule.is_flag);
  };
  return values(a) == values(b);
}

Error Immutable(const meta::RepositoryKey& key, std::string_view tag, std::string_view what) {
  const std::string name(key.name());
  return Error(Code::kFailedPrecondition, "tag_immutable",
               "The image tag '" + std::string(tag) + "' already exists in the '" + name +
                   "' repository and cannot be " + std::string(what) +
                   " because the tag is immutable.")
      .With("name", name)
      .With("tag", std::string(tag));
}

}  // namespace

bool MayMoveTag(const TagRules& rules, std::string_view tag, bool locked) {
  return !IsImmutableByMode(rules.settings, tag) && MayDeleteTag(rules, tag, locked);
}

bool MayDeleteTag(const TagRules& rules, std::string_view tag, bool locked) {
  return !locked && !IsImmutableByRule(rules, tag);
}

Result<TagRules> ReadTagRules(db::Tx& tx, const meta::RepositoryKey& key,
                              meta::RepositoryId repository) {
  TagRules rules;
  TRY_ASSIGN(rules.settings, meta::ReadRepositorySettings(tx, repository));
  TRY_ASSIGN(rules.rules,
             meta::ListImmutabilityRules(tx, key.account_id(), std::string(key.project())));
  rules.repository = BehindProject(key);
  return rules;
}

Error TagImmutable(const meta::RepositoryKey& key, std::string_view tag) {
  return Immutable(key, tag, "overwritten");
}

Error TagUndeletable(const meta::RepositoryKey& key, std::string_view tag) {
  return Immutable(key, tag, "deleted");
}

Result<std::vector<meta::ImmutabilityRule>> Immutability::Rules(const iam::AccountId& account,
                                                                const std::string& project) {
  std::vector<meta::ImmutabilityRule> rules;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(rules, meta::ListImmutabilityRules(tx, account, project));
    return Ok();
  }));
  std::erase_if(rules, [](const meta::ImmutabilityRule& rule) { return rule.is_flag; });
  return rules;
}

Result<meta::ImmutabilityRule> Immutability::Add(const iam::AccountId& account,
                                                 const std::string& project,
                                                 const meta::ImmutabilityRule& rule) {
  for (const std::string* pattern : {&rule.repository_pattern, &rule.tag_pattern}) {
    if (!pattern->empty() && pattern->size() <= kPatternBytesMax) continue;
    return InvalidArgument("pattern_invalid",
                           "a pattern has 1 to 255 bytes, not \"" + *pattern + "\"");
  }
  meta::ImmutabilityRule stored = rule;
  stored.created_at = store_.clock.Now();
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto rules, meta::ListImmutabilityRules(tx, account, project));
    for (const auto& other : rules) {
      if (!SaysTheSame(other, stored)) continue;
      return Error(Code::kAlreadyExists, "rule_exists",
                   "rule " + std::to_string(other.id.value) + " says the same")
          .With("id", std::to_string(other.id.value));
    }
    if (!stored.is_flag && rules.size() >= kImmutabilityRulesMax) {
      return Error(Code::kResourceExhausted, "too_many_rules",
                   "a project has at most " + std::to_string(kImmutabilityRulesMax) +
                       " rules of immutability");
    }
    TRY_ASSIGN(stored.id, meta::InsertImmutabilityRule(tx, store_.ids, account, project, stored));
    return Ok();
  }));
  return stored;
}

Result<void> Immutability::Remove(const iam::AccountId& account, const std::string& project,
                                  meta::RuleId id) {
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool removed, meta::DeleteImmutabilityRule(tx, account, project, id));
    if (removed) return Ok();
    return NotFound("rule_unknown", "the project has no rule " + std::to_string(id.value))
        .With("id", std::to_string(id.value));
  });
}

Result<bool> Immutability::Flag(const iam::AccountId& account, const std::string& project) {
  bool immutable = false;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto rules, meta::ListImmutabilityRules(tx, account, project));
    immutable = std::any_of(rules.begin(), rules.end(),
                            [](const meta::ImmutabilityRule& rule) { return rule.is_flag; });
    return Ok();
  }));
  return immutable;
}

Result<void> Immutability::SetFlag(const iam::AccountId& account, const std::string& project,
                                   bool immutable) {
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto rules, meta::ListImmutabilityRules(tx, account, project));
    const auto flag =
        std::find_if(rules.begin(), rules.end(), [](const auto& rule) { return rule.is_flag; });
    if (immutable == (flag != rules.end())) return Ok();
    if (!immutable) {
      TRY(meta::DeleteImmutabilityRule(tx, account, project, flag->id));
      return Ok();
    }
    meta::ImmutabilityRule rule;
    rule.is_flag = true;
    rule.created_at = store_.clock.Now();
    TRY(meta::InsertImmutabilityRule(tx, store_.ids, account, project, rule));
    return Ok();
  });
}

}  // namespace gantry::core
