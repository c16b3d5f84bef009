#include "iam/policy_set.h"

#include <utility>

#include "base/assert.h"
#include "iam/scopes.h"

namespace gantry::iam {
namespace {

Decision Narrow(Decision decision, const Request& request) {
  if (decision.allowed() && request.scopes != nullptr &&
      !request.scopes->Allows(request.action, request.resource)) {
    decision.kind = DecisionKind::kOutOfScope;
  }
  return decision;
}

}  // namespace

std::string_view DecisionKindText(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::kNoStatement:
      return "not allowed by any statement";
    case DecisionKind::kAllowed:
      return "allowed";
    case DecisionKind::kExplicitDeny:
      return "explicitly denied";
    case DecisionKind::kOutOfScope:
      return "outside of the session's scopes";
  }
  return {};
}

PolicySet::PolicySet(const AccountId& account, uint64_t version, std::vector<Statement> statements)
    : account_(account), version_(version), statements_(std::move(statements)) {
  digests_.reserve(statements_.size());
  for (const Statement& statement : statements_) {
    index_.Add(static_cast<uint32_t>(digests_.size()), statement);
    digests_.push_back({statement.actions, statement.effect == Effect::kDeny, statement.IsFixed(),
                        statement.HasConditions()});
  }
}

PolicySet::Verdict PolicySet::Judge(const Request& request) const {
  Verdict verdict;
  Decision& decision = verdict.decision;
  bool fixed_allow = false;    // an allowance that holds whatever the context is
  bool varying_allow = false;  // a statement that allows in some contexts
  bool varying_other = false;  // one that does more in some contexts: denies, or reaches everywhere
  index_.ForEach(request.principal, request.resource, [&](uint32_t number) {
    const Digest& digest = digests_[number];
    if (!digest.actions.Has(request.action)) return true;
    const Statement& statement = statements_[number];
    if (!statement.NamesPrincipal(request.principal) ||
        !statement.NamesResource(request.resource)) {
      return true;
    }
    if (!digest.fixed) {
      (digest.denies || statement.every_account ? varying_other : varying_allow) = true;
    }
    if (digest.conditional && !statement.ConditionsHold(request)) return true;
    if (digest.denies) {
      decision.kind = DecisionKind::kExplicitDeny;
      decision.statement = number;
      decision.cacheable = digest.fixed;
      return false;
    }
    fixed_allow = fixed_allow || digest.fixed;
    verdict.every_account = verdict.every_account || statement.every_account;
    if (decision.statement == Decision::kNone) {
      decision.kind = DecisionKind::kAllowed;
      decision.statement = number;
    }
    return true;
  });
  if (decision.kind == DecisionKind::kExplicitDeny) return verdict;
  const Principal& principal = request.principal;
  if (request.action == Action::kTokenIssue && !principal.IsAnonymous() &&
      principal.account == request.resource.account()) {
    decision.kind = DecisionKind::kAllowed;
    fixed_allow = true;
  }
  decision.cacheable = !varying_other && (fixed_allow || !varying_allow);
  return verdict;
}

Decision PolicySet::Decide(const Request& request) const {
  return Narrow(Judge(request).decision, request);
}

Decision DecideAcross(const PolicySet& own, const PolicySet& target, const Request& request) {
  GANTRY_ASSERT(own.account() == request.principal.account);
  GANTRY_ASSERT(target.account() == request.resource.account());
  if (own.account() == target.account()) return target.Decide(request);
  const PolicySet::Verdict ours = own.Judge(request);
  Decision here = ours.decision;
  here.own_side = true;
  const Decision there = target.Judge(request).decision;
  const bool cacheable = here.cacheable && there.cacheable;
  here.cacheable = cacheable;
  if (here.kind == DecisionKind::kExplicitDeny) return here;
  const bool theirs =
      there.kind == DecisionKind::kExplicitDeny || (here.allowed() && !ours.every_account);
  Decision decision = theirs ? there : here;
  decision.cacheable = cacheable;
  return Narrow(decision, request);
}

}  // namespace gantry::iam
