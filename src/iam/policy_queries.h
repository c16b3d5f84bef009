#pragma once

#include <string>
#include <vector>

#include "iam/policy_set.h"

namespace gantry::iam {

// One statement that was looked at for a request.
struct ExplainedStatement {
  std::string title;  // its id and where it stands
  Effect effect = Effect::kAllow;
  Applies applies = Applies::kYes;
  bool own_side = false;  // of the caller's account, where that is another than the resource's
  bool decided = false;
};

struct Explanation {
  Decision decision;
  std::string sentence;  // "denied: statement "x" of the repository policy of app denies it"
  // Those that apply, and those that fail by one thing only; in the order of the sets.
  std::vector<ExplainedStatement> statements;
};

// The decision of DecideAcross, and why. O(statements). REQUIRES as there.
Explanation Explain(const PolicySet& own, const PolicySet& target, const Request& request);

// One side of an answer to "who can?".
struct Grantee {
  std::string principals;  // a pattern, as PrincipalPattern::Text; "all but A, B" for NotPrincipal
  Effect effect = Effect::kAllow;
  bool conditional = false;  // depends on a condition
  std::string title;         // of the statement
};

// Who may do `action` to `resource`, as far as the account of the resource is concerned: allowances
// that no unconditional deny takes away altogether, then the denies. O(statements).
std::vector<Grantee> WhoCan(const PolicySet& set, Action action, const Resource& resource);

// One line of what a principal reaches.
struct Reachable {
  std::string resources;  // a pattern, as ResourcePattern::Text; "all but A, B" for NotResource
  ActionSet actions;
  Effect effect = Effect::kAllow;
  bool conditional = false;
  std::string title;
};

// What the account lets the principal do, and where: allowances less what unconditional denies take
// away altogether, then the denies. Without token:Issue, which everybody has. O(statements).
std::vector<Reachable> Reach(const PolicySet& set, const Principal& principal);

}  // namespace gantry::iam
