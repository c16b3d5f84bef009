#pragma once

#include "core/statistics.h"
#include "core/uploads.h"
#include "metrics/metrics.h"

namespace gantry::server {

// What is stored and what is under way, read when /metrics is asked for: sizes and counts, bytes
// that a collection would free, free space, uploads in flight. References outlive the registry's
// last Render.
void AddStoreMetrics(metrics::Registry& registry, core::Statistics& statistics,
                     const core::Uploads& uploads);

}  // namespace gantry::server
