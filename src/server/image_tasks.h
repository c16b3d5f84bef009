#pragma once

#include <vector>

#include "core/pulls.h"
#include "core/store.h"
#include "jobs/scheduler.h"
#include "metrics/metrics.h"

namespace gantry::server {

// What returns every minute for images: the times of pulls are written down, pins end, and sources
// of pins that have fallen silent are reported (a line of the log when one falls silent, and the
// gauge gantry_pin_sources_silent). Everything passed outlives the tasks.
std::vector<jobs::Task> MakeImageTasks(const core::Store& store, core::Pulls& pulls,
                                       metrics::Registry& registry);

}  // namespace gantry::server
