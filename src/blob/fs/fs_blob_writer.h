#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "blob/blob_store.h"
#include "blob/fs/blob_files.h"
#include "crypto/hash.h"
#include "io/file_system.h"

namespace gantry::blob {

// An upload: in memory up to kSmallBlobMax bytes, then (or after Flush) in its file under uploads/,
// which is made with the first byte that goes there.
class FsBlobWriter final : public BlobWriter {
 public:
  // `fs` and `files` outlive this. REQUIRES: IsUploadId(id).
  FsBlobWriter(io::FileSystem& fs, BlobFiles& files, const std::string& id,
               oci::Algorithm expected);
  ~FsBlobWriter() override;

  // Takes over the file that an earlier writer of this upload left, and hashes it.
  // False: there is none. REQUIRES: nothing was appended.
  Result<bool> Resume();

  int64_t size() const override { return size_; }
  Result<void> Append(std::string_view bytes) override;
  Result<void> Flush() override;
  Result<oci::Digest> ComputeDigest(oci::Algorithm algorithm) override;
  Result<void> Publish(const oci::Digest& digest) override;
  void Release() override;

 private:
  enum class State { kOpen, kPublished, kPoisoned, kReleased };

  Result<void> CheckUsable() const;
  Result<void> Poison(Result<void> result);
  Result<void> Store(std::string_view bytes);
  Result<void> Spill();
  Result<void> CopyFile();
  Result<void> PublishSmall(const oci::Digest& digest);
  Result<void> PublishLarge(const oci::Digest& digest);

  io::FileSystem& fs_;
  BlobFiles& files_;
  const std::string path_;
  crypto::Hasher hasher_;
  State state_ = State::kOpen;
  int64_t size_ = 0;
  std::string buffer_;              // everything, while file_ is nullptr
  std::unique_ptr<io::File> file_;  // the first stored_ bytes
  int64_t stored_ = 0;
  int64_t written_back_ = 0;  // up to here the kernel was told to write to the medium
};

}  // namespace gantry::blob
