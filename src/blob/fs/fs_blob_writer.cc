#include "blob/fs/fs_blob_writer.h"

#include <algorithm>

#include "base/function_ref.h"
#include "blob/fs/layout.h"
#include "blob/fs/temporary_name.h"

namespace gantry::blob {
namespace {

// The medium gets an upload in pieces of this size while it arrives, so that the sync at the end
// has little left to do.
constexpr int64_t kWritebackStep = 8 << 20;
constexpr size_t kReadStep = 256 << 10;

crypto::HashAlgorithm ToHash(oci::Algorithm algorithm) {
  return algorithm == oci::Algorithm::kSha256 ? crypto::HashAlgorithm::kSha256
                                              : crypto::HashAlgorithm::kSha512;
}

// Reads all of a file, in pieces.
Result<void> ReadAll(const io::File& file, int64_t size,
                     FunctionRef<Result<void>(std::string_view)> visit) {
  std::string piece;
  for (int64_t offset = 0; offset < size; offset += static_cast<int64_t>(piece.size())) {
    piece.clear();
    TRY(file.ReadAt(offset, kReadStep, piece));
    if (piece.empty()) return Corruption("io_error", "an upload's file became shorter");
    TRY(visit(piece));
  }
  return Ok();
}

}  // namespace

FsBlobWriter::FsBlobWriter(io::FileSystem& fs, BlobFiles& files, const std::string& id,
                           oci::Algorithm expected)
    : fs_(fs), files_(files), path_(UploadPath(id)), hasher_(ToHash(expected)) {}

FsBlobWriter::~FsBlobWriter() {
  // A failure loses nothing that was acknowledged: Flush would have stored it.
  if (state_ == State::kOpen || state_ == State::kPublished) static_cast<void>(Spill());
}

Result<bool> FsBlobWriter::Resume() {
  TRY_ASSIGN(auto file, fs_.Open(path_, io::OpenMode::kReadWrite));
  if (!file) return false;
  file_ = *std::move(file);
  TRY_ASSIGN(const io::FileInfo info, file_->Stat());
  size_ = info.size;
  stored_ = info.size;
  written_back_ = info.size;
  // The process died between Publish and Release: the file is a blob's, and never written again.
  if (info.links > 1) TRY(CopyFile());
  TRY(ReadAll(*file_, size_, [&](std::string_view piece) {
    hasher_.Update(piece);
    return Ok();
  }));
  return true;
}

Result<void> FsBlobWriter::CopyFile() {
  TemporaryName temporary = files_.NewTemporary();
  TRY_ASSIGN(auto copy, fs_.Create(temporary.path()));
  int64_t offset = 0;
  TRY(ReadAll(*file_, size_, [&](std::string_view piece) {
    offset += static_cast<int64_t>(piece.size());
    return copy->WriteAt(offset - static_cast<int64_t>(piece.size()), piece);
  }));
  TRY(temporary.MoveTo(path_));
  file_ = std::move(copy);
  written_back_ = 0;
  return Ok();
}

Result<void> FsBlobWriter::CheckUsable() const {
  switch (state_) {
    case State::kOpen:
      return Ok();
    case State::kPublished:
      return Error(Code::kFailedPrecondition, "upload_published",
                   "the upload was finished already; start a new one");
    case State::kPoisoned:
    case State::kReleased:
      break;
  }
  return Error(Code::kFailedPrecondition, "upload_failed",
               "an earlier write of this upload failed; start a new one");
}

Result<void> FsBlobWriter::Poison(Result<void> result) {
  if (!result.ok()) state_ = State::kPoisoned;
  return result;
}

Result<void> FsBlobWriter::Append(std::string_view bytes) {
  if (bytes.empty() && state_ == State::kPublished) return Ok();
  TRY(CheckUsable());
  hasher_.Update(bytes);
  size_ += static_cast<int64_t>(bytes.size());
  if (file_ == nullptr && size_ <= kSmallBlobMax) {
    buffer_.append(bytes);
    return Ok();
  }
  TRY(Poison(Spill()));
  return Poison(Store(bytes));
}

Result<void> FsBlobWriter::Flush() {
  TRY(CheckUsable());
  return Poison(Spill());
}

Result<void> FsBlobWriter::Spill() {
  if (buffer_.empty()) return Ok();
  TRY(Store(buffer_));
  buffer_ = std::string();
  return Ok();
}

Result<void> FsBlobWriter::Store(std::string_view bytes) {
  if (file_ == nullptr) {
    // What an earlier upload of this id left is unlinked, not truncated: it may be a blob by now.
    TRY(fs_.Remove(path_));
    TRY_ASSIGN(file_, fs_.Create(path_));
  }
  TRY(file_->WriteAt(stored_, bytes));
  stored_ += static_cast<int64_t>(bytes.size());
  if (stored_ - written_back_ >= kWritebackStep) {
    file_->StartWriteback(written_back_, stored_ - written_back_);
    written_back_ = stored_;
  }
  return Ok();
}

Result<oci::Digest> FsBlobWriter::ComputeDigest(oci::Algorithm algorithm) {
  if (state_ != State::kPublished) TRY(CheckUsable());
  if (hasher_.algorithm() == ToHash(algorithm))
    return oci::Digest::FromHash(algorithm, hasher_.Clone().Finish());
  if (file_ == nullptr) return oci::Digest::Of(algorithm, buffer_);
  crypto::Hasher hasher(ToHash(algorithm));
  TRY(ReadAll(*file_, size_, [&](std::string_view piece) {
    hasher.Update(piece);
    return Ok();
  }));
  return oci::Digest::FromHash(algorithm, hasher.Finish());
}

Result<void> FsBlobWriter::Publish(const oci::Digest& digest) {
  if (state_ != State::kPublished) TRY(CheckUsable());
  state_ = State::kPublished;
  return size_ <= kSmallBlobMax ? PublishSmall(digest) : PublishLarge(digest);
}

Result<void> FsBlobWriter::PublishSmall(const oci::Digest& digest) {
  if (file_ == nullptr) return files_.PublishBytes(digest, buffer_);
  std::string bytes;
  TRY(file_->ReadAt(0, static_cast<size_t>(size_), bytes));
  if (oci::Digest::Of(digest.algorithm(), bytes) != digest)
    return Poison(Corruption("io_error", "the stored bytes of an upload changed; push it again"));
  return files_.PublishBytes(digest, bytes);
}

Result<void> FsBlobWriter::PublishLarge(const oci::Digest& digest) {
  // After a failed sync a later one proves nothing, of the file as of its name.
  TRY(Poison(file_->SyncData()));
  return Poison(files_.PublishFile(digest, path_));
}

void FsBlobWriter::Release() {
  if (file_ != nullptr) static_cast<void>(fs_.Remove(path_));
  file_.reset();
  buffer_ = std::string();
  state_ = State::kReleased;
}

}  // namespace gantry::blob
