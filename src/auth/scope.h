#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/account_id.h"
#include "iam/action.h"
#include "iam/scopes.h"

namespace gantry::auth {

// One entry of a token's access list, in the words of distribution's token specification
// ("Docker Registry v2 authentication", token scope documentation).
struct Scope {
  iam::AccountId account = iam::AccountId::Default();  // whose repository, whose catalog
  std::string type;                                    // "repository" or "registry"
  std::string name;                  // a repository's name without account; "catalog" of a registry
  std::vector<std::string> actions;  // sorted, none twice: "pull", "push", "delete", "*"

  bool operator==(const Scope&) const = default;
};

// Most entries that one request or token may have.
inline constexpr size_t kScopesMax = 100;

// Entries of "repository:a/b:pull,push registry:catalog:*", separated by blanks; "" is none. All
// are of `account`, that of the host name. Made canonical once, here: entries of one resource are
// merged, sorted by type and name. A type's class in parentheses is dropped ("repository(plugin)").
// Actions that mean nothing here are dropped. Errors: invalid_argument/scope_invalid: not three
// parts, another type, a name that is no repository's name, too many.
Result<std::vector<Scope>> ParseScopes(const iam::AccountId& account, std::string_view text);

// "repository:a/b:pull,push"
std::string ScopeText(const Scope& scope);

// What an entry permits: pull: Pull, List; push: Push, Create, and what a push asks before (Pull,
// List); delete: Delete; "*": all of a repository, or the catalog.
iam::ActionSet ActionsOf(const Scope& scope);

// What a session may do at most, in the words of iam/; nullopt: anything. `project`: the only
// project of `home` it may work in.
std::optional<iam::Scopes> LimitsOf(const std::optional<std::vector<Scope>>& scopes,
                                    const iam::AccountId& home,
                                    const std::optional<std::string>& project);

// What both permit: `wanted` without the entries and actions that are not in `given`.
std::vector<Scope> Intersect(const std::vector<Scope>& wanted, const std::vector<Scope>& given);

}  // namespace gantry::auth
