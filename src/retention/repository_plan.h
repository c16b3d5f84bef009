#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/lifecycle.h"
#include "meta/repository_key.h"
#include "retention/planner.h"
#include "retention/repository_images.h"

namespace gantry::retention {

// The policies of a repository: of ECR's form the nearest one, of the others that of its project.
struct RepositoryPolicies {
  std::vector<Policy> policies;
  std::vector<meta::LifecyclePolicyRow> rows;  // in the same order
};
Result<RepositoryPolicies> ReadRepositoryPolicies(db::Tx& tx, const meta::RepositoryKey& key);

// What happens to the images of a repository, and why. A value.
struct RepositoryPlan {
  std::vector<Policy> policies;
  RepositoryImages repository;
  std::vector<Verdict> verdicts;
  std::vector<uint32_t> order;  // of those that are acted on: an index before what it lists
  // Names what is acted on, in which way and by which rule: the same for the same plan.
  std::string fingerprint;
  // When nothing is acted on: when that may change, if that can be said.
  std::optional<Planner::Outlook> outlook;

  const Image& image(uint32_t position) const { return repository.images[position]; }
  // The name of the rule that decided; "".
  std::string RuleName(uint32_t position) const;
  std::string Reason(uint32_t position) const;
};
RepositoryPlan MakePlan(const meta::RepositoryKey& key, std::vector<Policy> policies,
                        RepositoryImages repository, Time now);

}  // namespace gantry::retention
