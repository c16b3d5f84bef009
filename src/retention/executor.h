#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "core/manifests.h"
#include "core/pace.h"
#include "core/store.h"
#include "meta/lifecycle.h"
#include "meta/repository_key.h"
#include "retention/quiet_repositories.h"
#include "retention/repository_plan.h"

namespace gantry::retention {

struct RunRequest {
  std::string cause = "request";  // "schedule", "push", "request"
  // Of the plan that was shown; "": whatever the plan is now.
  std::string fingerprint;
};

// Does what policies say: plans and deletes. What goes, goes into the trash with its reason and the
// id of the run, so that core::Trash::RestoreRun brings all of it back. Deleting is done in small
// commits with pauses, by core's own rules: what was pinned, tagged anew or made immutable since
// the plan was made stays, and is counted as refused.
// Threads: all methods from any thread; all block. Two runs over one repository do no harm.
class Executor {
 public:
  // `traffic` may be nullptr; all outlive this. A run ends early once `stopping` is true.
  Executor(const core::Store& store, core::Manifests& manifests, const core::Traffic* traffic,
           const std::atomic<bool>& stopping);

  // Runs the plan of now over one repository. A run that finds nothing to do is not stored, unless
  // it was requested. not_found/name_unknown; not_found/lifecycle_policy_unknown;
  // failed_precondition/lifecycle_plan_changed, with what changed, when the plan is another than
  // the one that was shown.
  Result<meta::LifecycleRunRow> Run(const meta::RepositoryKey& repository,
                                    const RunRequest& request);

  // One piece of a pass over all repositories that have a policy and have changed since `since`
  // (zero: all, and none is taken for quiet), behind the key `after`. Returns the key to go on
  // behind; "": the pass is over.
  Result<std::string> RunSome(const std::string& after, Time since, const std::string& cause);

 private:
  Result<RepositoryPlan> PlanFor(const meta::RepositoryKey& repository);
  Result<void> CheckShown(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                          const RunRequest& request);
  Result<void> Act(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                   meta::LifecycleRunRow& run);
  Result<void> Expire(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                      meta::LifecycleRunRow& run);
  Result<void> Untag(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                     uint32_t position, meta::LifecycleRunRow& run);
  Result<void> Store(const meta::LifecycleRunRow& run);

  core::Store store_;
  core::Manifests& manifests_;
  const core::Traffic* traffic_;
  const std::atomic<bool>& stopping_;
  QuietRepositories quiet_;
};

}  // namespace gantry::retention
