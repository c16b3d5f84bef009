#pragma once

#include <atomic>
#include <vector>

#include "base/clock.h"
#include "core/collector.h"
#include "core/scrubber.h"
#include "jobs/scheduler.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "server/config.h"

namespace gantry::server {

// The work that returns at the intervals of the configuration: collection and scrub, as far as they
// are switched on. Everything passed outlives the tasks; a scrub stops early once `stopping` is
// true.
std::vector<jobs::Task> MakeTasks(const Config::Storage& config, core::Collector& collector,
                                  core::Scrubber& scrubber, metrics::Registry& registry,
                                  const Clock& clock, log::Logger& logger,
                                  const std::atomic<bool>& stopping);

// Where a scrub of the whole store stands, kept between its pieces as text: "<start> <digest>".
struct ScrubProgress {
  Time started;       // of this pass
  bool done = false;  // the pass is over; the next one starts an interval after `started`
  std::string after;  // the last digest checked
};
std::string FormatScrubProgress(const ScrubProgress& progress);
// "", the progress of a new store, is a pass that ended now: there is nothing old to check. What is
// no progress of ours starts a pass now.
ScrubProgress ParseScrubProgress(const std::string& text, Time now);

}  // namespace gantry::server
