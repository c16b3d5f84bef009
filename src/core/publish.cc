#include "core/publish.h"

#include "core/epochs.h"
#include "meta/blobs.h"
#include "meta/repositories.h"

namespace gantry::core {
namespace {

constexpr int kAttemptsMax = 200;
constexpr Duration kRemovalPoll = Millis(5);

enum class Outcome { kLinked, kRemoving, kNeedsBytes };

// Links the digest. `published`: its bytes are in the store on behalf of this upload.
Result<Outcome> Link(const Store& store, const oci::RepositoryName& repository,
                     const oci::Digest& digest, int64_t size, bool published) {
  Outcome outcome = Outcome::kLinked;
  const Time now = store.clock.Now();
  TRY(store.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto blob, meta::FindBlob(tx, digest));
    if (blob && blob->state == meta::BlobState::kRemoving) {
      outcome = Outcome::kRemoving;
      return Ok();
    }
    const bool present = blob && blob->state == meta::BlobState::kPresent;
    if (!present && !published) {
      outcome = Outcome::kNeedsBytes;
      return Ok();
    }
    outcome = Outcome::kLinked;
    meta::BlobId id;
    if (blob) {
      id = blob->id;
      if (!present) TRY(meta::SetBlobState(tx, id, meta::BlobState::kPresent));
    } else {
      TRY_ASSIGN(id, meta::InsertBlob(tx, store.ids, digest, size, meta::BlobState::kPresent, now));
    }
    TRY_ASSIGN(const auto repository_id, meta::EnsureRepository(tx, store.ids, repository, now));
    return meta::LinkBlob(tx, repository_id, id, size, now + store.settings.grace_period, now);
  }));
  return outcome;
}

Result<bool> IsPresent(const Store& store, const oci::Digest& digest) {
  bool present = false;
  TRY(store.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto blob, meta::FindBlob(tx, digest));
    present = blob && blob->state == meta::BlobState::kPresent;
    return Ok();
  }));
  return present;
}

}  // namespace

Result<void> PublishBlob(const Store& store, const oci::RepositoryName& repository,
                         const oci::Digest& digest, blob::BlobWriter& writer) {
  const int64_t size = writer.size();
  // A blob that is already there is linked without storing its bytes a second time.
  TRY_ASSIGN(bool need_bytes, IsPresent(store, digest));
  need_bytes = !need_bytes;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (need_bytes) TRY(writer.Publish(digest));
    TRY_ASSIGN(const Outcome outcome, Link(store, repository, digest, size, need_bytes));
    if (outcome == Outcome::kLinked) return Ok();
    if (outcome == Outcome::kRemoving) store.clock.Sleep(kRemovalPoll);
    need_bytes = true;
  }
  return Unavailable("blob_being_removed",
                     "blob " + digest.text() + " is being removed by a collection; try again");
}

}  // namespace gantry::core
