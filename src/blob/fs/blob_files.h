#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "blob/fs/digest_locks.h"
#include "blob/fs/journal.h"
#include "blob/fs/layout.h"
#include "blob/fs/reader_cache.h"
#include "blob/fs/sync_batch.h"
#include "blob/fs/temporary_name.h"
#include "io/file_system.h"
#include "oci/digest.h"

namespace gantry::blob {

// Puts files under blobs/ and takes them away again, one change of a digest at a time.
// Threads: all methods from any thread.
class BlobFiles {
 public:
  // `fs` and `cache` outlive this; the others: see Journal.
  BlobFiles(io::FileSystem& fs, ReaderCache& cache, int64_t segment_size, Duration patience)
      : fs_(fs), cache_(cache), journal_(fs, segment_size, patience) {}

  // What an earlier process left in the journal. Once, before anything else.
  Result<void> Recover();

  // Gives the file of an upload the name of its digest too, durably. Replaces what was there. Not
  // to be repeated for the same file after an error: what a sync lost stays lost. REQUIRES: the
  // contents are durable.
  Result<void> PublishFile(const oci::Digest& digest, const std::string& upload_path);
  // Stores a small blob, durably. Replaces what was there.
  // REQUIRES: `bytes` have that digest; at most kSmallBlobMax.
  Result<void> PublishBytes(const oci::Digest& digest, std::string_view bytes);
  // Success if there are none. After an error some of them are removed.
  Result<void> RemoveAll(std::span<const oci::Digest> digests);
  Result<void> Quarantine(const oci::Digest& digest);

  // Makes the files of all small blobs durable without the journal.
  Result<void> Checkpoint();
  // See Journal.
  Result<void> RetireFullSegments();
  bool WaitForWork(Duration timeout) { return journal_.WaitForWork(timeout); }
  void Interrupt() { journal_.Interrupt(); }

  // A name that nobody has.
  TemporaryName NewTemporary() { return TemporaryName(fs_, TemporaryPath(temporary_count_++)); }

 private:
  Result<void> WriteAgain(const oci::Digest& digest, std::string_view bytes);
  Result<void> WriteFile(const oci::Digest& digest, std::string_view bytes);
  Result<std::optional<std::string>> ReadSmallFile(const oci::Digest& digest);
  Result<void> SyncDirectoryOf(const oci::Digest& digest);

  io::FileSystem& fs_;
  ReaderCache& cache_;
  Journal journal_;
  DigestLocks locks_;
  std::array<std::array<SyncBatch, kFanOut>, 2> syncs_;  // of the fan-out directories
  std::atomic<uint64_t> temporary_count_{0};
};

}  // namespace gantry::blob
