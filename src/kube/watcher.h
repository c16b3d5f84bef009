#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "kube/api.h"
#include "kube/cluster_state.h"
#include "log/log.h"

namespace gantry::kube {

// The state that watchers fill and the reporter reads.
struct SharedState {
  Mutex mutex;
  ClusterState state GUARDED_BY(mutex);
};

// Keeps one kind of objects up to date: lists it, watches from there, and lists again where the
// server no longer knows what has changed. Errors are logged and tried again.
// Threads: Run and Step from one; FailingSince from any.
class Watcher {
 public:
  // What is given outlives the watcher.
  struct Parts {
    const Api& api;
    const Registries& registries;
    SharedState& shared;
    const Clock& clock;
    log::Logger& logger;
  };
  Watcher(const Resource& resource, Parts parts) : resource_(resource), parts_(parts) {}

  // Lists, when that is due, else watches until the watch ends. An error was logged; pause before
  // the next step.
  Result<void> Step();
  // Steps until `is_cancelled`, with a pause after each, so that no server that ends a watch at
  // once is asked without end; `pause` returns after that much time, or when it is cancelled.
  void Run(const std::function<bool()>& is_cancelled, const std::function<void(Duration)>& pause);

  // Since when (of the monotonic clock) the server has not answered; nullopt: it does.
  std::optional<Time> FailingSince() const EXCLUDES_LOCK(mutex_);

 private:
  Result<void> List();
  Result<void> Watch();
  void Put(json::Value object);
  void SetAnswering(bool answering) EXCLUDES_LOCK(mutex_);

  const Resource& resource_;
  const Parts parts_;
  std::string version_;  // "": to be listed
  mutable Mutex mutex_;
  std::optional<Time> failing_since_ GUARDED_BY(mutex_);
};

}  // namespace gantry::kube
