#include "api/admin/rights.h"

#include <algorithm>
#include <utility>

#include "meta/groups.h"

namespace gantry::api::admin {
namespace {

using iam::Action;
using iam::ActionSet;

constexpr ActionSet kOfRepository = {Action::kRepositoryPull,   Action::kRepositoryPush,
                                     Action::kRepositoryDelete, Action::kRepositoryList,
                                     Action::kRepositoryCreate, Action::kRepositoryUpdate,
                                     Action::kRepositoryAdmin};
constexpr ActionSet kOfProject =
    kOfRepository | ActionSet{Action::kProjectRead, Action::kProjectCreate, Action::kProjectUpdate,
                              Action::kProjectDelete, Action::kProjectAdmin};

// Actions that can be asked about a resource or about what is in it. Everybody has token:Issue.
ActionSet Meaningful(iam::ResourceKind kind) {
  switch (kind) {
    case iam::ResourceKind::kRepository:
      return kOfRepository;
    case iam::ResourceKind::kProject:
      return kOfProject;
    case iam::ResourceKind::kAccount:
      break;
  }
  return ActionSet::All() - ActionSet{Action::kTokenIssue};
}

// Where a statement gives what it gives: the place it stands at.
iam::Resource PlaceOf(const iam::Statement& statement, const iam::AccountId& account) {
  const iam::ResourcePattern& within = statement.within;
  if (within.IsExact() && within.kind() == iam::ResourcePattern::Kind::kProject) {
    return iam::Resource::Project(account, within.glob());
  }
  if (within.IsExact() && within.kind() == iam::ResourcePattern::Kind::kRepository) {
    return iam::Resource::Repository(account, within.glob());
  }
  return iam::Resource::Account(account);
}

Result<void> RequireStatement(const Call& call, const iam::Statement& statement) {
  if (statement.effect != iam::Effect::kAllow) return Ok();
  return RequireActions(call, statement.actions, PlaceOf(statement, call.account));
}

// Of the account's statements those that `names` says yes to, unless they name the caller as well.
template <typename Names>
Result<void> RequireStatementsThat(const Call& call, const Names& names) {
  TRY_ASSIGN(const auto set, call.services.authorizer.PoliciesOf(call.account));
  for (const iam::Statement& statement : set->statements()) {
    if (!names(statement) || statement.NamesPrincipal(call.session().principal)) continue;
    TRY(RequireStatement(call, statement));
  }
  return Ok();
}

template <typename Names>
Result<void> RequirePatternsThat(const Call& call, const Names& names) {
  return RequireStatementsThat(call, [&](const iam::Statement& statement) {
    return std::any_of(statement.principals.begin(), statement.principals.end(), names);
  });
}

// Whether a name or its glob can begin with `prefix`.
bool MayMean(std::string_view glob, std::string_view prefix) {
  const std::string_view literal = glob.substr(0, glob.find_first_of("*?"));
  const bool whole = literal.size() == glob.size();
  return literal.starts_with(prefix) || (!whole && prefix.starts_with(literal));
}

// Whether a statement allows it to the caller at all times, whatever others deny. A session that is
// narrowed has no more than it is narrowed to.
Result<bool> IsAllowedByStatement(const Call& call, Action action, const iam::Resource& scope) {
  const auth::Session& session = call.session();
  if (session.scopes || session.project) return false;
  TRY_ASSIGN(const auto set, call.services.authorizer.PoliciesOf(call.account));
  return std::any_of(
      set->statements().begin(), set->statements().end(), [&](const iam::Statement& statement) {
        return statement.effect == iam::Effect::kAllow && !statement.HasConditions() &&
               statement.actions.Has(action) && statement.NamesPrincipal(session.principal) &&
               statement.NamesResource(scope);
      });
}

}  // namespace

Result<void> RequireActions(const Call& call, iam::ActionSet actions, const iam::Resource& scope) {
  for (const Action action : (actions & Meaningful(scope.kind())).List()) {
    TRY_ASSIGN(const bool may, call.services.may(call.request, action, scope));
    if (may) continue;
    TRY_ASSIGN(const bool allowed, IsAllowedByStatement(call, action, scope));
    if (allowed) continue;
    return Error(Code::kPermissionDenied, "role_not_allowed",
                 "this gives " + std::string(iam::ActionName(action)) + " on " + scope.Text() +
                     ", which you do not have yourself; ask somebody who has it")
        .With("action", std::string(iam::ActionName(action)))
        .With("resource", scope.Text());
  }
  return Ok();
}

Result<void> RequireGrants(const Call& call, const iam::PolicySet& grants) {
  for (const iam::Statement& statement : grants.statements())
    TRY(RequireStatement(call, statement));
  return Ok();
}

Result<void> RequirePowersOf(const Call& call, const iam::Principal& principal) {
  return RequireStatementsThat(
      call, [&](const iam::Statement& statement) { return statement.NamesPrincipal(principal); });
}

Result<void> RequirePowersOfUser(const Call& call, const std::string& user) {
  iam::Principal principal{
      .account = call.account, .kind = iam::PrincipalKind::kUser, .name = user};
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(principal.groups, meta::GroupsOf(tx, call.account, user));
    return Ok();
  }));
  return RequirePowersOf(call, principal);
}

Result<void> RequirePowersOfRobot(const Call& call, const std::string& robot) {
  return RequirePowersOf(
      call, {.account = call.account, .kind = iam::PrincipalKind::kRobot, .name = robot});
}

Result<void> RequirePowersOfGroup(const Call& call, const std::string& group) {
  return RequirePatternsThat(call, [&](const iam::PrincipalPattern& pattern) {
    return pattern.form() == iam::PrincipalPattern::Form::kGroup &&
           pattern.account() == call.account && pattern.name() == group;
  });
}

Result<void> RequirePowersOfTrust(const Call& call, const std::string& trust) {
  return RequirePatternsThat(call, [&](const iam::PrincipalPattern& pattern) {
    const bool of_workloads = (pattern.form() == iam::PrincipalPattern::Form::kNamed &&
                               pattern.kind() == iam::PrincipalKind::kWorkload) ||
                              pattern.form() == iam::PrincipalPattern::Form::kAttribute;
    return of_workloads && pattern.account() == call.account &&
           MayMean(pattern.name(), trust + "/");
  });
}

Result<void> RequirePowersOfOwner(const Call& call, const std::string& owner) {
  if (owner.starts_with("user:")) return RequirePowersOfUser(call, owner.substr(5));
  if (owner.starts_with("robot:")) return RequirePowersOfRobot(call, owner.substr(6));
  return InvalidArgument(
      "owner_invalid",
      "an access key belongs to user:NAME or robot:NAME, not \"" + owner.substr(0, 64) + "\"");
}

}  // namespace gantry::api::admin
