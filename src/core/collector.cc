#include "core/collector.h"

#include <vector>

#include "meta/blobs.h"
#include "meta/removals.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

constexpr int64_t kBatch = 500;
constexpr int64_t kForgetMax = 10'000;
// A collection works a tenth of the time, so that pulls and pushes have the disk and the processor
// for the rest.
constexpr int64_t kRestFactor = 9;

// Measures a batch from here to Rest().
class Pace {
 public:
  explicit Pace(const Clock& clock) : clock_(clock), begun_(clock.Monotonic()) {}
  void Rest() const { clock_.Sleep(Duration{(clock_.Monotonic() - begun_).micros * kRestFactor}); }

 private:
  const Clock& clock_;
  const Time begun_;
};

}  // namespace

Result<Collection> Collector::Run() {
  MutexLock one_at_a_time(running_);
  Collection done;
  for (;;) {
    const Pace pace(store_.clock);
    TRY_ASSIGN(const int64_t purged, trash_.PurgeExpired(kBatch));
    done.trash_purged += purged;
    if (purged < kBatch) break;
    pace.Rest();
  }
  TRY_ASSIGN(done.uploads_expired, uploads_.Expire());
  for (;;) {
    const Pace pace(store_.clock);
    int64_t unlinked = 0;
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(unlinked, meta::UnlinkUnneeded(tx, store_.clock.Now(), kBatch));
      return Ok();
    }));
    done.links_removed += unlinked;
    if (unlinked < kBatch) break;
    pace.Rest();
  }
  TRY(RemoveUnlinked(done));
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    // Longer than a push may take between publishing and linking (publish.cc).
    TRY(meta::ForgetRemovals(tx, store_.clock.Now() - Hours(1), kForgetMax));
    return Ok();
  }));
  return done;
}

Result<void> Collector::RemoveUnlinked(Collection& done) {
  for (;;) {
    const Pace pace(store_.clock);
    std::vector<meta::Blob> taken;
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      taken.clear();
      TRY_ASSIGN(done.held, meta::AnyHold(tx, store_.clock.Now()));
      if (done.held) return Ok();
      TRY_ASSIGN(taken, meta::TakeUnlinked(tx, kBatch));
      return Ok();
    }));
    if (taken.empty()) return Ok();
    std::vector<oci::Digest> digests;
    for (const auto& blob : taken) digests.push_back(blob.digest);
    TRY(store_.blobs.RemoveAll(digests));
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      for (const auto& blob : taken) {
        TRY(meta::FinishRemoval(tx, blob.id, blob.digest, store_.clock.Now()));
      }
      return Ok();
    }));
    for (const auto& blob : taken) done.bytes_freed += blob.size;
    done.blobs_removed += static_cast<int64_t>(taken.size());
    if (static_cast<int64_t>(taken.size()) < kBatch) return Ok();
    pace.Rest();
  }
}

}  // namespace gantry::core
