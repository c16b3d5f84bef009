#pragma once

#include "base/clock.h"
#include "metrics/metrics.h"

namespace gantry::metrics {

// What every Prometheus client tells of its process: process_cpu_seconds_total,
// process_resident_memory_bytes, process_open_fds, process_max_fds, process_start_time_seconds.
// What the kernel does not tell is left out.
void AddProcessMetrics(Registry& registry, Time started);

}  // namespace gantry::metrics
