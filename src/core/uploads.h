#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "core/store.h"
#include "meta/repository_key.h"
#include "oci/digest.h"

namespace gantry::core {

class Uploads;

// One upload in the hands of one request; other requests for it get conflict/upload_busy meanwhile.
// Destroying it puts the upload back, to be continued by a later request.
// Threads: one at a time.
class UploadHandle {
 public:
  ~UploadHandle();
  UploadHandle(const UploadHandle&) = delete;
  UploadHandle& operator=(const UploadHandle&) = delete;

  const std::string& id() const { return id_; }
  // Bytes received so far.
  int64_t size() const { return writer_->size(); }

  Result<void> Append(std::string_view bytes) { return writer_->Append(bytes); }
  // What was appended survives a crash of the process. Called before a chunk is acknowledged.
  Result<void> Flush() { return writer_->Flush(); }
  // The digest of the bytes so far.
  Result<oci::Digest> ComputeDigest(oci::Algorithm algorithm) {
    return writer_->ComputeDigest(algorithm);
  }
  // Checks the digest, makes the blob durable and readable in the repository, and ends the upload.
  // invalid_argument/digest_invalid: the bytes have another digest; the upload is over then too.
  Result<void> Commit(const oci::Digest& digest);
  // Ends the upload and frees its bytes.
  void Cancel();

 private:
  friend class Uploads;
  UploadHandle(Uploads& uploads, meta::RepositoryKey repository, std::string id,
               std::unique_ptr<blob::BlobWriter> writer);

  Uploads& uploads_;
  meta::RepositoryKey repository_;
  std::string id_;
  std::unique_ptr<blob::BlobWriter> writer_;
  bool over_ = false;
};

// Blob uploads in progress. An id is 32 hexadecimal digits, 16 random and 16 that bind them to the
// repository (an HMAC), so that an id of another repository is unknown here even after a restart.
//
// A fresh upload lives in memory; its bytes are in the blob store as soon as a chunk was
// acknowledged, and are found there again after a restart.
// Threads: all methods from any thread. Start and Status of an upload in memory do not block.
class Uploads {
 public:
  // `key` signs ids; the same for the life of the installation (meta::EnsureSetting).
  Uploads(const Store& store, std::string key);
  ~Uploads();

  // Begins an upload and returns its id. `algorithm` is hashed while the bytes arrive, unless the
  // request that brings the first byte knows better. resource_exhausted/too_many_uploads.
  Result<std::string> Start(const meta::RepositoryKey& repository, oci::Algorithm algorithm);

  // Takes an upload to continue or finish it. `algorithm` is what will be asked of Commit, if the
  // request knows. not_found/upload_unknown, conflict/upload_busy.
  Result<std::unique_ptr<UploadHandle>> Acquire(
      const meta::RepositoryKey& repository, std::string_view id,
      std::optional<oci::Algorithm> algorithm = std::nullopt);

  // Bytes received so far. not_found/upload_unknown.
  Result<int64_t> Status(const meta::RepositoryKey& repository, std::string_view id);

  // Frees uploads without a byte since `settings.upload_expiry`; returns how many.
  Result<int64_t> Expire();

  // Uploads in memory, for metrics.
  int64_t open() const;

 private:
  friend class UploadHandle;

  struct Session {
    std::unique_ptr<blob::BlobWriter> writer;  // nullptr before the first byte, or while busy
    int64_t size = 0;
    oci::Algorithm algorithm = oci::Algorithm::kSha256;
    Time changed;
    bool busy = false;
  };

  std::string SignedId(const meta::RepositoryKey& repository, std::string_view random) const;
  bool BelongsTo(const meta::RepositoryKey& repository, std::string_view id) const;
  Result<std::unique_ptr<blob::BlobWriter>> TakeWriter(const std::string& id,
                                                       std::optional<oci::Algorithm> algorithm);
  Result<std::unique_ptr<blob::BlobWriter>> OpenWriter(const std::string& id,
                                                       oci::Algorithm algorithm, bool known);
  void PutBack(const std::string& id, std::unique_ptr<blob::BlobWriter> writer);
  void Forget(const std::string& id);

  Store store_;
  const std::string key_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Session> sessions_ GUARDED_BY(mutex_);
};

}  // namespace gantry::core
