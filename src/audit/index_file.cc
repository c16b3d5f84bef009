// The file of an index. Numbers are little-endian; checksums are those of term.h.
//
//   0   8  "GANTRYAX"
//   8   4  format: 1
//   12  4  number of records
//   16  8  first sequence of the segment
//   24  32 last hash of the segment
//   56  4  number of frame groups
//   60  4  number of terms
//   64  8  checksum of this header (without this field), the groups and the pages' directory
//   72     groups: u32 first record, u32 offset, i64 earliest and i64 latest time
//   ..     directory: for each page u64 the first hash in it, u64 checksum of the page
//   ..     pages: up to 128 terms each, sorted by hash over all pages:
//            u64 hash, u64 offset of the list in the file, u64 its size, u64 its checksum
//   ..     lists, as PostingList encodes them
#include <algorithm>

#include "audit/bytes.h"
#include "audit/index.h"
#include "audit/segment_reader.h"
#include "audit/term.h"

namespace gantry::audit {
namespace {

constexpr std::string_view kMagic = "GANTRYAX";
constexpr uint32_t kFormat = 1;
constexpr size_t kHeaderSize = 72;
constexpr size_t kChecksumAt = 64;
constexpr size_t kGroupBytes = 24;
constexpr size_t kTermBytes = 32;
constexpr size_t kTermsInPage = 128;
constexpr size_t kDirectoryBytes = 16;
// What a segment can hold at most, so that no number in a damaged file sizes an allocation.
constexpr size_t kGroupsMax = 1 << 20;
constexpr size_t kTermsMax = 1 << 27;
constexpr size_t kListBytesMax = 1 << 30;
constexpr std::string_view kUnfinished = "index.new";

size_t Pages(size_t terms) { return (terms + kTermsInPage - 1) / kTermsInPage; }

uint64_t HeadChecksum(std::string_view head) {
  return Checksum(std::string(head.substr(0, kChecksumAt)) + std::string(head.substr(kHeaderSize)));
}

// Writes at the end of a file, in large pieces.
class Output {
 public:
  Output(io::File& file, size_t offset) : file_(file), offset_(static_cast<int64_t>(offset)) {}
  Result<void> Write(std::string_view bytes) {
    buffer_ += bytes;
    return buffer_.size() < (256 << 10) ? Ok() : Flush();
  }
  Result<void> Flush() {
    TRY(file_.WriteAt(offset_, buffer_));
    offset_ += static_cast<int64_t>(buffer_.size());
    buffer_.clear();
    return Ok();
  }

 private:
  io::File& file_;
  int64_t offset_;
  std::string buffer_;
};

// An index file whose head was read and found whole.
struct OpenFile {
  std::unique_ptr<io::File> file;
  std::string head;  // header, groups, directory
  size_t groups = 0;
  size_t terms = 0;

  size_t DirectoryAt() const { return kHeaderSize + groups * kGroupBytes; }
  uint64_t FirstHash(size_t page) const {
    return GetFixed<uint64_t>(head, DirectoryAt() + page * kDirectoryBytes);
  }
};

Result<std::optional<OpenFile>> OpenIndexFile(io::FileSystem& fs, uint64_t first_sequence) {
  TRY_ASSIGN(auto file, fs.Open(IndexName(first_sequence), io::OpenMode::kRead));
  if (!file) return std::optional<OpenFile>();
  OpenFile index;
  index.file = *std::move(file);
  TRY(index.file->ReadAt(0, kHeaderSize, index.head));
  if (index.head.size() < kHeaderSize || index.head.compare(0, 8, kMagic) != 0 ||
      GetFixed<uint32_t>(index.head, 8) != kFormat ||
      GetFixed<uint64_t>(index.head, 16) != first_sequence)
    return std::optional<OpenFile>();
  index.groups = GetFixed<uint32_t>(index.head, 56);
  index.terms = GetFixed<uint32_t>(index.head, 60);
  if (index.groups == 0 || index.groups > kGroupsMax || index.terms > kTermsMax)
    return std::optional<OpenFile>();
  const size_t size = index.DirectoryAt() + Pages(index.terms) * kDirectoryBytes;
  TRY(index.file->ReadAt(kHeaderSize, size - kHeaderSize, index.head));
  if (index.head.size() != size ||
      HeadChecksum(index.head) != GetFixed<uint64_t>(index.head, kChecksumAt))
    return std::optional<OpenFile>();
  return std::optional<OpenFile>(std::move(index));
}

enum class Found { kYes, kNo, kDamaged };

// The list of a term, in `list`.
Result<Found> ReadList(const OpenFile& index, uint64_t term, std::string& list) {
  size_t low = 0, high = Pages(index.terms);
  if (high == 0 || index.FirstHash(0) > term) return Found::kNo;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    (index.FirstHash(middle) <= term ? low : high) = middle;
  }
  const size_t terms = std::min(kTermsInPage, index.terms - low * kTermsInPage);
  const size_t page_at = index.head.size() + low * kTermsInPage * kTermBytes;
  std::string page;
  TRY(index.file->ReadAt(static_cast<int64_t>(page_at), terms * kTermBytes, page));
  const uint64_t checksum =
      GetFixed<uint64_t>(index.head, index.DirectoryAt() + low * kDirectoryBytes + 8);
  if (page.size() != terms * kTermBytes || Checksum(page) != checksum) return Found::kDamaged;
  for (size_t at = 0; at < page.size(); at += kTermBytes) {
    if (GetFixed<uint64_t>(page, at) != term) continue;
    const auto size = GetFixed<uint64_t>(page, at + 16);
    if (size > kListBytesMax) return Found::kDamaged;
    TRY(index.file->ReadAt(static_cast<int64_t>(GetFixed<uint64_t>(page, at + 8)), size, list));
    const bool whole = list.size() == size && Checksum(list) == GetFixed<uint64_t>(page, at + 24);
    return whole ? Found::kYes : Found::kDamaged;
  }
  return Found::kNo;
}

}  // namespace

