#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "blob/blob_store.h"

namespace gantry::blob {

// Blobs in memory, for tests. What a crash of the process would lose is lost with this object.
class MemBlobStore final : public BlobStore {
 public:
  // Gives blobs and uploads their times; outlives this.
  explicit MemBlobStore(const Clock& clock) : clock_(clock) {}
  ~MemBlobStore() override = default;

  // Flips a bit of a stored byte, as a decaying medium would. REQUIRES: the blob is that long.
  void Rot(const oci::Digest& digest, size_t offset);

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
  class Reader;
  class Writer;

  struct Blob {
    std::shared_ptr<const std::string> bytes;  // shared with the readers; never changed
    Time changed;
  };
  struct Upload {
    std::string bytes;
    Time changed;
  };

  void KeepUpload(const std::string& id, const std::string& bytes);
  void Put(const oci::Digest& digest, const std::string& bytes);

  const Clock& clock_;
  Mutex mutex_;
  std::map<oci::Digest, Blob> blobs_ GUARDED_BY(mutex_);
  std::map<oci::Digest, Blob> quarantine_ GUARDED_BY(mutex_);
  std::map<std::string, Upload> uploads_ GUARDED_BY(mutex_);  // flushed, or left by a writer
};

}  // namespace gantry::blob
