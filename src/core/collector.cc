#include "core/collector.h"

#include <vector>

#include "meta/blobs.h"
#include "meta/removals.h"
#include "meta/repositories.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

constexpr int64_t kForgetMax = 10'000;

}  // namespace

Result<Collection> Collector::Run() {
  MutexLock one_at_a_time(running_);
  Collection done;
  Pace pace(store_.clock, traffic_);
  for (;;) {
    TRY_ASSIGN(const int64_t purged, trash_.PurgeExpired(pace.Begin()));
    done.trash_purged += purged;
    if (purged < pace.batch()) break;
    pace.Rest();
  }
  TRY_ASSIGN(done.uploads_expired, uploads_.Expire());
  for (;;) {
    const int64_t batch = pace.Begin();
    int64_t unlinked = 0;
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(unlinked, meta::UnlinkUnneeded(tx, store_.clock.Now(), batch));
      return Ok();
    }));
    done.links_removed += unlinked;
    if (unlinked < batch) break;
    pace.Rest();
  }
  TRY(RemoveUnlinked(pace, done));
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::RemoveDeletedRepositories(tx, kForgetMax));
    return Ok();
  }));
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    // Longer than a push may take between publishing and linking (publish.cc).
    TRY(meta::ForgetRemovals(tx, store_.clock.Now() - Hours(1), kForgetMax));
    return Ok();
  }));
  return done;
}

Result<void> Collector::RemoveUnlinked(Pace& pace, Collection& done) {
  for (;;) {
    TRY_ASSIGN(const int64_t removed, RemoveBatch(pace.Begin(), done));
    if (removed < pace.batch()) return Ok();
    pace.Rest();
  }
}

Result<int64_t> Collector::RemoveBatch(int64_t blobs_max, Collection& done) {
  std::vector<meta::Blob> taken;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    taken.clear();
    TRY_ASSIGN(done.held, meta::AnyHold(tx, store_.clock.Now()));
    if (done.held) return Ok();
    TRY_ASSIGN(taken, meta::TakeUnlinked(tx, blobs_max));
    return Ok();
  }));
  if (taken.empty()) return 0;
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
  return static_cast<int64_t>(taken.size());
}

}  // namespace gantry::core
