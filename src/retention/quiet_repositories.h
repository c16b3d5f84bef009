#pragma once

#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/lifecycle_marks.h"
#include "meta/repository_key.h"
#include "retention/planner.h"

namespace gantry::retention {

// Remembers repositories in which policies had nothing to do, and sees with a few reads whether
// that is still so: after most pushes it is, and nothing needs to be planned. It may be wrong where
// clocks of nodes differ or a deletion was purged in between: passes that plan everything find what
// it overlooks.
// Threads: all methods from any thread.
class QuietRepositories {
 public:
  // A plan of then found nothing to do; `marks` and the plan are of one snapshot.
  void Note(const meta::RepositoryKey& repository, const meta::LifecycleMarks& marks,
            const Planner::Outlook& outlook, Time planned_at);
  void Forget(const meta::RepositoryKey& repository);

  // False: it is to be planned.
  Result<bool> IsQuiet(db::Tx& tx, const meta::RepositoryKey& repository, Time now);

 private:
  static constexpr size_t kMax = 100'000;  // all are forgotten then

  struct Quiet {
    meta::LifecycleMarks marks;
    Planner::Outlook outlook;
    Time planned_at;
  };

  Mutex mutex_;
  std::unordered_map<std::string, Quiet> quiet_ GUARDED_BY(mutex_);
};

}  // namespace gantry::retention
