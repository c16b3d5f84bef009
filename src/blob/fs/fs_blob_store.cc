#include "blob/fs/fs_blob_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "blob/fs/fs_blob_reader.h"
#include "blob/fs/fs_blob_writer.h"
#include "blob/fs/layout.h"

namespace gantry::blob {
namespace {

// Open files kept for the next reader.
constexpr size_t kCachedReadersMax = 512;
// How long a publish waits for a disk that is slower than the pushes.
constexpr Duration kJournalPatience = Seconds(10);

Error UploadIdInvalid() {
  return InvalidArgument("upload_id_invalid", "an upload id has 32 lower-case hexadecimal digits");
}

}  // namespace

FsBlobStore::FsBlobStore(io::FileSystem& fs, log::Logger& logger,
                         const FsBlobStoreSettings& settings)
    : fs_(fs),
      logger_(logger),
      cache_(kCachedReadersMax),
      files_(fs, cache_, settings.journal_segment_size,
             settings.checkpoint_interval ? kJournalPatience : Duration{}) {}

FsBlobStore::~FsBlobStore() {
  stopping_ = true;
  files_.Interrupt();
  if (checkpointer_.joinable()) checkpointer_.join();
  // Leaves the next process nothing to restore; if it fails, that one will.
  static_cast<void>(files_.Checkpoint());
}

Result<std::unique_ptr<FsBlobStore>> FsBlobStore::Open(io::FileSystem& fs, log::Logger& logger,
                                                       const FsBlobStoreSettings& settings) {
  TRY(PrepareLayout(fs));
  std::unique_ptr<FsBlobStore> store(new FsBlobStore(fs, logger, settings));
  TRY(store->files_.Recover());
  if (settings.checkpoint_interval) {
    store->checkpointer_ = std::thread(&FsBlobStore::CheckpointAgainAndAgain, store.get(),
                                       *settings.checkpoint_interval);
  }
  return store;
}

void FsBlobStore::CheckpointAgainAndAgain(Duration interval) {
  while (true) {
    const bool segment_is_full = files_.WaitForWork(interval);
    if (stopping_) return;
    const Result<void> done = segment_is_full ? files_.RetireFullSegments() : files_.Checkpoint();
    if (!done.ok())
      log::Failure(logger_, "blob_journal_checkpoint_failed")
          .Field("error", done.error().ToString());
  }
}

Result<std::unique_ptr<BlobWriter>> FsBlobStore::StartUpload(const std::string& id,
                                                             oci::Algorithm expected) {
  if (!IsUploadId(id)) return UploadIdInvalid();
  return std::unique_ptr<BlobWriter>(std::make_unique<FsBlobWriter>(fs_, files_, id, expected));
}

Result<std::optional<std::unique_ptr<BlobWriter>>> FsBlobStore::ResumeUpload(
    const std::string& id, oci::Algorithm expected) {
  if (!IsUploadId(id)) return UploadIdInvalid();
  auto writer = std::make_unique<FsBlobWriter>(fs_, files_, id, expected);
  TRY_ASSIGN(const bool found, writer->Resume());
  if (!found) return std::optional<std::unique_ptr<BlobWriter>>();
  return std::optional<std::unique_ptr<BlobWriter>>(std::move(writer));
}

Result<void> FsBlobStore::ListUploads(
    FunctionRef<void(const std::string& id, Time changed)> visit) {
  TRY_ASSIGN(const auto names, fs_.List(kUploadsDirectory));
  for (const std::string& name : names) {
    if (!IsUploadId(name)) continue;
    TRY_ASSIGN(const auto info, fs_.Stat(UploadPath(name)));
    if (info) visit(name, info->changed);
  }
  return Ok();
}

Result<void> FsBlobStore::RemoveUpload(const std::string& id) {
  if (!IsUploadId(id)) return UploadIdInvalid();
  TRY(fs_.Remove(UploadPath(id)));
  return Ok();
}

Result<std::optional<std::shared_ptr<const BlobReader>>> FsBlobStore::Open(
    const oci::Digest& digest, int64_t size) {
  using Found = std::optional<std::shared_ptr<const BlobReader>>;
  ReaderCache::Lookup cached = cache_.Find(digest);
  if (cached.reader == nullptr) {
    TRY_ASSIGN(auto file, fs_.Open(BlobPath(digest), io::OpenMode::kRead));
    if (!file) return Found();
    TRY_ASSIGN(const io::FileInfo info, (*file)->Stat());
    cached.reader = std::make_shared<FsBlobReader>(*std::move(file), info.size);
    if (info.size == size) cache_.Insert(digest, cached.age, cached.reader);
  }
  if (cached.reader->size() == size) return Found(std::move(cached.reader));
  return Corruption("blob_size", "the file of blob " + digest.text() + " has " +
                                     std::to_string(cached.reader->size()) + " bytes instead of " +
                                     std::to_string(size) + "; run gantry scrub")
      .With("digest", digest.text());
}

Result<void> FsBlobStore::RemoveAll(std::span<const oci::Digest> digests) {
  return files_.RemoveAll(digests);
}

Result<void> FsBlobStore::Quarantine(const oci::Digest& digest) {
  return files_.Quarantine(digest);
}

Result<void> FsBlobStore::List(
    const std::optional<oci::Digest>& after,
    FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) {
  for (const oci::Algorithm algorithm : {oci::Algorithm::kSha256, oci::Algorithm::kSha512}) {
    if (after && after->algorithm() > algorithm) continue;
    const bool starts_inside = after && after->algorithm() == algorithm;
    for (int index = starts_inside ? FanOutIndex(*after) : 0; index < kFanOut; ++index) {
      TRY_ASSIGN(const bool go_on, ListDirectory(algorithm, index, after, visit));
      if (!go_on) return Ok();
    }
  }
  return Ok();
}

Result<bool> FsBlobStore::ListDirectory(
    oci::Algorithm algorithm, int index, const std::optional<oci::Digest>& after,
    FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) {
  TRY_ASSIGN(auto names, fs_.List(FanOutDirectory(algorithm, index)));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const auto digest = DigestOfName(algorithm, index, name);
    if (!digest || (after && *digest <= *after)) continue;
    TRY_ASSIGN(const auto info, fs_.Stat(BlobPath(*digest)));
    if (info && !visit(*digest, info->size, info->changed)) return false;
  }
  return true;
}

Result<BlobStore::Space> FsBlobStore::FreeSpace() {
  TRY_ASSIGN(const io::Space space, fs_.FreeSpace());
  return Space{space.free_bytes, space.total_bytes};
}

}  // namespace gantry::blob
