#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "core/store.h"

namespace gantry::core {

// What one pass over the blob store found.
struct ScrubReport {
  int64_t blobs_checked = 0;
  int64_t bytes_checked = 0;
  int64_t damaged = 0;  // wrong bytes or wrong length: quarantined, not served any more
  int64_t missing = 0;  // a row without bytes: not served any more
  int64_t orphans = 0;  // bytes without a row, older than the grace period: removed
  int64_t orphan_bytes = 0;
  std::string cursor;  // the last digest checked; "" when the pass is complete
};

// Reads stored blobs and compares them with their digests. What is wrong is moved out of the way
// and counts as absent, so that a push of the same bytes heals it. Threads: Check from one thread
// at a time; the rest of the registry goes on.
class Scrubber {
 public:
  explicit Scrubber(const Store& store) : store_(store) {}

  struct Options {
    // Bytes read per second at most; 0: no limit.
    int64_t bytes_per_second = 0;
    // Where to start (exclusive), and after how many bytes to stop; 0: at the end.
    std::string after;
    int64_t bytes_max = 0;
    // Called after each blob; false stops the pass.
    std::function<bool(const ScrubReport&)> on_progress;
  };
  Result<ScrubReport> Check(const Options& options);

  // Removes bytes in the store that no row knows (a crash between publishing and committing leaves
  // them). Adds to `report`.
  Result<void> RemoveOrphans(ScrubReport& report);

 private:
  Store store_;
};

}  // namespace gantry::core
