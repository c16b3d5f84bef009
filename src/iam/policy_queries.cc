#include "iam/policy_queries.h"

#include <algorithm>
#include <utility>

namespace gantry::iam {
namespace {

// By how many of principal, action, resource and conditions the statement misses the request.
int Misses(const Statement& statement, const Request& request) {
  return (statement.NamesPrincipal(request.principal) ? 0 : 1) +
         (statement.actions.Has(request.action) ? 0 : 1) +
         (statement.NamesResource(request.resource) ? 0 : 1) +
         (statement.ConditionsHold(request) ? 0 : 1);
}

void ExplainSide(const PolicySet& set, const Request& request, bool own_side,
                 Explanation& explanation) {
  const Decision& decision = explanation.decision;
  uint32_t number = 0;
  for (const Statement& statement : set.statements()) {
    const bool decided = decision.statement == number++ && decision.own_side == own_side;
    if (Misses(statement, request) > 1) continue;
    explanation.statements.push_back({.title = statement.Title(),
                                      .effect = statement.effect,
                                      .applies = statement.Check(request),
                                      .own_side = own_side,
                                      .decided = decided});
  }
}

std::string Sentence(const Decision& decision, const PolicySet& set, bool across) {
  const std::string account = "account " + std::string(set.account().text());
  const std::string side = across ? " in " + account : "";
  const bool by_rule = decision.statement == Decision::kNone;
  const std::string title = by_rule ? "" : set.statements()[decision.statement].Title();
  switch (decision.kind) {
    case DecisionKind::kExplicitDeny:
      return "denied: " + title + " denies it" + side;
    case DecisionKind::kNoStatement:
      return "denied: no statement" + (across ? " of " + account : "") + " allows it";
    case DecisionKind::kOutOfScope:
      return "denied: the session is narrowed to other actions or resources";
    case DecisionKind::kAllowed:
      break;
  }
  if (by_rule) return "allowed: every authenticated principal may have its own token";
  return "allowed: " + title + " allows it" + side;
}

template <typename Pattern, typename ToText>
std::string AllBut(const std::vector<Pattern>& patterns, const ToText& to_text) {
  std::string text = "all but ";
  for (size_t i = 0; i < patterns.size(); ++i) text += (i == 0 ? "" : ", ") + to_text(patterns[i]);
  return text;
}

// Unconditional denies of what `names` says yes to.
template <typename Names>
std::vector<const Statement*> FirmDenies(const PolicySet& set, const Names& names) {
  std::vector<const Statement*> denies;
  for (const Statement& statement : set.statements()) {
    if (statement.effect == Effect::kDeny && !statement.HasConditions() && names(statement)) {
      denies.push_back(&statement);
    }
  }
  return denies;
}

bool DeniesAllOf(const Statement& deny, const PrincipalPattern& pattern) {
  return !deny.principals_inverted &&
         std::any_of(deny.principals.begin(), deny.principals.end(),
                     [&](const PrincipalPattern& denied) { return denied.Covers(pattern); });
}

bool DeniesAllOf(const Statement& deny, const ResourcePattern& pattern) {
  return !deny.resources_inverted && deny.within.Covers(pattern) &&
         std::any_of(deny.resources.begin(), deny.resources.end(),
                     [&](const ResourcePattern& denied) { return denied.Covers(pattern); });
}

// What a statement is about, one pattern each: the narrower of where it stands and what it names.
std::vector<ResourcePattern> Narrowed(const Statement& statement) {
  std::vector<ResourcePattern> patterns;
  for (const ResourcePattern& pattern : statement.resources) {
    patterns.push_back(pattern.Covers(statement.within) ? statement.within : pattern);
  }
  return patterns;
}

void AddReachable(const Statement& statement, const std::vector<const Statement*>& denies,
                  std::vector<Reachable>& reachable) {
  Reachable line{.resources = "",
                 .actions = statement.actions - ActionSet{Action::kTokenIssue},
                 .effect = statement.effect,
                 .conditional = statement.HasConditions(),
                 .title = statement.Title()};
  if (statement.resources_inverted) {
    line.resources =
        AllBut(statement.resources, [](const auto& pattern) { return pattern.Text(); });
    reachable.push_back(std::move(line));
    return;
  }
  for (const ResourcePattern& pattern : Narrowed(statement)) {
    if (pattern.kind() == ResourcePattern::Kind::kNothing) continue;
    Reachable one = line;
    one.resources = pattern.Text();
    for (const Statement* deny : denies) {
      if (DeniesAllOf(*deny, pattern)) one.actions = one.actions - deny->actions;
    }
    if (!one.actions.empty()) reachable.push_back(std::move(one));
  }
}

}  // namespace

Explanation Explain(const PolicySet& own, const PolicySet& target, const Request& request) {
  const bool across = own.account() != target.account();
  Explanation explanation;
  explanation.decision = DecideAcross(own, target, request);
  const PolicySet& decider = explanation.decision.own_side ? own : target;
  explanation.sentence = Sentence(explanation.decision, decider, across);
  if (across) ExplainSide(own, request, true, explanation);
  ExplainSide(target, request, false, explanation);
  return explanation;
}

std::vector<Grantee> WhoCan(const PolicySet& set, Action action, const Resource& resource) {
  const auto names = [&](const Statement& statement) {
    return statement.actions.Has(action) && statement.NamesResource(resource);
  };
  const auto denies = FirmDenies(set, names);
  std::vector<Grantee> grantees;
  std::vector<Grantee> denied;
  for (const Statement& statement : set.statements()) {
    if (!names(statement)) continue;
    const auto text = [&](const PrincipalPattern& pattern) { return pattern.Text(set.account()); };
    auto& list = statement.effect == Effect::kAllow ? grantees : denied;
    const auto add = [&](std::string principals) {
      list.push_back({.principals = std::move(principals),
                      .effect = statement.effect,
                      .conditional = statement.HasConditions(),
                      .title = statement.Title()});
    };
    if (statement.principals_inverted) {
      add(AllBut(statement.principals, text));
      continue;
    }
    for (const PrincipalPattern& pattern : statement.principals) {
      const bool gone = statement.effect == Effect::kAllow &&
                        std::any_of(denies.begin(), denies.end(), [&](const Statement* deny) {
                          return DeniesAllOf(*deny, pattern);
                        });
      if (!gone && pattern.form() != PrincipalPattern::Form::kNobody) add(text(pattern));
    }
  }
  grantees.insert(grantees.end(), std::make_move_iterator(denied.begin()),
                  std::make_move_iterator(denied.end()));
  return grantees;
}

std::vector<Reachable> Reach(const PolicySet& set, const Principal& principal) {
  const auto names = [&](const Statement& statement) {
    return statement.NamesPrincipal(principal);
  };
  const auto denies = FirmDenies(set, names);
  std::vector<Reachable> reachable;
  for (const Effect effect : {Effect::kAllow, Effect::kDeny}) {
    for (const Statement& statement : set.statements()) {
      if (statement.effect != effect || !names(statement)) continue;
      AddReachable(statement, effect == Effect::kAllow ? denies : decltype(denies)(), reachable);
    }
  }
  return reachable;
}

}  // namespace gantry::iam
