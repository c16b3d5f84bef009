#pragma once

#include <cstdint>

#include "base/result.h"
#include "core/store.h"

namespace gantry::core {

// Sums over the installation, exact at a commit.
struct StorageSummary {
  int64_t manifests = 0;
  int64_t tags = 0;
  int64_t blobs = 0;
  int64_t blob_bytes = 0;         // each digest once
  int64_t reclaimable_links = 0;  // links that no manifest needs, running leases included
  int64_t reclaimable_bytes = 0;
  int64_t free_bytes = 0;  // of the blob store's medium
  int64_t total_bytes = 0;
};

// Threads: all methods from any thread; all block.
class Statistics {
 public:
  explicit Statistics(const Store& store) : store_(store) {}

  // Costs O(garbage), not O(store).
  Result<StorageSummary> Summarize();

 private:
  Store store_;
};

}  // namespace gantry::core
