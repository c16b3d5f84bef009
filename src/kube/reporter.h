#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/back_off.h"
#include "kube/registry.h"
#include "kube/tag_digests.h"
#include "kube/watcher.h"
#include "log/log.h"

namespace gantry::kube {

// Tells the registry what the cluster's state needs: all of it at the start, once an hour and when
// the registry does not know us, else what has changed. Nothing is taken back before the whole
// cluster was seen and every tag was asked for. Digests are told within a second or two; counts of
// pods with the next heartbeat. Threads: one.
class Reporter {
 public:
  // What is given outlives the reporter.
  struct Parts {
    SharedState& shared;
    Registry& registry;
    const Clock& clock;
    log::Logger& logger;
  };
  struct Options {
    std::string cluster;
    Duration heartbeat = Seconds(60);
    Duration resolve = Seconds(300);  // a tag is asked for again after this
  };
  Reporter(Parts parts, Options options)
      : parts_(parts), options_(std::move(options)), tags_(parts.clock, options_.resolve) {}

  // Does what is due; to be called about twice a second. `is_current`: whether the cluster answers;
  // else there is no heartbeat, so that the registry sees a silent cluster. Errors are logged, and
  // tried again after a while.
  void Tick(bool is_current);
  // Tells everything once. failed_precondition/kube_incomplete when a part of the cluster was not
  // seen; the errors of asking for tags (what is known was told then) and of telling.
  Result<void> ReportOnce();

 private:
  Result<void> Resolve(Time now);
  Result<void> Tell(Time now);
  Result<void> TellChanges(PinSet wanted, Time now);
  Result<void> Beat(Time now);
  void Fail(const char* doing, const Error& error, Time now);

  const Parts parts_;
  const Options options_;
  TagDigests tags_;
  std::minstd_rand random_{std::random_device{}()};
  BackOff back_off_;

  PinSet sent_;             // what the registry has of us
  bool all_needed_ = true;  // `sent_` is to be asked for anew
  uint64_t told_state_ = 0;
  uint64_t told_tags_ = 0;
  bool told_ = false;  // the two above are what was told
  std::optional<uint64_t> resolved_state_;
  Time resolved_at_;
  Time all_told_at_;
  Time last_told_at_;
  Time last_sign_at_;  // of life
  Time pause_until_;
};

}  // namespace gantry::kube
