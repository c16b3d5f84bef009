#include "blob/fs/journal_record.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::blob {
namespace {

constexpr char kSegmentMagic[] = "GANTRYBJ";
constexpr char kRecordMagic[] = "GBJr";
constexpr uint32_t kFormat = 1;
constexpr uint32_t kLive = 1;
constexpr uint32_t kRetired = 2;
constexpr size_t kChecksumSize = 8;
constexpr size_t kHashField = 64;

void PutNumber(uint64_t number, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 255);
}

uint64_t GetNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    number |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return number;
}

std::string Checksum(std::string_view bytes) {
  return crypto::Sha256(bytes).substr(0, kChecksumSize);
}

void AppendChecksum(size_t begin, std::string& out) {
  out += Checksum(std::string_view(out).substr(begin));
}

bool ChecksumMatches(std::string_view bytes, size_t at) {
  return bytes.substr(at, kChecksumSize) == Checksum(bytes.substr(0, at));
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string block = kSegmentMagic;
  PutNumber(kFormat, 4, block);
  PutNumber(header.live ? kLive : kRetired, 4, block);
  PutNumber(header.sequence, 8, block);
  PutNumber(header.nonce, 8, block);
  AppendChecksum(0, block);
  block.resize(kJournalBlock, '\0');
  return block;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view block) {
  if (block.size() < 32 + kChecksumSize || block.substr(0, 8) != kSegmentMagic) return std::nullopt;
  if (GetNumber(block.substr(8, 4)) != kFormat || !ChecksumMatches(block, 32)) return std::nullopt;
  SegmentHeader header;
  header.live = GetNumber(block.substr(12, 4)) == kLive;
  header.sequence = GetNumber(block.substr(16, 8));
  header.nonce = GetNumber(block.substr(24, 8));
  return header;
}

void AppendRecord(const RecordHeader& header, std::string_view bytes, uint64_t nonce,
                  std::string& out) {
  const size_t begin = out.size();
  const auto hash = HexDecode(header.digest.hex());
  GANTRY_ASSERT(hash && hash->size() <= kHashField);
  out += kRecordMagic;
  PutNumber(header.kind == RecordHeader::Kind::kBlob ? 1 : 2, 1, out);
  PutNumber(header.digest.algorithm() == oci::Algorithm::kSha256 ? 1 : 2, 1, out);
  PutNumber(0, 2, out);
  PutNumber(bytes.size(), 4, out);
  PutNumber(0, 4, out);
  PutNumber(nonce, 8, out);
  out += *hash;
  out.append(kHashField - hash->size(), '\0');
  AppendChecksum(begin, out);
  out += bytes;
}

std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, uint64_t nonce) {
  constexpr size_t kHashAt = 24;
  if (bytes.substr(0, 4) != kRecordMagic || GetNumber(bytes.substr(16, 8)) != nonce)
    return std::nullopt;
  if (!ChecksumMatches(bytes, kHashAt + kHashField)) return std::nullopt;
  const uint64_t kind = GetNumber(bytes.substr(4, 1));
  const uint64_t algorithm = GetNumber(bytes.substr(5, 1));
  const uint64_t length = GetNumber(bytes.substr(8, 4));
  if (kind < 1 || kind > 2 || algorithm < 1 || algorithm > 2) return std::nullopt;
  if (length > static_cast<uint64_t>(kSmallBlobMax)) return std::nullopt;
  const bool sha256 = algorithm == 1;
  return RecordHeader{
      kind == 1 ? RecordHeader::Kind::kBlob : RecordHeader::Kind::kRemoval,
      oci::Digest::FromHash(sha256 ? oci::Algorithm::kSha256 : oci::Algorithm::kSha512,
                            bytes.substr(kHashAt, sha256 ? 32 : 64)),
      static_cast<size_t>(length)};
}

}  // namespace gantry::blob
