#include "core/blobs.h"

#include <utility>

#include "core/creation_templates.h"
#include "core/epochs.h"
#include "core/lookup.h"
#include "meta/blobs.h"
#include "meta/manifests.h"
#include "meta/repositories.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

// An open blob holds a descriptor; this many stay open.
constexpr int64_t kOpenBlobsMax = 1024;

// A blob the repository can read, or the not_found that tells which part is missing.
Result<meta::LinkedBlob> RequireBlob(db::Tx& tx, const meta::RepositoryKey& repository,
                                     const oci::Digest& digest) {
  TRY_ASSIGN(const auto found, meta::FindLinkedBlob(tx, repository, digest));
  if (!found) return NotFoundIn(tx, repository, BlobUnknown(repository, digest.text()));
  if (found->state == meta::BlobState::kPresent) return *found;
  return NotFound("blob_unknown", "the stored bytes of blob " + digest.text() +
                                      " were found damaged and are not served; push it again")
      .With("digest", digest.text());
}

}  // namespace

Blobs::Blobs(const Store& store) : store_(store), cache_(store.epochs, kOpenBlobsMax) {}

BlobPointer Blobs::FindCached(std::string_view key, std::string_view digest) {
  return cache_.Find(key, digest);
}

Result<BlobPointer> Blobs::Open(const meta::RepositoryKey& repository, const oci::Digest& digest) {
  const uint64_t epoch = store_.epochs.Read(repository.text());
  int64_t size = 0;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto blob, RequireBlob(tx, repository, digest));
    size = blob.size;
    return Ok();
  }));
  TRY_ASSIGN(auto reader, store_.blobs.Open(digest, size));
  if (!reader) {
    return Corruption("blob_missing", "the bytes of blob " + digest.text() +
                                          " are missing from the blob store; run gantry scrub")
        .With("digest", digest.text());
  }
  cache_.Insert(repository.text(), digest.text(), epoch, *reader, 1);
  return *std::move(reader);
}

Result<int64_t> Blobs::Stat(const meta::RepositoryKey& repository, const oci::Digest& digest) {
  meta::LinkedBlob blob;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(blob, RequireBlob(tx, repository, digest));
    return Ok();
  }));
  const Time now = store_.clock.Now();
  const Duration half{store_.settings.grace_period.micros / 2};
  if (blob.manifest_count > 0 || blob.lease_until > now + half) return blob.size;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    TRY_ASSIGN(blob, RequireBlob(tx, repository, digest));
    return meta::ExtendLease(tx, id, blob.id, now + store_.settings.grace_period);
  }));
  return blob.size;
}

Result<bool> Blobs::Mount(
    const meta::RepositoryKey& repository, const oci::Digest& digest,
    const std::optional<meta::RepositoryKey>& from,
    const std::function<Result<bool>(const meta::RepositoryKey& repository)>& may_pull) {
  if (from && from->account() != repository.account()) return false;
  std::optional<meta::RepositoryKey> source = from;
  if (!source) {
    TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(source, meta::AnyRepositoryOf(tx, repository.account_id(), digest));
      return Ok();
    }));
    if (!source) return false;
  }
  TRY_ASSIGN(const bool may, may_pull(*source));
  if (!may) return false;
  const Time now = store_.clock.Now();
  bool mounted = false;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    mounted = false;
    TRY_ASSIGN(const auto blob, meta::FindLinkedBlob(tx, *source, digest));
    if (!blob || blob->state != meta::BlobState::kPresent) return Ok();
    TRY_ASSIGN(const auto id, EnsureRepositoryOnPush(tx, store_, repository, now));
    TRY(meta::LinkBlob(tx, id, blob->id, blob->size, now + store_.settings.grace_period, now));
    mounted = true;
    return Ok();
  }));
  return mounted;
}

Result<void> Blobs::Delete(const meta::RepositoryKey& repository, const oci::Digest& digest,
                           const std::string& reason) {
  const Time now = store_.clock.Now();
  const Epochs::Change change(store_.epochs, repository.text());
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto blob, RequireBlob(tx, repository, digest));
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    TRY_ASSIGN(const auto needed_by, meta::AnyManifestOf(tx, id, blob.id));
    if (needed_by) {
      return Error(Code::kFailedPrecondition, "blob_referenced",
                   "manifest " + *needed_by + " needs blob " + digest.text() +
                       "; delete the manifest first")
          .With("digest", digest.text())
          .With("manifest", *needed_by);
    }
    meta::TrashEntry entry;
    entry.repository = id;
    entry.kind = meta::TrashKind::kBlob;
    entry.subject = digest.text();
    entry.reason = reason;
    entry.deleted_at = now;
    entry.purge_at = now + store_.settings.trash_period;
    TRY_ASSIGN(const auto trash, meta::InsertTrash(tx, store_.ids, entry));
    return meta::TrashBlobLink(tx, id, blob.id, trash);
  });
}

}  // namespace gantry::core
