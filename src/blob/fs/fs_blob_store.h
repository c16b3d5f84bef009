#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "blob/blob_store.h"
#include "blob/fs/blob_files.h"
#include "blob/fs/reader_cache.h"
#include "io/file_system.h"

namespace gantry::blob {

// Blobs as files under the data folder (fs/layout.h).
class FsBlobStore final : public BlobStore {
 public:
  // Makes what is missing of the directories. `fs` outlives the store. One process at a time.
  static Result<std::unique_ptr<FsBlobStore>> Open(io::FileSystem& fs);
  ~FsBlobStore() override;

  Result<std::unique_ptr<BlobWriter>> StartUpload(const std::string& id,
                                                  oci::Algorithm expected) override;
  Result<std::optional<std::unique_ptr<BlobWriter>>> ResumeUpload(const std::string& id,
                                                                  oci::Algorithm expected) override;
  Result<void> ListUploads(FunctionRef<void(const std::string& id, Time changed)> visit) override;
  Result<void> RemoveUpload(const std::string& id) override;
  Result<std::optional<std::shared_ptr<const BlobReader>>> Open(const oci::Digest& digest,
                                                                int64_t size) override;
  Result<void> Remove(const oci::Digest& digest) override;
  Result<void> List(
      const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) override;
  Result<void> Quarantine(const oci::Digest& digest) override;
  Result<Space> FreeSpace() override;

 private:
  explicit FsBlobStore(io::FileSystem& fs);
  Result<bool> ListDirectory(
      oci::Algorithm algorithm, int index, const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit);

  io::FileSystem& fs_;
  ReaderCache cache_;
  BlobFiles files_;
};

}  // namespace gantry::blob
