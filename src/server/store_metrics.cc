#include "server/store_metrics.h"

#include <cstdint>

namespace gantry::server {
namespace {

struct Row {
  const char* name;
  const char* help;
  int64_t core::StorageSummary::*value;
};

constexpr Row kRows[] = {
    {"gantry_store_manifests", "Manifests, without those in the trash.",
     &core::StorageSummary::manifests},
    {"gantry_store_tags", "Tags.", &core::StorageSummary::tags},
    {"gantry_store_blobs", "Blobs, each digest once.", &core::StorageSummary::blobs},
    {"gantry_store_blob_bytes", "Bytes of blobs, each digest once.",
     &core::StorageSummary::blob_bytes},
    {"gantry_store_reclaimable_links",
     "Blobs of repositories that no manifest needs, those in their grace period included.",
     &core::StorageSummary::reclaimable_links},
    {"gantry_store_reclaimable_bytes", "Their bytes.", &core::StorageSummary::reclaimable_bytes},
    {"gantry_store_free_bytes", "Free space of the blob store.", &core::StorageSummary::free_bytes},
    {"gantry_store_total_bytes", "Size of the blob store's medium.",
     &core::StorageSummary::total_bytes},
};

// A summary that cannot be read leaves its families out; /readyz says why.
void WriteSummary(core::Statistics& statistics, metrics::TextWriter& writer) {
  const Result<core::StorageSummary> summary = statistics.Summarize();
  if (!summary.ok()) return;
  for (const Row& row : kRows) {
    writer.Family(row.name, row.help, metrics::Type::kGauge);
    writer.Sample({}, (*summary).*row.value);
  }
}

}  // namespace

void AddStoreMetrics(metrics::Registry& registry, core::Statistics& statistics,
                     const core::Uploads& uploads) {
  registry.AddCollector(
      [&statistics](metrics::TextWriter& writer) { WriteSummary(statistics, writer); });
  registry.AddGauge("gantry_uploads_open", "Uploads that this process holds open.",
                    [&uploads] { return static_cast<double>(uploads.open()); });
}

}  // namespace gantry::server
