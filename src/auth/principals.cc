#include "auth/principals.h"

#include "auth/session.h"
#include "meta/groups.h"
#include "meta/robots.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

using Found = std::optional<CurrentPrincipal>;

Result<Found> FindCurrentUser(db::Tx& tx, const iam::Principal& principal) {
  TRY_ASSIGN(const auto user, meta::FindUser(tx, principal.account, principal.name));
  if (!user || user->disabled) return Found();
  CurrentPrincipal current{principal, std::nullopt, kNever, user->password_must_change};
  TRY_ASSIGN(current.principal.groups, meta::GroupsOf(tx, principal.account, principal.name));
  return Found(std::move(current));
}

Result<Found> FindCurrentRobot(db::Tx& tx, const iam::Principal& principal, Time now) {
  TRY_ASSIGN(const auto robot, meta::FindRobot(tx, principal.account, principal.name));
  if (!robot || robot->disabled) return Found();
  const Time expires_at = robot->expires_at == Time{} ? kNever : robot->expires_at;
  if (now >= expires_at) return Found();
  return Found(CurrentPrincipal{principal, robot->project, expires_at, false});
}

}  // namespace

Result<Found> FindCurrent(db::Tx& tx, const iam::Principal& principal, Time now) {
  switch (principal.kind) {
    case iam::PrincipalKind::kUser:
      return FindCurrentUser(tx, principal);
    case iam::PrincipalKind::kRobot:
      return FindCurrentRobot(tx, principal, now);
    case iam::PrincipalKind::kWorkload:
    case iam::PrincipalKind::kNode:
    case iam::PrincipalKind::kAnonymous:
      break;
  }
  return Found(CurrentPrincipal{principal, std::nullopt, kNever, false});
}

}  // namespace gantry::auth
