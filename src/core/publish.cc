#include "core/publish.h"

#include <optional>

#include "core/creation_templates.h"
#include "meta/blobs.h"
#include "meta/removals.h"
#include "meta/repositories.h"

namespace gantry::core {
namespace {

constexpr int kAttemptsMax = 200;
constexpr Duration kRemovalPoll = Millis(5);
// Removals are forgotten after an hour (collector.cc); what a push read is good for half of that.
constexpr Duration kReadGoodFor = Seconds(1800);

// What the database said about the digest before its bytes were published.
struct Before {
  bool present = false;   // durable already: there is nothing to publish
  bool removing = false;  // publishing now would be in vain
  int64_t removal = 0;
  Time read_at;
};

Result<Before> ReadBefore(const Store& store, const oci::Digest& digest) {
  Before before;
  before.read_at = store.clock.Now();
  TRY(store.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto blob, meta::FindBlob(tx, digest));
    before.present = blob && blob->state == meta::BlobState::kPresent;
    before.removing = blob && blob->state == meta::BlobState::kRemoving;
    TRY_ASSIGN(before.removal, meta::LastRemoval(tx, digest));
    return Ok();
  }));
  return before;
}

// The row of the digest, present; nullopt when the bytes cannot be relied on.
Result<std::optional<meta::BlobId>> ClaimRow(db::Tx& tx, const Store& store,
                                             const oci::Digest& digest, int64_t size,
                                             const Before& before, Time now) {
  const std::optional<meta::BlobId> none;
  TRY_ASSIGN(const auto blob, meta::FindBlob(tx, digest));
  if (blob && blob->state == meta::BlobState::kPresent) return std::optional(blob->id);
  if (blob && blob->state == meta::BlobState::kRemoving) return none;
  TRY_ASSIGN(const int64_t removal, meta::LastRemoval(tx, digest));
  const bool published = !before.present;
  if (!published || removal != before.removal || now > before.read_at + kReadGoodFor) return none;
  if (blob) {
    TRY(meta::SetBlobState(tx, blob->id, meta::BlobState::kPresent));
    return std::optional(blob->id);
  }
  TRY_ASSIGN(const auto id,
             meta::InsertBlob(tx, store.ids, digest, size, meta::BlobState::kPresent, now));
  return std::optional(id);
}

// False: publish again.
Result<bool> Link(const Store& store, const meta::RepositoryKey& repository,
                  const oci::Digest& digest, int64_t size, const Before& before) {
  bool linked = false;
  const Time now = store.clock.Now();
  TRY(store.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto blob, ClaimRow(tx, store, digest, size, before, now));
    linked = blob.has_value();
    if (!blob) return Ok();
    TRY_ASSIGN(const auto id, EnsureRepositoryOnPush(tx, store, repository, now));
    return meta::LinkBlob(tx, id, *blob, size, now + store.settings.grace_period, now);
  }));
  return linked;
}

}  // namespace

Result<void> PublishBlob(const Store& store, const meta::RepositoryKey& repository,
                         const oci::Digest& digest, blob::BlobWriter& writer) {
  const int64_t size = writer.size();
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    TRY_ASSIGN(const Before before, ReadBefore(store, digest));
    if (before.removing) {
      store.clock.Sleep(kRemovalPoll);
      continue;
    }
    if (!before.present) TRY(writer.Publish(digest));
    TRY_ASSIGN(const bool linked, Link(store, repository, digest, size, before));
    if (linked) return Ok();
  }
  return Unavailable("blob_being_removed",
                     "blob " + digest.text() + " is being removed by a collection; try again");
}

}  // namespace gantry::core