Result<void> Index::WriteFile(io::FileSystem& fs, const std::string& final_hash) const {
  std::vector<std::pair<uint64_t, const PostingList*>> terms;
  terms.reserve(terms_.size());
  for (const Term& term : terms_) terms.push_back({term.hash, &term.list});
  std::sort(terms.begin(), terms.end());

  std::string head(kMagic);
  PutFixed(head, kFormat);
  PutFixed(head, records_);
  PutFixed(head, first_sequence_);
  head += final_hash;
  PutFixed(head, static_cast<uint32_t>(groups_.size()));
  PutFixed(head, static_cast<uint32_t>(terms.size()));
  PutFixed(head, uint64_t{0});
  for (const FrameGroup& group : groups_) {
    PutFixed(head, group.first_record);
    PutFixed(head, group.offset);
    PutFixed(head, group.time_min.micros);
    PutFixed(head, group.time_max.micros);
  }
  const size_t pages_at = head.size() + Pages(terms.size()) * kDirectoryBytes;
  const size_t lists_at = pages_at + terms.size() * kTermBytes;

  const std::string name(kUnfinished);
  TRY(fs.Remove(name));
  TRY_ASSIGN(const auto file, fs.Create(name));
  Output lists(*file, lists_at), pages(*file, pages_at);
  size_t list_at = lists_at;
  std::string page;
  for (size_t i = 0; i < terms.size(); ++i) {
    const std::string list = terms[i].second->Encode();
    PutFixed(page, terms[i].first);
    PutFixed(page, uint64_t{list_at});
    PutFixed(page, uint64_t{list.size()});
    PutFixed(page, Checksum(list));
    list_at += list.size();
    TRY(lists.Write(list));
    if (page.size() < kTermsInPage * kTermBytes && i + 1 < terms.size()) continue;
    PutFixed(head, GetFixed<uint64_t>(page, 0));
    PutFixed(head, Checksum(page));
    TRY(pages.Write(page));
    page.clear();
  }
  TRY(lists.Flush());
  TRY(pages.Flush());
  std::string checksum;
  PutFixed(checksum, HeadChecksum(head));
  head.replace(kChecksumAt, checksum.size(), checksum);
  TRY(file->WriteAt(0, head));
  return fs.Rename(name, IndexName(first_sequence_));
}

Result<std::optional<SegmentLists>> FindInIndexFile(io::FileSystem& fs, uint64_t first_sequence,
                                                    const std::vector<uint64_t>& terms) {
  TRY_ASSIGN(const auto index, OpenIndexFile(fs, first_sequence));
  if (!index) return std::optional<SegmentLists>();
  SegmentLists found;
  found.first_sequence = first_sequence;
  found.records = GetFixed<uint32_t>(index->head, 12);
  for (size_t i = 0; i < index->groups; ++i) {
    const size_t at = kHeaderSize + i * kGroupBytes;
    found.groups.push_back({GetFixed<uint32_t>(index->head, at),
                            GetFixed<uint32_t>(index->head, at + 4),
                            {GetFixed<int64_t>(index->head, at + 8)},
                            {GetFixed<int64_t>(index->head, at + 16)}});
  }
  for (const uint64_t term : terms) {
    std::string list;
    TRY_ASSIGN(const Found is_there, ReadList(*index, term, list));
    if (is_there == Found::kDamaged) return std::optional<SegmentLists>();
    found.has_all = found.has_all && is_there == Found::kYes;
    if (!found.has_all) break;
    auto reader = PostingReader::Open(std::move(list));
    if (!reader) return std::optional<SegmentLists>();
    found.lists.push_back(*std::move(reader));
  }
  return std::optional<SegmentLists>(std::move(found));
}

}  // namespace gantry::audit
