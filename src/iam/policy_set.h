#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "iam/account_id.h"
#include "iam/decision.h"
#include "iam/policy_index.h"
#include "iam/request.h"
#include "iam/statement.h"

namespace gantry::iam {

// All that is decided in one account, as of one version: role bindings, policy documents and
// bindings of the account, its projects and repositories, made by a PolicySetBuilder. Immutable, so
// that requests share it by shared_ptr while a successor is built. Threads: any.
//
// How a decision is made, in this order ("IAM: Policy evaluation logic"):
//   1. a statement that applies and denies: denied
//   2. a statement that applies and allows: allowed; so is an authenticated principal of the
//   account
//      that asks for its own token (token:Issue)
//   3. else denied
//   4. what is allowed and outside of the session's scopes: denied
class PolicySet {
 public:
  const AccountId& account() const { return account_; }
  // What the builder was given; higher for a later state.
  uint64_t version() const { return version_; }
  const std::vector<Statement>& statements() const { return statements_; }

  // What this account says. REQUIRES: the principal or the resource is of this account. Whoever
  // asks on behalf of a principal of another account asks DecideAcross.
  Decision Decide(const Request& request) const;

 private:
  friend class PolicySetBuilder;
  friend Decision DecideAcross(const PolicySet& own, const PolicySet& target,
                               const Request& request);

  // What a scan needs of a statement, dense.
  struct Digest {
    ActionSet actions;
    bool denies;
    bool fixed;  // Statement::IsFixed
    bool conditional;
  };
  // A decision before the session's scopes.
  struct Verdict {
    Decision decision;
    bool every_account = false;  // allowed by a statement that reaches everywhere
  };

  PolicySet(const AccountId& account, uint64_t version, std::vector<Statement> statements);
  Verdict Judge(const Request& request) const;

  AccountId account_;
  uint64_t version_;
  std::vector<Statement> statements_;
  std::vector<Digest> digests_;
  PolicyIndex index_;
};

// A principal of `own` asks for a resource of `target`. Within one account as Decide. Across
// accounts, a deny of either side denies, and both sides must allow: the resource's account by a
// policy that names the principal, its account, or anyone; the principal's own account by a
// document whose Resource names the other account's (or "*": role bindings end at their account).
// Only a system administrator needs no allowance there, though a deny there holds for him too.
// REQUIRES: the principal is of `own`'s account, the resource of `target`'s.
Decision DecideAcross(const PolicySet& own, const PolicySet& target, const Request& request);

}  // namespace gantry::iam
