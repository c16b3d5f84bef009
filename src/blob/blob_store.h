#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/function_ref.h"
#include "base/result.h"
#include "oci/digest.h"

namespace gantry::blob {

// An open blob for reading. Immutable; may be shared. The bytes stay readable as long as the handle
// lives, even when the blob is removed meanwhile.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual int64_t size() const = 0;
  // A descriptor for sendfile, or -1 when the store has none (memory, object store).
  virtual int fd() const = 0;
  // Appends up to `max` bytes from `offset` to `out`; nothing appended means the end.
  virtual Result<void> Read(int64_t offset, size_t max, std::string& out) const = 0;
};

// The bytes of one upload, hashed while they arrive and not read again while the process lives
// (small ones that were flushed excepted).
// Threads: one at a time.
class BlobWriter {
 public:
  // Destroying without Release keeps what was written, so that the upload can be resumed
  // (ResumeUpload); an upload without a byte is not kept.
  virtual ~BlobWriter() = default;
  // Bytes appended so far.
  virtual int64_t size() const = 0;
  // Appends. Errors: resource_exhausted/disk_full, corruption/io_error; after an error the upload
  // is poisoned: only Release is left. failed_precondition/upload_published after a Publish,
  // whether it succeeded or not.
  virtual Result<void> Append(std::string_view bytes) = 0;
  // Everything appended so far survives the death of the process (of the machine: as much as the
  // file system wrote back by then; size() of the resumed upload says how much). For the end of a
  // chunk that is acknowledged; not needed before Publish. Errors as Append.
  virtual Result<void> Flush() = 0;
  // The digest of everything appended so far under that algorithm. The upload can go on.
  // An algorithm that was not hashed from the start costs one read of the bytes.
  virtual Result<oci::Digest> ComputeDigest(oci::Algorithm algorithm) = 0;

  // Makes the bytes readable under `digest`, durably, and returns. Idempotent, and repeatable: the
  // uploaded bytes are kept until Release, so that the caller can publish again after the blob was
  // removed by a collection between Publish and its own commit. After an error the blob may or may
  // not be there, and nothing is acknowledged; errors as Append, but a small upload is not
  // poisoned. REQUIRES: `digest` was returned by ComputeDigest after the last Append.
  virtual Result<void> Publish(const oci::Digest& digest) = 0;
  // The upload is over (published and committed, or refused): its own storage is freed.
  virtual void Release() = 0;
};

// Content-addressed bytes: one copy per digest. Knows nothing of repositories.
// Threads: all methods from any thread; a writer belongs to one thread at a time.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Starts an upload under an id that the caller made (32 lower-case hexadecimal digits); what an
  // upload of that id left is dropped with the first byte that is stored. Nothing need be durable
  // yet. `expected` is the algorithm hashed while the bytes arrive.
  virtual Result<std::unique_ptr<BlobWriter>> StartUpload(const std::string& id,
                                                          oci::Algorithm expected) = 0;
  // An upload that an earlier process (or a dropped writer) left; its bytes are hashed again once.
  // nullopt: there is none.
  virtual Result<std::optional<std::unique_ptr<BlobWriter>>> ResumeUpload(
      const std::string& id, oci::Algorithm expected) = 0;
  // Uploads that are stored, in no order, with the time of their last byte; for expiry. One whose
  // writer is open is among them once it was flushed, or grew large.
  virtual Result<void> ListUploads(
      FunctionRef<void(const std::string& id, Time changed)> visit) = 0;
  // Frees an upload that no writer has open. Success if there is none.
  virtual Result<void> RemoveUpload(const std::string& id) = 0;

  // nullopt: there is none. corruption/blob_size when its length is not `size`.
  virtual Result<std::optional<std::shared_ptr<const BlobReader>>> Open(const oci::Digest& digest,
                                                                        int64_t size) = 0;
  // Removes blobs, each durably before or at the next Publish of the same digest. Success if there
  // are none. After an error some of them are removed.
  virtual Result<void> RemoveAll(std::span<const oci::Digest> digests) = 0;
  Result<void> Remove(const oci::Digest& digest) { return RemoveAll({&digest, 1}); }
  // Every stored blob, in byte order of the digests from `after` (exclusive; nullopt: from the
  // start), until `visit` returns false. For scrub, verify and the search for orphans; O(store) in
  // total, O(page) in memory.
  virtual Result<void> List(
      const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) = 0;
  // Moves a blob whose bytes are wrong out of the way (kept for inspection, the latest one of each
  // digest); it is "not there" then. Success if there is none.
  virtual Result<void> Quarantine(const oci::Digest& digest) = 0;

  struct Space {
    int64_t free_bytes = 0;
    int64_t total_bytes = 0;
  };
  // Of the medium; for readiness. Object stores answer the largest number.
  virtual Result<Space> FreeSpace() = 0;
};

}  // namespace gantry::blob
