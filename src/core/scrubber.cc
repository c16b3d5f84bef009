#include "core/scrubber.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/examine.h"
#include "meta/blobs.h"
#include "meta/removals.h"

namespace gantry::core {
namespace {

constexpr int64_t kBatch = 200;

// Keeps a rate by sleeping after each piece of work.
class Pace {
 public:
  Pace(const Clock& clock, int64_t bytes_per_second)
      : clock_(clock), rate_(bytes_per_second), start_(clock.Monotonic()) {}

  void Spent(int64_t bytes) {
    if (rate_ <= 0) return;
    total_ += bytes;
    const int64_t due_micros = total_ * 1'000'000 / rate_;
    const int64_t ahead_micros = due_micros - (clock_.Monotonic() - start_).micros;
    if (ahead_micros > 0) clock_.Sleep(Micros(ahead_micros));
  }

 private:
  const Clock& clock_;
  const int64_t rate_;
  const Time start_;
  int64_t total_ = 0;
};

Result<void> SetAside(const Store& store, const meta::Blob& blob, BlobCondition condition) {
  log::Failure(store.logger, "blob_damaged")
      .Field("digest", blob.digest.text())
      .Field("condition", condition == BlobCondition::kMissing ? "missing" : "wrong_bytes");
  if (condition == BlobCondition::kDamaged) TRY(store.blobs.Quarantine(blob.digest));
  return store.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto row, meta::FindBlob(tx, blob.digest));
    if (!row || row->state != meta::BlobState::kPresent) return Ok();
    return meta::SetBlobState(tx, row->id, meta::BlobState::kQuarantined);
  });
}

struct StoredBlob {
  oci::Digest digest;
  int64_t size;
};

}  // namespace

Result<ScrubReport> Scrubber::Check(const Options& options) {
  ScrubReport report;
  report.cursor = options.after;
  Pace pace(store_.clock, options.bytes_per_second);
  for (;;) {
    std::vector<meta::Blob> batch;
    TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(batch, meta::ListBlobs(tx, report.cursor, kBatch));
      return Ok();
    }));
    if (batch.empty()) {
      report.cursor.clear();
      return report;
    }
    std::vector<meta::BlobId> verified;
    bool stopped = false;
    for (const auto& blob : batch) {
      report.cursor = blob.digest.text();
      if (blob.state != meta::BlobState::kPresent) continue;
      TRY_ASSIGN(const BlobCondition condition,
                 ExamineBlob(store_.blobs, blob.digest, blob.size,
                             [&](int64_t bytes) { pace.Spent(bytes); }));
      ++report.blobs_checked;
      report.bytes_checked += blob.size;
      if (condition == BlobCondition::kGood) {
        verified.push_back(blob.id);
      } else {
        ++(condition == BlobCondition::kMissing ? report.missing : report.damaged);
        TRY(SetAside(store_, blob, condition));
      }
      stopped = (options.on_progress && !options.on_progress(report)) ||
                (options.bytes_max > 0 && report.bytes_checked >= options.bytes_max);
      if (stopped) break;
    }
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      for (const auto id : verified) TRY(meta::MarkVerified(tx, id, store_.clock.Now()));
      return Ok();
    }));
    if (stopped) return report;
  }
}

Result<void> Scrubber::RemoveOrphans(ScrubReport& report) {
  const Time before = store_.clock.Now() - store_.settings.grace_period;
  std::optional<oci::Digest> after;
  for (;;) {
    std::vector<StoredBlob> old;
    int64_t seen = 0;
    TRY(store_.blobs.List(after, [&](const oci::Digest& digest, int64_t size, Time changed) {
      after = digest;
      if (changed < before) old.push_back({digest, size});
      return ++seen < kBatch;
    }));
    for (const auto& orphan : old) {
      const oci::Digest& digest = orphan.digest;
      const int64_t size = orphan.size;
      // The row kRemoving holds back a push of the same digest while its bytes go (publish.h).
      meta::BlobId row;
      TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
        row = {};
        TRY_ASSIGN(const auto known, meta::FindBlob(tx, digest));
        if (known) return Ok();
        TRY_ASSIGN(row, meta::InsertBlob(tx, store_.ids, digest, size, meta::BlobState::kRemoving,
                                         store_.clock.Now()));
        return Ok();
      }));
      if (!row) continue;
      TRY(store_.blobs.Remove(digest));
      TRY(store_.db.Write(
          [&](db::Tx& tx) { return meta::FinishRemoval(tx, row, digest, store_.clock.Now()); }));
      ++report.orphans;
      report.orphan_bytes += size;
    }
    if (seen < kBatch) return Ok();
  }
}

}  // namespace gantry::core
