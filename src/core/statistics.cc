#include "core/statistics.h"

#include "meta/blobs.h"
#include "meta/counters.h"

namespace gantry::core {

Result<StorageSummary> Statistics::Summarize() {
  StorageSummary summary;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(summary.manifests, meta::SumCounter(tx, meta::Counter::kManifests));
    TRY_ASSIGN(summary.tags, meta::SumCounter(tx, meta::Counter::kTags));
    TRY_ASSIGN(summary.blobs, meta::SumCounter(tx, meta::Counter::kBlobs));
    TRY_ASSIGN(summary.blob_bytes, meta::SumCounter(tx, meta::Counter::kBlobBytes));
    TRY_ASSIGN(const auto garbage, meta::CountGarbage(tx));
    summary.reclaimable_links = garbage.links;
    summary.reclaimable_bytes = garbage.link_bytes;
    return Ok();
  }));
  TRY_ASSIGN(const auto space, store_.blobs.FreeSpace());
  summary.free_bytes = space.free_bytes;
  summary.total_bytes = space.total_bytes;
  return summary;
}

}  // namespace gantry::core
