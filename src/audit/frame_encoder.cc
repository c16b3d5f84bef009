#include "audit/frame_encoder.h"

#include <algorithm>
#include <cstring>

#include "audit/bytes.h"
#include "base/assert.h"

namespace gantry::audit {
namespace {

constexpr std::string_view kSha256 = "sha256:";

// Eight lower-case hexadecimal digits as four bytes, all at once. False: one of them is none.
bool PackEight(const char* digits, char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t text = 0;
  std::memcpy(&text, digits, sizeof text);
  const uint64_t values = (text & kOnes * 0x0f) + 9 * (text >> 6 & kOnes);
  // Written out again they must be the same text.
  const uint64_t again =
      values + kOnes * '0' + ('a' - '0' - 10) * ((values + kOnes * 6) >> 4 & kOnes);
  if (again != text || (values & kOnes * 0xf0) != 0) return false;
  uint64_t packed = (values << 4 | values >> 8) & 0x00ff00ff00ff00ff;
  packed = (packed | packed >> 8) & 0x0000ffff0000ffff;
  packed |= packed >> 16;
  std::memcpy(bytes, &packed, 4);
  return true;
}

constexpr bool IsRemembered(size_t field) {
  return field != static_cast<size_t>(Field::kRequestId) &&
         field != static_cast<size_t>(Field::kDetail);
}

// Where the hash of a field stands in TermHashes; kTermCount: nowhere.
constexpr std::array<size_t, kFieldCount> kTermOf = [] {
  std::array<size_t, kFieldCount> terms{};
  for (auto& term : terms) term = kTermCount;
  for (size_t i = 0; i < kIndexedFields.size(); ++i)
    terms[static_cast<size_t>(kIndexedFields[i])] = i;
  return terms;
}();

}  // namespace

bool PackHex(std::string_view text, std::string& out) {
  char bytes[kDetailBytesMax / 2];
  if (text.empty() || text.size() % 8 != 0 || text.size() / 2 > sizeof bytes) return false;
  for (size_t i = 0; i < text.size(); i += 8) {
    if (!PackEight(text.data() + i, bytes + i / 2)) return false;
  }
  out.append(bytes, text.size() / 2);
  return true;
}

FrameEncoder::FrameEncoder() : slots_(kSlots) { payload_.reserve(kFramePayloadMax); }

void FrameEncoder::Begin(uint64_t first_sequence) {
  header_ = {};
  header_.first_sequence = first_sequence;
  payload_.clear();
  texts_.clear();
  texts_used_ = 0;
  ids_ = {};
  if (++frame_ == 0) {  // the number came around: forget what carries an old one
    slots_.assign(kSlots, {});
    frame_ = 1;
  }
}

void FrameEncoder::Add(const RecordView& record, TermHashes& terms) {
  GANTRY_ASSERT(!full());
  if (header_.records == 0) {
    header_.base_time = time_min_ = time_max_ = time_last_ = record.time;
  }
  ++header_.records;
  time_min_ = std::min(time_min_, record.time);
  time_max_ = std::max(time_max_, record.time);
  // Differences wrap around, and back when they are added again: any time is representable.
  const uint64_t difference =
      static_cast<uint64_t>(record.time.micros) - static_cast<uint64_t>(time_last_.micros);
  PutVarint(payload_, ZigZag(static_cast<int64_t>(difference)));
  time_last_ = record.time;
  PutVarint(payload_, uint64_t{record.status} * 4 + static_cast<uint64_t>(record.outcome));
  const auto texts = TextsOf(record);
  uint64_t present = 0;
  for (size_t i = 0; i < kFieldCount; ++i) present |= uint64_t{!texts[i]->empty()} << i;
  PutVarint(payload_, present);
  terms = {};
  uint64_t unused = 0;
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (texts[i]->empty()) continue;
    PutText(i, *texts[i], kTermOf[i] < kTermCount ? terms[kTermOf[i]] : unused);
  }
  terms[kTermCount - 1] = TermHash(record.outcome);
  GANTRY_ASSERT(payload_.size() <= kFramePayloadMax);
}

bool FrameEncoder::Holds(const Slot& slot, size_t field, std::string_view text) const {
  return slot.frame == frame_ && slot.field == field && slot.size == text.size() &&
         std::equal(text.begin(), text.end(), texts_.begin() + slot.offset);
}

void FrameEncoder::PutText(size_t field, std::string_view text, uint64_t& term) {
  if (!IsRemembered(field)) {
    PutNew(text);
    return;
  }
  const Slot& recent = slots_[recent_[field]];
  if (Holds(recent, field, text)) {
    term = recent.hash;
    PutVarint(payload_, uint64_t{3} + recent.id);
    return;
  }
  const uint64_t hash = TermHash(static_cast<Field>(field), text);
  term = hash;
  size_t at = hash % kSlots;
  while (slots_[at].frame == frame_ && !(slots_[at].hash == hash && Holds(slots_[at], field, text)))
    at = (at + 1) % kSlots;
  recent_[field] = at;
  Slot& slot = slots_[at];
  if (slot.frame == frame_) {
    PutVarint(payload_, uint64_t{3} + slot.id);
    return;
  }
  slot = {hash,
          frame_,
          static_cast<uint32_t>(texts_.size()),
          static_cast<uint32_t>(text.size()),
          ids_[field]++,
          static_cast<uint8_t>(field)};
  texts_ += text;
  ++texts_used_;
  PutNew(text);
}

void FrameEncoder::PutNew(std::string_view text) {
  const size_t start = payload_.size();
  if (text.size() == 71 && text.substr(0, kSha256.size()) == kSha256) {
    PutVarint(payload_, 2);
    if (PackHex(text.substr(kSha256.size()), payload_)) return;
    payload_.resize(start);
  }
  PutVarint(payload_, 1);
  PutVarint(payload_, text.size() / 2);
  if (PackHex(text, payload_)) return;
  payload_.resize(start);
  PutVarint(payload_, 0);
  PutVarint(payload_, text.size());
  payload_ += text;
}

std::string FrameEncoder::Finish(std::string_view previous_hash, std::string& out) {
  GANTRY_ASSERT(header_.records > 0);
  header_.payload_size = static_cast<uint32_t>(payload_.size());
  return AppendFrame(header_, payload_, previous_hash, out);
}

}  // namespace gantry::audit
