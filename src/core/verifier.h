#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/store.h"

namespace gantry::core {

// One thing that is wrong in a store.
struct Defect {
  std::string what;     // a stable word: "blob_damaged", "blob_missing", or a finding of
                        // meta::CheckConsistency
  std::string subject;  // what is wrong: a digest, a repository, "repository:tag"
  std::string detail;
};

struct Verification {
  int64_t blobs = 0;
  int64_t bytes = 0;
  int64_t orphans = 0;  // blobs that no row knows: harmless, the next scrub removes them
  int64_t uploads = 0;  // in progress
  std::vector<Defect> defects;
};

// Checks a whole store without changing it: the tables against each other, and every blob's bytes
// against its digest. For `gantry verify`, when no server runs; cost O(store).
// `on_progress` is called after each blob.
Result<Verification> VerifyStore(const Store& store,
                                 const std::function<void(const Verification&)>& on_progress);

}  // namespace gantry::core
