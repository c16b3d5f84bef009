#pragma once

#include <string>
#include <string_view>

#include "api/admin/call.h"
#include "base/result.h"
#include "iam/action.h"
#include "iam/policy_set.h"
#include "iam/principal.h"
#include "iam/resource.h"

// Nobody gives what he does not have. Whoever binds a role, writes a policy, or gets hold of
// another principal (a password, a key, a membership) must be allowed everything that this gives,
// where it gives it. Denies do not count: a freeze for everybody must not keep administrators from
// writing policies, and it holds for whom they write them, too. All refuse with
// permission_denied/role_not_allowed and name what is missing.
namespace gantry::api::admin {

// Every action of `actions` that means something at `scope`.
Result<void> RequireActions(const Call& call, iam::ActionSet actions, const iam::Resource& scope);

// All that the allowances of a set give; for one that holds just what is about to be added.
Result<void> RequireGrants(const Call& call, const iam::PolicySet& grants);

// All that the account's policies give to the principal and not to the caller by the same
// statement.
Result<void> RequirePowersOf(const Call& call, const iam::Principal& principal);
// The same of a user as stored with its groups, of a robot, of the members of a group, of all
// workloads of a trust. There need not be one of that name: policies may name it already.
Result<void> RequirePowersOfUser(const Call& call, const std::string& user);
Result<void> RequirePowersOfRobot(const Call& call, const std::string& robot);
Result<void> RequirePowersOfGroup(const Call& call, const std::string& group);
Result<void> RequirePowersOfTrust(const Call& call, const std::string& trust);
// Of "user:alice" or "robot:ci".
Result<void> RequirePowersOfOwner(const Call& call, const std::string& owner);

}  // namespace gantry::api::admin
