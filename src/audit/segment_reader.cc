#include "audit/segment_reader.h"

#include <algorithm>

#include "audit/padded.h"

namespace gantry::audit {
namespace {

constexpr std::string_view kSegmentSuffix = ".seg";

}  // namespace

std::string SegmentName(uint64_t first_sequence) { return Padded(first_sequence) + ".seg"; }
std::string IndexName(uint64_t first_sequence) { return Padded(first_sequence) + ".idx"; }

std::optional<uint64_t> ParseSegmentName(std::string_view name) {
  if (name.size() != kPaddedDigits + 4 || name.substr(kPaddedDigits) != kSegmentSuffix)
    return std::nullopt;
  const auto number = ParsePadded(name.substr(0, kPaddedDigits));
  return number == uint64_t{0} ? std::nullopt : number;
}

SegmentReader::SegmentReader(std::unique_ptr<io::File> file, SegmentHeader header,
                             std::string header_hash, size_t read_size)
    : file_(std::move(file)),
      header_(std::move(header)),
      header_hash_(std::move(header_hash)),
      previous_hash_(header_hash_),
      read_size_(read_size) {}

Result<std::optional<SegmentReader>> SegmentReader::Open(io::FileSystem& fs,
                                                         uint64_t first_sequence,
                                                         size_t read_size) {
  TRY_ASSIGN(auto file, fs.Open(SegmentName(first_sequence), io::OpenMode::kRead));
  if (!file) return std::optional<SegmentReader>();
  std::string bytes;
  TRY((*file)->ReadAt(0, kSegmentHeaderSize, bytes));
  auto header = DecodeSegmentHeader(bytes);
  if (!header || header->first_sequence != first_sequence) return std::optional<SegmentReader>();
  return std::optional<SegmentReader>(
      SegmentReader(*std::move(file), *std::move(header), bytes.substr(80), read_size));
}

Result<std::string> SegmentReader::HashBefore(int64_t offset) const {
  constexpr auto kSize = static_cast<int64_t>(kHashSize);
  std::string hash;
  if (offset >= kSize) TRY(file_->ReadAt(offset - kSize, kHashSize, hash));
  return hash;
}

void SegmentReader::Seek(int64_t offset, std::string previous_hash) {
  offset_ = offset;
  previous_hash_ = std::move(previous_hash);
  buffer_.clear();
  at_ = 0;
}

Result<bool> SegmentReader::Fill(size_t size) {
  if (buffer_.size() - at_ < size) {
    buffer_.erase(0, at_);
    at_ = 0;
    const size_t max = std::max(read_size_, size - buffer_.size());
    TRY(file_->ReadAt(offset_ + static_cast<int64_t>(buffer_.size()), max, buffer_));
  }
  return buffer_.size() - at_ >= size;
}

Result<std::optional<Frame>> SegmentReader::Next() {
  TRY_ASSIGN(const bool has_header, Fill(kFrameHeaderSize));
  if (!has_header) return std::optional<Frame>();
  const auto header = DecodeFrameHeader(Ahead());
  if (!header) return std::optional<Frame>();
  const size_t hashed = kFrameHeaderSize + header->payload_size;
  TRY_ASSIGN(const bool has_all, Fill(hashed + kHashSize));
  if (!has_all) return std::optional<Frame>();
  Frame frame;
  frame.offset = offset_;
  frame.header = *header;
  frame.payload = Ahead().substr(kFrameHeaderSize, header->payload_size);
  frame.hash = Ahead().substr(hashed, kHashSize);
  frame.hash_is_right = FrameHash(previous_hash_, Ahead().substr(0, hashed)) == frame.hash;
  previous_hash_ = frame.hash;
  offset_ += static_cast<int64_t>(hashed + kHashSize);
  at_ += hashed + kHashSize;
  return std::optional<Frame>(frame);
}

Result<bool> SegmentReader::AtEnd() const {
  TRY_ASSIGN(const io::FileInfo info, file_->Stat());
  return offset_ >= info.size;
}

}  // namespace gantry::audit
