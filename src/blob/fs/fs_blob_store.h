#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/clock.h"
#include "blob/blob_store.h"
#include "blob/fs/blob_files.h"
#include "blob/fs/reader_cache.h"
#include "io/file_system.h"
#include "log/log.h"

namespace gantry::blob {

struct FsBlobStoreSettings {
  // Length of a journal file; up to three of them exist at a time while blobs are pushed.
  int64_t journal_segment_size = int64_t{64} << 20;
  // Small blobs are made durable as files at least this often; nullopt: only by Checkpoint.
  std::optional<Duration> checkpoint_interval = Seconds(30);
};

// Blobs as files under the data folder (fs/layout.h). A large blob is durable because its file and
// its directory were synced; a small one (kSmallBlobMax) because it is in the journal, until a
// checkpoint made its file durable (fs/journal.h).
class FsBlobStore final : public BlobStore {
 public:
  // Makes what is missing of the directories and restores what an earlier process left in the
  // journal. `fs` and `logger` outlive the store. One process at a time.
  static Result<std::unique_ptr<FsBlobStore>> Open(io::FileSystem& fs, log::Logger& logger,
                                                   const FsBlobStoreSettings& settings);
  // Writers and readers are gone before.
  ~FsBlobStore() override;

  // Makes the files of all small blobs durable and empties the journal.
  Result<void> Checkpoint() { return files_.Checkpoint(); }

  Result<std::unique_ptr<BlobWriter>> StartUpload(const std::string& id,
                                                  oci::Algorithm expected) override;
  Result<std::optional<std::unique_ptr<BlobWriter>>> ResumeUpload(const std::string& id,
                                                                  oci::Algorithm expected) override;
  Result<void> ListUploads(FunctionRef<void(const std::string& id, Time changed)> visit) override;
  Result<void> RemoveUpload(const std::string& id) override;
  Result<std::optional<std::shared_ptr<const BlobReader>>> Open(const oci::Digest& digest,
                                                                int64_t size) override;
  Result<void> RemoveAll(std::span<const oci::Digest> digests) override;
  Result<void> List(
      const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) override;
  Result<void> Quarantine(const oci::Digest& digest) override;
  Result<Space> FreeSpace() override;

 private:
  FsBlobStore(io::FileSystem& fs, log::Logger& logger, const FsBlobStoreSettings& settings);
  void CheckpointAgainAndAgain(Duration interval);
  Result<bool> ListDirectory(
      oci::Algorithm algorithm, int index, const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit);

  io::FileSystem& fs_;
  log::Logger& logger_;
  ReaderCache cache_;
  BlobFiles files_;
  std::atomic<bool> stopping_{false};
  std::thread checkpointer_;
};

}  // namespace gantry::blob
