#include "blob/fs/journal_segment.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "blob/fs/layout.h"
#include "crypto/random.h"

namespace gantry::blob {
namespace {

int64_t RoundUp(int64_t size) { return (size + kJournalBlock - 1) / kJournalBlock * kJournalBlock; }

uint64_t RandomNonce() {
  uint64_t nonce = 0;
  std::memcpy(&nonce, crypto::RandomBytes(sizeof nonce).data(), sizeof nonce);
  return nonce;
}

}  // namespace

JournalSegment::JournalSegment(io::FileSystem& fs, int number, std::unique_ptr<io::File> file,
                               int64_t size, const SegmentHeader& header)
    : fs_(fs), number_(number), file_(std::move(file)), size_(size), header_(header) {}

Result<JournalSegment::IdleFile> JournalSegment::MakeFile(io::FileSystem& fs, int number,
                                                          int64_t size) {
  IdleFile idle{number, nullptr};
  // A failed attempt may have left one.
  TRY(fs.Remove(JournalPath(number)));
  TRY_ASSIGN(idle.file, fs.Create(JournalPath(number)));
  Result<void> made = idle.file->Reserve(size);
  if (made.ok()) made = fs.SyncDirectory(kJournalDirectory);
  if (made.ok()) return idle;
  static_cast<void>(fs.Remove(JournalPath(number)));
  return std::move(made).error();
}

Result<std::unique_ptr<JournalSegment>> JournalSegment::Begin(io::FileSystem& fs, IdleFile idle,
                                                              int64_t size, uint64_t sequence) {
  const SegmentHeader header{true, sequence, RandomNonce()};
  TRY(idle.file->WriteAt(0, EncodeSegmentHeader(header)));
  return std::unique_ptr<JournalSegment>(
      new JournalSegment(fs, idle.number, std::move(idle.file), size, header));
}

Result<std::optional<std::unique_ptr<JournalSegment>>> JournalSegment::Load(io::FileSystem& fs,
                                                                            int number,
                                                                            uint64_t& sequence) {
  using Found = std::optional<std::unique_ptr<JournalSegment>>;
  TRY_ASSIGN(auto file, fs.Open(JournalPath(number), io::OpenMode::kReadWrite));
  if (!file) return Found();
  TRY_ASSIGN(const io::FileInfo info, (*file)->Stat());
  std::string block;
  TRY((*file)->ReadAt(0, kJournalBlock, block));
  // Made, but the machine stopped before its first use.
  if (block.find_first_not_of('\0') == std::string::npos) return Found();
  const auto header = DecodeSegmentHeader(block);
  if (!header) {
    return Corruption("journal_damaged",
                      "the header of " + JournalPath(number) +
                          " is damaged; it may hold blobs of the last minute before the end of "
                          "the earlier process. To start without them, move the file away and run "
                          "gantry verify");
  }
  sequence = std::max(sequence, header->sequence);
  if (!header->live) return Found();
  return Found(std::unique_ptr<JournalSegment>(
      new JournalSegment(fs, number, *std::move(file), info.size, *header)));
}

bool JournalSegment::Fits(size_t batch_size) const {
  return end_ + RoundUp(static_cast<int64_t>(batch_size)) <= size_;
}

Result<void> JournalSegment::Write(std::string& batch) {
  GANTRY_ASSERT(!failed_ && Fits(batch.size()));
  // A batch never shares a block with an earlier one, so that writing it endangers none.
  batch.resize(static_cast<size_t>(RoundUp(static_cast<int64_t>(batch.size()))), '\0');
  Result<void> written = file_->WriteAt(end_, batch);
  if (written.ok()) written = file_->SyncData();
  if (!written.ok()) failed_ = true;
  end_ += static_cast<int64_t>(batch.size());
  return written;
}

Result<void> JournalSegment::ReadBytes(int64_t offset, size_t length, std::string& bytes) const {
  bytes.clear();
  return file_->ReadAt(offset, length, bytes);
}

Result<void> JournalSegment::ForEachRecord(
    FunctionRef<Result<void>(const RecordHeader&, int64_t offset, std::string_view bytes)> visit) {
  std::string text;
  std::string bytes;
  int64_t at = kJournalBlock;
  while (at < size_) {
    TRY(ReadBytes(at, kRecordHeaderSize, text));
    const auto header =
        text.size() == kRecordHeaderSize ? DecodeRecordHeader(text, header_.nonce) : std::nullopt;
    if (!header) {
      // The end of a batch, or of all, or a rotten header: a batch may begin at any block.
      at = RoundUp(at + 1);
      continue;
    }
    const int64_t bytes_at = at + static_cast<int64_t>(kRecordHeaderSize);
    TRY(ReadBytes(bytes_at, header->length, bytes));
    at = bytes_at + static_cast<int64_t>(header->length);
    // Not if it is torn or rotten.
    const bool intact = header->kind == RecordHeader::Kind::kRemoval ||
                        oci::Digest::Of(header->digest.algorithm(), bytes) == header->digest;
    if (intact) TRY(visit(*header, bytes_at, bytes));
  }
  return Ok();
}

Result<std::optional<JournalSegment::IdleFile>> JournalSegment::Retire() {
  if (!failed_) {
    header_.live = false;
    Result<void> written = file_->WriteAt(0, EncodeSegmentHeader(header_));
    if (written.ok()) written = file_->SyncData();
    failed_ = !written.ok();
  }
  if (!failed_) return std::optional<IdleFile>(IdleFile{number_, std::move(file_)});
  TRY(fs_.Remove(JournalPath(number_)));
  TRY(fs_.SyncDirectory(kJournalDirectory));
  return std::optional<IdleFile>();
}

}  // namespace gantry::blob
