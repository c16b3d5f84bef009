#include "core/uploads.h"

#include <utility>
#include <vector>

#include "base/encoding.h"
#include "core/publish.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace gantry::core {
namespace {

constexpr size_t kSessionsMax = 100'000;
constexpr size_t kRandomDigits = 16;
constexpr size_t kIdDigits = 32;

Error UploadUnknown(std::string_view id) {
  return NotFound("upload_unknown", "there is no upload \"" + std::string(id) +
                                        "\" in this repository; start a new one")
      .With("upload", std::string(id));
}

Error UploadBusy(const std::string& id) {
  return Error(Code::kConflict, "upload_busy",
               "another request is writing to upload " + id + "; wait for its answer")
      .With("upload", id);
}

}  // namespace

UploadHandle::UploadHandle(Uploads& uploads, meta::RepositoryKey repository, std::string id,
                           std::unique_ptr<blob::BlobWriter> writer)
    : uploads_(uploads),
      repository_(std::move(repository)),
      id_(std::move(id)),
      writer_(std::move(writer)) {}

UploadHandle::~UploadHandle() {
  if (!over_) uploads_.PutBack(id_, std::move(writer_));
}

Result<void> UploadHandle::Commit(const oci::Digest& digest) {
  TRY_ASSIGN(const oci::Digest actual, writer_->ComputeDigest(digest.algorithm()));
  if (actual != digest) {
    Cancel();
    return InvalidArgument("digest_invalid", "the uploaded bytes have the digest " + actual.text() +
                                                 ", not " + digest.text() +
                                                 "; the upload was discarded, start a new one")
        .With("expected", digest.text())
        .With("actual", actual.text());
  }
  TRY(PublishBlob(uploads_.store_, repository_, digest, *writer_));
  Cancel();
  return Ok();
}

void UploadHandle::Cancel() {
  over_ = true;
  writer_->Release();
  writer_.reset();
  uploads_.Forget(id_);
}

Uploads::Uploads(const Store& store, std::string key) : store_(store), key_(std::move(key)) {}

Uploads::~Uploads() = default;

std::string Uploads::SignedId(const meta::RepositoryKey& repository,
                              std::string_view random) const {
  std::string message(random);
  message += repository.text();
  const std::string mac = crypto::HmacSha256(key_, message);
  return std::string(random) + HexEncode(mac).substr(0, kIdDigits - kRandomDigits);
}

bool Uploads::BelongsTo(const meta::RepositoryKey& repository, std::string_view id) const {
  if (id.size() != kIdDigits || !HexDecode(id)) return false;
  return crypto::ConstantTimeEquals(SignedId(repository, id.substr(0, kRandomDigits)), id);
}

Result<std::string> Uploads::Start(const meta::RepositoryKey& repository,
                                   oci::Algorithm algorithm) {
  std::string id = SignedId(repository, crypto::RandomHex(kRandomDigits / 2));
  MutexLock lock(mutex_);
  if (sessions_.size() >= kSessionsMax) {
    return Error(Code::kResourceExhausted, "too_many_uploads",
                 "too many uploads are open; finish or cancel some and try again");
  }
  Session& session = sessions_[id];
  session.algorithm = algorithm;
  session.changed = store_.clock.Now();
  return id;
}

Result<std::unique_ptr<blob::BlobWriter>> Uploads::OpenWriter(const std::string& id,
                                                              oci::Algorithm algorithm,
                                                              bool known) {
  if (known) return store_.blobs.StartUpload(id, algorithm);
  TRY_ASSIGN(auto resumed, store_.blobs.ResumeUpload(id, algorithm));
  if (!resumed) return UploadUnknown(id);
  return *std::move(resumed);
}

Result<std::unique_ptr<blob::BlobWriter>> Uploads::TakeWriter(
    const std::string& id, std::optional<oci::Algorithm> algorithm) {
  bool known = false;
  {
    MutexLock lock(mutex_);
    const auto [entry, fresh] = sessions_.try_emplace(id);
    Session& session = entry->second;
    known = !fresh;
    if (session.busy) return UploadBusy(id);
    session.busy = true;
    if (session.writer != nullptr) return std::move(session.writer);
    if (!algorithm) algorithm = session.algorithm;
  }
  auto writer = OpenWriter(id, *algorithm, known);
  if (!writer.ok()) {
    MutexLock lock(mutex_);
    if (known) {
      sessions_[id].busy = false;
    } else {
      sessions_.erase(id);
    }
  }
  return writer;
}

Result<std::unique_ptr<UploadHandle>> Uploads::Acquire(const meta::RepositoryKey& repository,
                                                       std::string_view id,
                                                       std::optional<oci::Algorithm> algorithm) {
  if (!BelongsTo(repository, id)) return UploadUnknown(id);
  std::string key(id);
  TRY_ASSIGN(auto writer, TakeWriter(key, algorithm));
  return std::unique_ptr<UploadHandle>(
      new UploadHandle(*this, repository, std::move(key), std::move(writer)));
}

Result<int64_t> Uploads::Status(const meta::RepositoryKey& repository, std::string_view id) {
  if (!BelongsTo(repository, id)) return UploadUnknown(id);
  {
    MutexLock lock(mutex_);
    const auto session = sessions_.find(std::string(id));
    if (session != sessions_.end()) return session->second.size;
  }
  TRY_ASSIGN(const auto handle, Acquire(repository, id));
  return handle->size();
}

void Uploads::PutBack(const std::string& id, std::unique_ptr<blob::BlobWriter> writer) {
  MutexLock lock(mutex_);
  Session& session = sessions_[id];
  session.size = writer->size();
  session.writer = std::move(writer);
  session.changed = store_.clock.Now();
  session.busy = false;
}

void Uploads::Forget(const std::string& id) {
  MutexLock lock(mutex_);
  sessions_.erase(id);
}

Result<int64_t> Uploads::Expire() {
  const Time before = store_.clock.Now() - store_.settings.upload_expiry;
  std::vector<std::unique_ptr<blob::BlobWriter>> expired_writers;
  int64_t expired = 0;
  {
    MutexLock lock(mutex_);
    for (auto session = sessions_.begin(); session != sessions_.end();) {
      if (session->second.busy || session->second.changed > before) {
        ++session;
        continue;
      }
      if (session->second.writer != nullptr) {
        expired_writers.push_back(std::move(session->second.writer));
      }
      session = sessions_.erase(session);
      ++expired;
    }
  }
  for (const auto& writer : expired_writers) writer->Release();
  std::vector<std::string> stored;
  TRY(store_.blobs.ListUploads([&](const std::string& id, Time changed) {
    if (changed <= before) stored.push_back(id);
  }));
  for (const auto& id : stored) {
    {
      MutexLock lock(mutex_);
      if (sessions_.contains(id)) continue;
    }
    TRY(store_.blobs.RemoveUpload(id));
    ++expired;
  }
  return expired;
}

int64_t Uploads::open() const {
  MutexLock lock(mutex_);
  return static_cast<int64_t>(sessions_.size());
}

}  // namespace gantry::core
