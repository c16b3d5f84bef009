#include "core/verifier.h"

#include <utility>

#include "core/examine.h"
#include "meta/blobs.h"
#include "meta/consistency.h"

namespace gantry::core {
namespace {

constexpr int64_t kBatch = 200;

Result<void> CheckTables(const Store& store, Verification& done) {
  TRY_ASSIGN(auto findings, meta::CheckConsistency(store.db));
  for (auto& finding : findings) {
    if (finding.information) continue;
    done.defects.push_back(
        {std::move(finding.what), std::move(finding.subject), std::move(finding.detail)});
  }
  return Ok();
}

Result<void> CheckBlob(const Store& store, const meta::Blob& blob, Verification& done) {
  if (blob.state != meta::BlobState::kPresent) return Ok();
  TRY_ASSIGN(const auto condition,
             ExamineBlob(store.blobs, blob.digest, blob.size, [](int64_t) {}));
  ++done.blobs;
  done.bytes += blob.size;
  if (condition == BlobCondition::kMissing) {
    done.defects.push_back({"blob_missing", blob.digest.text(), "its bytes are not in the store"});
  } else if (condition == BlobCondition::kDamaged) {
    done.defects.push_back({"blob_damaged", blob.digest.text(), "its bytes have another digest"});
  }
  return Ok();
}

// Stored blobs without a row.
Result<void> CountOrphans(const Store& store, Verification& done) {
  std::optional<oci::Digest> after;
  for (;;) {
    std::vector<oci::Digest> page;
    TRY(store.blobs.List(after, [&](const oci::Digest& digest, int64_t, Time) {
      page.push_back(digest);
      return static_cast<int64_t>(page.size()) < kBatch;
    }));
    TRY(store.db.Read([&](db::Tx& tx) -> Result<void> {
      int64_t unknown = 0;
      for (const auto& digest : page) {
        TRY_ASSIGN(const auto row, meta::FindBlob(tx, digest));
        if (!row) ++unknown;
      }
      done.orphans += unknown;
      return Ok();
    }));
    if (static_cast<int64_t>(page.size()) < kBatch) return Ok();
    after = page.back();
  }
}

}  // namespace

Result<Verification> VerifyStore(const Store& store,
                                 const std::function<void(const Verification&)>& on_progress) {
  Verification done;
  TRY(CheckTables(store, done));
  std::string after;
  for (;;) {
    std::vector<meta::Blob> batch;
    TRY(store.db.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(batch, meta::ListBlobs(tx, after, kBatch));
      return Ok();
    }));
    if (batch.empty()) break;
    for (const auto& blob : batch) {
      TRY(CheckBlob(store, blob, done));
      if (on_progress) on_progress(done);
    }
    after = batch.back().digest.text();
  }
  TRY(CountOrphans(store, done));
  TRY(store.blobs.ListUploads([&](const std::string&, Time) { ++done.uploads; }));
  return done;
}

}  // namespace gantry::core
