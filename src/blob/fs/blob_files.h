#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "blob/fs/digest_locks.h"
#include "blob/fs/layout.h"
#include "blob/fs/reader_cache.h"
#include "blob/fs/sync_batch.h"
#include "blob/fs/temporary_name.h"
#include "io/file_system.h"
#include "oci/digest.h"

namespace gantry::blob {

// The largest blob that is kept in memory while it arrives, and whose file is written at once.
inline constexpr int64_t kSmallBlobMax = 64 << 10;

// Puts files under blobs/ and takes them away again, one change of a digest at a time.
// Threads: all methods from any thread.
class BlobFiles {
 public:
  // Both outlive this.
  BlobFiles(io::FileSystem& fs, ReaderCache& cache) : fs_(fs), cache_(cache) {}

  // Gives the file of a large upload the name of its digest, durably. An equally long file that has
  // the name already is left there: only files whose contents were durable got it.
  // REQUIRES: the contents are durable; size > kSmallBlobMax.
  Result<void> PublishFile(const oci::Digest& digest, int64_t size, const std::string& upload_path);
  // Writes a small blob, durably; replaces what was there.
  // REQUIRES: `bytes` have that digest.
  Result<void> PublishBytes(const oci::Digest& digest, std::string_view bytes);
  // Success if there is none.
  Result<void> Remove(const oci::Digest& digest);
  Result<void> Quarantine(const oci::Digest& digest);

  // A name that nobody has.
  TemporaryName NewTemporary() { return TemporaryName(fs_, TemporaryPath(temporary_count_++)); }

 private:
  Result<bool> LinkOrReplace(const oci::Digest& digest, int64_t size,
                             const std::string& upload_path);
  Result<void> SyncDirectoryOf(const oci::Digest& digest);

  io::FileSystem& fs_;
  ReaderCache& cache_;
  DigestLocks locks_;
  std::array<std::array<SyncBatch, kFanOut>, 2> syncs_;  // of the fan-out directories
  std::atomic<uint64_t> temporary_count_{0};
};

}  // namespace gantry::blob
