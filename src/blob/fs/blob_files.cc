#include "blob/fs/blob_files.h"

#include <memory>

namespace gantry::blob {
Result<void> BlobFiles::PublishFile(const oci::Digest& digest, const std::string& upload_path) {
  const DigestLocks::Guard guard(locks_, digest);
  TRY_ASSIGN(const bool linked, fs_.Link(upload_path, BlobPath(digest)));
  if (!linked) {
    // What is there may be rotten, or its name may be one whose sync failed and that no later sync
    // makes durable. A second name for the upload is moved over it: at no moment is there none.
    TemporaryName temporary = NewTemporary();
    TRY(fs_.Link(upload_path, temporary.path()));
    TRY(temporary.MoveTo(BlobPath(digest)));
    // When it was this very file, the move did nothing and left the name.
    TRY(fs_.Remove(temporary.path()));
    cache_.Invalidate(digest);
  }
  return SyncDirectoryOf(digest);
}

Result<void> BlobFiles::WriteFile(const oci::Digest& digest, std::string_view bytes) {
  TemporaryName temporary = NewTemporary();
  TRY_ASSIGN(const auto file, fs_.Create(temporary.path()));
  TRY(file->WriteAt(0, bytes));
  TRY(temporary.MoveTo(BlobPath(digest)));
  cache_.Invalidate(digest);
  return Ok();
}

Result<void> BlobFiles::PublishBytes(const oci::Digest& digest, std::string_view bytes) {
  const DigestLocks::Guard guard(locks_, digest);
  TRY_ASSIGN(const Journal::Pin pin, journal_.Append(digest, bytes));
  return WriteFile(digest, bytes);
}

Result<void> BlobFiles::RemoveAll(std::span<const oci::Digest> digests) {
  const DigestLocks::Guard guard(locks_, digests);
  // Not a condition: a full disk must not keep anybody from removing, and a blob that comes back
  // after a crash is only an orphan.
  static_cast<void>(journal_.AppendRemovals(digests));
  for (const oci::Digest& digest : digests) {
    TRY(fs_.Remove(BlobPath(digest)));
    cache_.Invalidate(digest);
  }
  return Ok();
}

Result<void> BlobFiles::Quarantine(const oci::Digest& digest) {
  const DigestLocks::Guard guard(locks_, digest);
  static_cast<void>(journal_.AppendRemovals({&digest, 1}));
  TRY_ASSIGN(const auto existing, fs_.Stat(BlobPath(digest)));
  if (existing) TRY(fs_.Rename(BlobPath(digest), QuarantinePath(digest)));
  cache_.Invalidate(digest);
  return Ok();
}

Result<std::optional<std::string>> BlobFiles::ReadSmallFile(const oci::Digest& digest) {
  TRY_ASSIGN(const auto file, fs_.Open(BlobPath(digest), io::OpenMode::kRead));
  if (!file) return std::optional<std::string>();
  std::string bytes;
  TRY((*file)->ReadAt(0, static_cast<size_t>(kSmallBlobMax) + 1, bytes));
  return std::optional<std::string>(std::move(bytes));
}

Result<void> BlobFiles::Recover() {
  // Most files are as they should be, above all when only the process died: then this needs no
  // space on a full disk.
  const auto restore = [&](const oci::Digest& digest, std::string_view bytes) -> Result<void> {
    TRY_ASSIGN(const auto existing, ReadSmallFile(digest));
    if (existing == bytes) return Ok();
    return WriteFile(digest, bytes);
  };
  // A blob that was being removed: its name may have outlived its contents.
  const auto discard = [&](const oci::Digest& digest) -> Result<void> {
    TRY_ASSIGN(const auto existing, ReadSmallFile(digest));
    if (existing && oci::Digest::Of(digest.algorithm(), *existing) != digest)
      TRY(fs_.Remove(BlobPath(digest)));
    return Ok();
  };
  return journal_.Recover(restore, discard);
}

Result<void> BlobFiles::WriteAgain(const oci::Digest& digest, std::string_view bytes) {
  const DigestLocks::Guard guard(locks_, digest);
  if (!journal_.Holds(digest)) return Ok();
  return WriteFile(digest, bytes);
}

Result<void> BlobFiles::Checkpoint() {
  return journal_.Checkpoint(
      [&](const oci::Digest& digest, std::string_view bytes) { return WriteAgain(digest, bytes); });
}

Result<void> BlobFiles::RetireFullSegments() {
  return journal_.RetireFullSegments(
      [&](const oci::Digest& digest, std::string_view bytes) { return WriteAgain(digest, bytes); });
}

Result<void> BlobFiles::SyncDirectoryOf(const oci::Digest& digest) {
  const int index = FanOutIndex(digest);
  SyncBatch& batch =
      syncs_[digest.algorithm() == oci::Algorithm::kSha256 ? 0 : 1][static_cast<size_t>(index)];
  return batch.Run([&] { return fs_.SyncDirectory(FanOutDirectory(digest.algorithm(), index)); });
}

}  // namespace gantry::blob
