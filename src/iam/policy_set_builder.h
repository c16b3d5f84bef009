#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/bindings.h"
#include "iam/policy_document.h"
#include "iam/policy_set.h"
#include "iam/role.h"

namespace gantry::iam {

// Collects what makes up one account's PolicySet. An addition that is refused changes nothing.
// In any account but the default one no statement gives system:Operate. Threads: one.
class PolicySetBuilder {
 public:
  explicit PolicySetBuilder(const AccountId& account) : account_(account) {}

  // A custom role, before it is bound. invalid_argument/role_invalid: no name, or a built-in one's;
  // already_exists/role_exists
  Result<void> AddRole(Role role);

  // An identity document of a custom role, as its policy `name`, before the role is bound: whoever
  // the role is given to gets it where, and on the condition on which, he gets the role.
  // not_found/role_unknown
  Result<void> AttachToRole(const PolicyDocument& document, const std::string& role,
                            std::string_view name);

  // Gives `members` the role within `scope`. not_found/role_unknown;
  // permission_denied/role_not_allowed for system-admin anywhere but for the whole of the default
  // account.
  Result<void> Bind(std::string_view role, std::vector<PrincipalPattern> members,
                    const Resource& scope, std::optional<CelExpression> condition = std::nullopt);
  // All of them, or none; errors as above.
  Result<void> AddBindings(const Bindings& bindings, const Resource& scope);

  // A document of a repository, a project or the account, as it was parsed for its scope.
  void AddDocument(const PolicyDocument& document);
  // An identity document, as the policy `name` of whom `principal` means.
  void AttachDocument(const PolicyDocument& document, const PrincipalPattern& principal,
                      std::string_view name);

  void AddStatement(Statement statement);

  std::shared_ptr<const PolicySet> Build(uint64_t version) &&;

 private:
  Result<ActionSet> ActionsOf(std::string_view role, const Resource& scope) const;

  AccountId account_;
  std::map<std::string, ActionSet, std::less<>> roles_;
  std::map<std::string, std::vector<Statement>, std::less<>> role_statements_;  // of documents
  std::vector<Statement> statements_;
};

}  // namespace gantry::iam
