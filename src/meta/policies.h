#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"
#include "meta/repository_key.h"

// Queries over what says who may do what: custom roles, bindings of roles, policy documents. Texts
// are kept as iam/ checked them. Changes raise the account's version of policies.
namespace gantry::meta {

// What a binding or document is attached to.
struct PolicyScope {
  std::string kind;  // "account", "project", "repository"; of documents also the two below
  std::string name;  // "" of an account; of others its name within the account
  auto operator<=>(const PolicyScope&) const = default;
};

// A document of whom a principal's text means, "user:alice" or "group:devs", and one of a custom
// role, by the role's name.
inline constexpr const char* kPrincipalScope = "principal";
inline constexpr const char* kRoleScope = "role";

// What was attached to a repository that is in the trash, by the id of the deletion: it says
// nothing to anybody, and is in no list of an account's.
PolicyScope ScopeOfTrash(TrashId trash);
PolicyScope ScopeOf(const RepositoryKey& repository);

struct Role {
  std::string name;
  std::string description;
  std::string actions;  // names separated by blanks
  Time created_at;
};

struct RoleBinding {
  BindingId id;
  PolicyScope scope;
  std::string role;
  std::string principal;  // a pattern
  std::string condition;  // "": none
  Time created_at;
};

struct PolicyDocument {
  PolicyScope scope;
  std::string name;
  std::string form;  // "iam", "bindings"
  std::string body;
  std::string etag;  // of this version
  Time updated_at;
};

// Inserts or replaces (created_at stays).
Result<void> PutRole(db::Tx& tx, const iam::AccountId& account, const Role& role);
// With its documents. False: there was none. Bindings of it stay and bind nothing.
Result<bool> DeleteRole(db::Tx& tx, const iam::AccountId& account, const std::string& name);
// By name.
Result<std::vector<Role>> ListRoles(db::Tx& tx, const iam::AccountId& account);

// `binding.id` is not looked at. nullopt: there is an equal one already.
Result<std::optional<BindingId>> AddRoleBinding(db::Tx& tx, IdGenerator& ids,
                                                const iam::AccountId& account,
                                                const RoleBinding& binding);
Result<bool> DeleteRoleBinding(db::Tx& tx, const iam::AccountId& account, BindingId id);
// All of one principal's text; used where the principal goes.
Result<void> DeleteRoleBindingsOf(db::Tx& tx, const iam::AccountId& account,
                                  const std::string& principal);
// By scope.
Result<std::vector<RoleBinding>> ListRoleBindings(db::Tx& tx, const iam::AccountId& account);
Result<std::vector<RoleBinding>> ListRoleBindings(db::Tx& tx, const iam::AccountId& account,
                                                  const PolicyScope& scope);

// Inserts or replaces. With `expected_etag`, only when the document there has it ("": there is
// none); false: it has another.
Result<bool> PutPolicyDocument(db::Tx& tx, IdGenerator& ids, const iam::AccountId& account,
                               const PolicyDocument& document,
                               const std::optional<std::string>& expected_etag);
Result<std::optional<PolicyDocument>> FindPolicyDocument(db::Tx& tx, const iam::AccountId& account,
                                                         const PolicyScope& scope,
                                                         const std::string& name);
Result<bool> DeletePolicyDocument(db::Tx& tx, const iam::AccountId& account,
                                  const PolicyScope& scope, const std::string& name);
// By scope and name.
Result<std::vector<PolicyDocument>> ListPolicyDocuments(db::Tx& tx, const iam::AccountId& account);
// All bindings and documents of one scope; used where what they are attached to goes.
Result<void> DeletePoliciesOf(db::Tx& tx, const iam::AccountId& account, const PolicyScope& scope);
// Attaches all bindings and documents of `from` to `to`, except where an equal binding or a
// document of the name is there.
Result<void> MovePolicies(db::Tx& tx, const iam::AccountId& account, const PolicyScope& from,
                          const PolicyScope& to);

}  // namespace gantry::meta
