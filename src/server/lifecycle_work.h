#pragma once

#include <atomic>
#include <vector>

#include "core/manifests.h"
#include "core/pace.h"
#include "core/store.h"
#include "jobs/scheduler.h"
#include "retention/executor.h"
#include "retention/lifecycle.h"

namespace gantry::server {

// Lifecycle policies at work: the parts that the routes speak to, and the passes over the
// repositories. Threads: as its parts.
class LifecycleWork {
 public:
  // All outlive this; a run ends early once `stopping` is true.
  LifecycleWork(const core::Store& store, core::Manifests& manifests, const core::Traffic& traffic,
                const std::atomic<bool>& stopping);

  retention::Lifecycle& lifecycle() { return lifecycle_; }
  retention::Executor& executor() { return executor_; }

  // Every hour over all repositories, for what grows old; every minute over those that something
  // was pushed to. They refer to this object.
  std::vector<jobs::Task> Tasks();

 private:
  Result<std::string> RunPass(const std::string& cursor, const char* cause, Duration interval,
                              bool all);

  const Clock& clock_;
  retention::Lifecycle lifecycle_;
  retention::Executor executor_;
};

}  // namespace gantry::server
