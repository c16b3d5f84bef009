#pragma once

#include <cstdint>

#include "base/result.h"
#include "db/db.h"

// Sums over the whole installation, exact at every commit: rows of the table `counters`. Each
// counter is spread over 16 rows, so that two pushes rarely write the same one; only the sum over
// the rows means something, a single row can be negative.
namespace gantry::meta {

enum class Counter {
  kBlobs,      // "blobs": rows of blobs that are present or quarantined, linked or not
  kBlobBytes,  // "blob_bytes": their bytes, each digest once
  kManifests,  // "manifests": without those in the trash
  kTags,       // "tags": without those in the trash
};

// The name in the table.
const char* CounterName(Counter counter);

// Adds `change` to the row that `row_id` (of the row that comes or goes; any id does) selects: its
// remainder by 16.
Result<void> AddToCounter(db::Tx& tx, Counter counter, int64_t row_id, int64_t change);
Result<int64_t> SumCounter(db::Tx& tx, Counter counter);

}  // namespace gantry::meta
