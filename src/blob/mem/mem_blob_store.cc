#include "blob/mem/mem_blob_store.h"

#include <limits>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace gantry::blob {
namespace {

constexpr size_t kUploadIdDigits = 32;

Result<void> CheckUploadId(const std::string& id) {
  if (id.size() == kUploadIdDigits && HexDecode(id)) return Ok();
  return InvalidArgument("upload_id_invalid", "an upload id has 32 lower-case hexadecimal digits");
}

}  // namespace

class MemBlobStore::Reader final : public BlobReader {
 public:
  explicit Reader(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  int64_t size() const override { return static_cast<int64_t>(bytes_->size()); }
  int fd() const override { return -1; }
  Result<void> Read(int64_t offset, size_t max, std::string& out) const override {
    const auto from = static_cast<size_t>(offset);
    if (from < bytes_->size()) out.append(*bytes_, from, max);
    return Ok();
  }

 private:
  const std::shared_ptr<const std::string> bytes_;
};

class MemBlobStore::Writer final : public BlobWriter {
 public:
  Writer(MemBlobStore& store, std::string id, std::string bytes)
      : store_(store), id_(std::move(id)), bytes_(std::move(bytes)) {}
  ~Writer() override {
    if (!released_) store_.KeepUpload(id_, bytes_);
  }

  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  Result<void> Append(std::string_view bytes) override {
    if (bytes.empty()) return Ok();
    if (published_) {
      return Error(Code::kFailedPrecondition, "upload_published",
                   "the upload was finished already; start a new one");
    }
    bytes_ += bytes;
    return Ok();
  }
  Result<void> Flush() override {
    store_.KeepUpload(id_, bytes_);
    return Ok();
  }
  Result<oci::Digest> ComputeDigest(oci::Algorithm algorithm) override {
    return oci::Digest::Of(algorithm, bytes_);
  }
  Result<void> Publish(const oci::Digest& digest) override {
    published_ = true;
    store_.Put(digest, bytes_);
    return Ok();
  }
  void Release() override {
    released_ = true;
    static_cast<void>(store_.RemoveUpload(id_));
  }

 private:
  MemBlobStore& store_;
  const std::string id_;
  std::string bytes_;
  bool published_ = false;
  bool released_ = false;
};

void MemBlobStore::KeepUpload(const std::string& id, const std::string& bytes) {
  if (bytes.empty()) return;
  MutexLock lock(mutex_);
  uploads_[id] = {bytes, clock_.Now()};
}

void MemBlobStore::Put(const oci::Digest& digest, const std::string& bytes) {
  MutexLock lock(mutex_);
  Blob& blob = blobs_[digest];
  if (blob.bytes != nullptr && *blob.bytes == bytes) return;
  blob = {std::make_shared<const std::string>(bytes), clock_.Now()};
}

void MemBlobStore::Rot(const oci::Digest& digest, size_t offset) {
  MutexLock lock(mutex_);
  Blob& blob = blobs_.at(digest);
  std::string bytes = *blob.bytes;
  bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ 1);
  blob.bytes = std::make_shared<const std::string>(std::move(bytes));
}

Result<std::unique_ptr<BlobWriter>> MemBlobStore::StartUpload(const std::string& id,
                                                              oci::Algorithm) {
  TRY(CheckUploadId(id));
  return std::unique_ptr<BlobWriter>(std::make_unique<Writer>(*this, id, std::string()));
}

Result<std::optional<std::unique_ptr<BlobWriter>>> MemBlobStore::ResumeUpload(const std::string& id,
                                                                              oci::Algorithm) {
  TRY(CheckUploadId(id));
  MutexLock lock(mutex_);
  const auto upload = uploads_.find(id);
  if (upload == uploads_.end()) return std::optional<std::unique_ptr<BlobWriter>>();
  return std::optional<std::unique_ptr<BlobWriter>>(
      std::make_unique<Writer>(*this, id, upload->second.bytes));
}

Result<void> MemBlobStore::ListUploads(
    FunctionRef<void(const std::string& id, Time changed)> visit) {
  std::vector<std::pair<std::string, Time>> uploads;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, upload] : uploads_) uploads.emplace_back(id, upload.changed);
  }
  for (const auto& [id, changed] : uploads) visit(id, changed);
  return Ok();
}

Result<void> MemBlobStore::RemoveUpload(const std::string& id) {
  TRY(CheckUploadId(id));
  MutexLock lock(mutex_);
  uploads_.erase(id);
  return Ok();
}

Result<std::optional<std::shared_ptr<const BlobReader>>> MemBlobStore::Open(
    const oci::Digest& digest, int64_t size) {
  using Found = std::optional<std::shared_ptr<const BlobReader>>;
  MutexLock lock(mutex_);
  const auto blob = blobs_.find(digest);
  if (blob == blobs_.end()) return Found();
  if (static_cast<int64_t>(blob->second.bytes->size()) != size)
    return Corruption("blob_size", "blob " + digest.text() + " has a wrong length")
        .With("digest", digest.text());
  return Found(std::make_shared<Reader>(blob->second.bytes));
}

Result<void> MemBlobStore::RemoveAll(std::span<const oci::Digest> digests) {
  MutexLock lock(mutex_);
  for (const oci::Digest& digest : digests) blobs_.erase(digest);
  return Ok();
}

Result<void> MemBlobStore::List(
    const std::optional<oci::Digest>& after,
    FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) {
  struct Found {
    oci::Digest digest;
    int64_t size;
    Time changed;
  };
  std::vector<Found> found;
  {
    MutexLock lock(mutex_);
    for (auto it = after ? blobs_.upper_bound(*after) : blobs_.begin(); it != blobs_.end(); ++it)
      found.push_back(
          {it->first, static_cast<int64_t>(it->second.bytes->size()), it->second.changed});
  }
  for (const Found& blob : found) {
    if (!visit(blob.digest, blob.size, blob.changed)) break;
  }
  return Ok();
}

Result<void> MemBlobStore::Quarantine(const oci::Digest& digest) {
  MutexLock lock(mutex_);
  auto blob = blobs_.extract(digest);
  if (!blob.empty()) quarantine_.insert_or_assign(digest, std::move(blob.mapped()));
  return Ok();
}

Result<BlobStore::Space> MemBlobStore::FreeSpace() {
  return Space{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::max()};
}

}  // namespace gantry::blob
