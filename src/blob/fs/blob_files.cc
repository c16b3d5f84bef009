#include "blob/fs/blob_files.h"

#include <memory>

namespace gantry::blob {
Result<bool> BlobFiles::LinkOrReplace(const oci::Digest& digest, int64_t size,
                                      const std::string& upload_path) {
  const std::string path = BlobPath(digest);
  TRY_ASSIGN(const bool linked, fs_.Link(upload_path, path));
  if (linked) return true;
  TRY_ASSIGN(const auto existing, fs_.Stat(path));
  if (existing && existing->size == size) return false;
  // A second name for the upload, moved over the wrong file: at no moment is there none.
  TemporaryName temporary = NewTemporary();
  TRY(fs_.Link(upload_path, temporary.path()));
  TRY(temporary.MoveTo(path));
  cache_.Invalidate(digest);
  return true;
}

Result<void> BlobFiles::PublishFile(const oci::Digest& digest, int64_t size,
                                    const std::string& upload_path) {
  const DigestLocks::Guard guard(locks_, digest);
  TRY_ASSIGN(const bool named, LinkOrReplace(digest, size, upload_path));
  Result<void> synced = SyncDirectoryOf(digest);
  if (!synced.ok() && named) {
    // A name whose sync failed may never become durable, whatever a later sync says; the next
    // attempt must not find it.
    static_cast<void>(fs_.Remove(BlobPath(digest)));
    cache_.Invalidate(digest);
  }
  return synced;
}

Result<void> BlobFiles::PublishBytes(const oci::Digest& digest, std::string_view bytes) {
  const DigestLocks::Guard guard(locks_, digest);
  TemporaryName temporary = NewTemporary();
  TRY_ASSIGN(const auto file, fs_.Create(temporary.path()));
  TRY(file->WriteAt(0, bytes));
  TRY(file->SyncData());
  TRY(temporary.MoveTo(BlobPath(digest)));
  cache_.Invalidate(digest);
  return SyncDirectoryOf(digest);
}

Result<void> BlobFiles::Remove(const oci::Digest& digest) {
  const DigestLocks::Guard guard(locks_, digest);
  TRY(fs_.Remove(BlobPath(digest)));
  cache_.Invalidate(digest);
  return Ok();
}

Result<void> BlobFiles::Quarantine(const oci::Digest& digest) {
  const DigestLocks::Guard guard(locks_, digest);
  TRY_ASSIGN(const auto existing, fs_.Stat(BlobPath(digest)));
  if (existing) TRY(fs_.Rename(BlobPath(digest), QuarantinePath(digest)));
  cache_.Invalidate(digest);
  return Ok();
}

Result<void> BlobFiles::SyncDirectoryOf(const oci::Digest& digest) {
  const int index = FanOutIndex(digest);
  SyncBatch& batch =
      syncs_[digest.algorithm() == oci::Algorithm::kSha256 ? 0 : 1][static_cast<size_t>(index)];
  return batch.Run([&] { return fs_.SyncDirectory(FanOutDirectory(digest.algorithm(), index)); });
}

}  // namespace gantry::blob
