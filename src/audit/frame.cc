#include "audit/frame.h"

#include "audit/bytes.h"
#include "base/assert.h"
#include "crypto/hash.h"

namespace gantry::audit {
namespace {

constexpr std::string_view kMagic = "GANTRYAL";
constexpr uint32_t kFormat = 1;

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  GANTRY_ASSERT(header.installation.size() == 16);
  GANTRY_ASSERT(header.previous_hash.size() == kHashSize);
  std::string out(kMagic);
  PutFixed(out, kFormat);
  PutFixed(out, uint32_t{0});
  PutFixed(out, header.first_sequence);
  PutFixed(out, header.created.micros);
  out += header.installation;
  out += header.previous_hash;
  out += crypto::Sha256(out);
  return out;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderSize) return std::nullopt;
  if (bytes.substr(0, 8) != kMagic || GetFixed<uint32_t>(bytes, 8) != kFormat) return std::nullopt;
  if (crypto::Sha256(bytes.substr(0, 80)) != bytes.substr(80, kHashSize)) return std::nullopt;
  SegmentHeader header;
  header.first_sequence = GetFixed<uint64_t>(bytes, 16);
  header.created = {GetFixed<int64_t>(bytes, 24)};
  header.installation = bytes.substr(32, 16);
  header.previous_hash = bytes.substr(48, kHashSize);
  return header;
}

std::string AppendFrame(const FrameHeader& header, std::string_view payload,
                        std::string_view previous_hash, std::string& out) {
  GANTRY_ASSERT(payload.size() == header.payload_size && payload.size() <= kFramePayloadMax);
  const size_t start = out.size();
  PutFixed(out, static_cast<uint32_t>(header.kind));
  PutFixed(out, header.payload_size);
  PutFixed(out, header.first_sequence);
  PutFixed(out, header.records);
  PutFixed(out, uint32_t{0});
  PutFixed(out, header.base_time.micros);
  out += payload;
  std::string hash = FrameHash(previous_hash, std::string_view(out).substr(start));
  out += hash;
  return hash;
}

std::optional<FrameHeader> DecodeFrameHeader(std::string_view bytes) {
  const auto kind = GetFixed<uint32_t>(bytes, 0);
  FrameHeader header;
  header.payload_size = GetFixed<uint32_t>(bytes, 4);
  header.first_sequence = GetFixed<uint64_t>(bytes, 8);
  header.records = GetFixed<uint32_t>(bytes, 16);
  header.base_time = {GetFixed<int64_t>(bytes, 24)};
  if (GetFixed<uint32_t>(bytes, 20) != 0) return std::nullopt;
  if (kind == static_cast<uint32_t>(FrameKind::kRecords)) {
    header.kind = FrameKind::kRecords;
    // A record takes three bytes at least.
    const bool right = header.records > 0 && header.payload_size <= kFramePayloadMax &&
                       header.records <= header.payload_size / 3;
    if (right) return header;
  } else if (kind == static_cast<uint32_t>(FrameKind::kFooter)) {
    header.kind = FrameKind::kFooter;
    if (header.records == 0 && header.payload_size == 0) return header;
  }
  return std::nullopt;
}

std::string FrameHash(std::string_view previous_hash, std::string_view frame) {
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  hasher.Update(previous_hash);
  hasher.Update(frame);
  return hasher.Finish();
}

}  // namespace gantry::audit
