#include "retention/repository_plan.h"

#include <algorithm>
#include <utility>

#include "oci/digest.h"

namespace gantry::retention {
namespace {

// Repositories know better than projects, projects better than the account.
int Nearness(const meta::LifecyclePolicyRow& row) {
  if (row.scope_kind == "repository") return 2;
  return row.scope_kind == "project" ? 1 : 0;
}

std::string_view NameInProject(const meta::RepositoryKey& key) {
  std::string_view name = key.name();
  if (!key.project().empty()) name.remove_prefix(key.project().size() + 1);
  return name;
}

std::string FingerprintOf(const RepositoryPlan& plan) {
  std::string text;
  for (const Policy& policy : plan.policies) text += policy.text + '\n';
  std::vector<uint32_t> sorted = plan.order;  // positions are in order of digests
  std::sort(sorted.begin(), sorted.end());
  for (const uint32_t position : sorted) {
    text += plan.image(position).digest;
    text += ' ';
    text += OutcomeName(plan.verdicts[position].outcome);
    text += ' ' + plan.RuleName(position) + '\n';
  }
  return std::string(oci::Digest::Of(oci::Algorithm::kSha256, text).hex().substr(0, 32));
}

}  // namespace

Result<RepositoryPolicies> ReadRepositoryPolicies(db::Tx& tx, const meta::RepositoryKey& key) {
  TRY_ASSIGN(std::vector<meta::LifecyclePolicyRow> rows, meta::LifecyclePoliciesFor(tx, key));
  RepositoryPolicies result;
  for (const Form form : {Form::kEcr, Form::kCleanup, Form::kHarbor}) {
    const meta::LifecyclePolicyRow* nearest = nullptr;
    for (const auto& row : rows) {
      if (row.form != FormName(form)) continue;
      if (nearest == nullptr || Nearness(row) > Nearness(*nearest)) nearest = &row;
    }
    if (nearest == nullptr) continue;
    TRY_ASSIGN(Policy policy, ParsePolicy(form, nearest->body));
    result.policies.push_back(std::move(policy));
    result.rows.push_back(*nearest);
  }
  return result;
}

std::string RepositoryPlan::RuleName(uint32_t position) const {
  const Verdict& verdict = verdicts[position];
  if (verdict.policy == Verdict::kNoPosition || verdict.rule == Verdict::kNoPosition) return "";
  return policies[verdict.policy].rules[verdict.rule].name;
}

std::string RepositoryPlan::Reason(uint32_t position) const {
  std::vector<const Policy*> pointers;
  for (const Policy& policy : policies) pointers.push_back(&policy);
  return Explain(pointers, repository.images, verdicts[position]);
}

RepositoryPlan MakePlan(const meta::RepositoryKey& key, std::vector<Policy> policies,
                        RepositoryImages repository, Time now) {
  RepositoryPlan plan;
  plan.policies = std::move(policies);
  plan.repository = std::move(repository);
  std::vector<const Policy*> pointers;
  for (const Policy& policy : plan.policies) pointers.push_back(&policy);
  Planner planner(std::move(pointers));
  const auto verdicts = planner.Plan(NameInProject(key), plan.repository.images, now);
  plan.verdicts.assign(verdicts.begin(), verdicts.end());
  for (const uint32_t position : planner.Order()) {
    if (plan.verdicts[position].outcome != Outcome::kKeep) plan.order.push_back(position);
  }
  plan.fingerprint = FingerprintOf(plan);
  if (plan.order.empty()) plan.outlook = planner.LookAhead(plan.repository.images, now);
  return plan;
}

}  // namespace gantry::retention
