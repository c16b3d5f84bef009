#include "audit/checkpoint_file.h"

#include "audit/replace_file.h"

namespace gantry::audit {
namespace {

constexpr int64_t kLine = static_cast<int64_t>(kCheckpointLineSize);

}  // namespace

Result<std::unique_ptr<CheckpointFile>> CheckpointFile::Open(io::FileSystem& fs,
                                                             const SigningKey& key,
                                                             log::Logger& logger) {
  std::unique_ptr<CheckpointFile> checkpoints(new CheckpointFile(fs, key));
  TRY(checkpoints->Load(logger));
  return checkpoints;
}

Result<std::string> CheckpointFile::ReadLine(int64_t number) const {
  std::string line;
  if (number >= 0) TRY(file_->ReadAt(number * kLine, kCheckpointLineSize, line));
  return line;
}

Result<void> CheckpointFile::Load(log::Logger& logger) {
  TRY_ASSIGN(auto file, fs_.Open(kCheckpointsName, io::OpenMode::kReadWrite));
  if (!file) {
    TRY_ASSIGN(file_, ReplaceFile(fs_, kCheckpointsName, 0, ""));
    return Ok();
  }
  file_ = *std::move(file);
  TRY_ASSIGN(const io::FileInfo info, file_->Stat());
  int64_t lines = info.size / kLine;
  const std::string public_key = key_.PublicKey();
  // A crash can leave one line of which not every byte arrived.
  for (const int64_t end = lines - 2; lines > 0 && lines > end && !last_; --lines) {
    TRY_ASSIGN(const std::string before, ReadLine(lines - 2));
    TRY_ASSIGN(last_line_, ReadLine(lines - 1));
    last_ = VerifyCheckpoint(last_line_, before, public_key);
    if (last_) break;
  }
  if (!last_ && info.size >= 2 * kLine) {
    // More than a crash does: left as it is for the verification to find, and continued.
    log::Failure(logger, "audit.checkpoints_damaged").Field("bytes", info.size);
    lines = info.size / kLine;
    TRY_ASSIGN(last_line_, ReadLine(lines - 1));
  }
  if (lines * kLine != info.size) {
    log::Warning(logger, "audit.checkpoint_cut").Field("bytes", info.size - lines * kLine);
    TRY(Cut(lines * kLine));
  }
  if (lines == 0) last_line_.clear();
  size_ = lines * kLine;
  if (lines > 0) {
    TRY_ASSIGN(const std::string first, ReadLine(0));
    removed_ = VerifyCheckpoint(first, "", public_key);
    if (removed_ && removed_->kind != Checkpoint::Kind::kRemoved) removed_.reset();
  }
  return Ok();
}

Result<void> CheckpointFile::Cut(int64_t size) {
  TRY_ASSIGN(file_, ReplaceFile(fs_, kCheckpointsName, size, ""));
  return Ok();
}

Result<void> CheckpointFile::Append(const Checkpoint& head) {
  if (suspect_) {
    TRY(Cut(size_));
    suspect_ = false;
  }
  std::string line = SignCheckpoint(head, last_line_, key_);
  suspect_ = true;
  TRY(file_->WriteAt(size_, line));
  TRY(file_->SyncData());
  suspect_ = false;
  size_ += kLine;
  last_line_ = std::move(line);
  last_ = head;
  return Ok();
}

Result<void> CheckpointFile::Restart(const Checkpoint& removed, const Checkpoint& head) {
  const std::string first = SignCheckpoint(removed, "", key_);
  std::string second = SignCheckpoint(head, first, key_);
  TRY_ASSIGN(file_, ReplaceFile(fs_, kCheckpointsName, 0, first + second));
  suspect_ = false;
  size_ = 2 * kLine;
  last_line_ = std::move(second);
  last_ = head;
  removed_ = removed;
  return Ok();
}

}  // namespace gantry::audit
