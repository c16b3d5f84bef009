#include "audit/frame_decoder.h"

#include <limits>

#include "audit/bytes.h"
#include "base/encoding.h"

namespace gantry::audit {

void FrameDecoder::Begin(const FrameHeader& header, std::string_view payload) {
  header_ = header;
  left_ = payload;
  done_ = 0;
  time_ = header.base_time;
  for (auto& texts : remembered_) texts.clear();
}

Result<bool> FrameDecoder::Next() {
  const bool more = done_ < header_.records;
  if (more ? !TakeRecord() : !left_.empty()) {
    return Corruption("audit_frame_damaged", "the audit frame of sequence " +
                                                 std::to_string(header_.first_sequence) +
                                                 " does not hold what a frame holds");
  }
  if (more) ++done_;
  return more;
}

bool FrameDecoder::TakeRecord() {
  uint64_t difference = 0, status = 0, present = 0;
  if (!TakeVarint(left_, difference) || !TakeVarint(left_, status) || !TakeVarint(left_, present))
    return false;
  if (status / 4 > std::numeric_limits<uint16_t>::max() || status % 4 > 2) return false;
  if (present >> kFieldCount != 0) return false;
  time_ = {static_cast<int64_t>(static_cast<uint64_t>(time_.micros) +
                                static_cast<uint64_t>(UnZigZag(difference)))};
  status_ = static_cast<uint16_t>(status / 4);
  outcome_ = static_cast<Outcome>(status % 4);
  texts_ = {};
  for (size_t field = 0; field < kFieldCount; ++field) {
    if ((present >> field & 1) != 0 && !TakeText(field)) return false;
  }
  return true;
}

bool FrameDecoder::TakeText(size_t field) {
  uint64_t which = 0;
  if (!TakeVarint(left_, which)) return false;
  auto& remembered = remembered_[field];
  if (which >= 3) {
    if (which - 3 >= remembered.size()) return false;
    texts_[field] = remembered[which - 3];
    return true;
  }
  Stored& text = texts_[field];
  text.form = static_cast<Stored::Form>(which);
  uint64_t size = 32;
  if (text.form != Stored::Form::kSha256 && !TakeVarint(left_, size)) return false;
  if (size == 0 || size > left_.size()) return false;
  text.bytes = left_.substr(0, size);
  left_.remove_prefix(size);
  if (field != static_cast<size_t>(Field::kRequestId) &&
      field != static_cast<size_t>(Field::kDetail))
    remembered.push_back(text);
  return true;
}

std::string FrameDecoder::TextAt(size_t field) const {
  const Stored& text = texts_[field];
  switch (text.form) {
    case Stored::Form::kText:
      return std::string(text.bytes);
    case Stored::Form::kHex:
      return HexEncode(text.bytes);
    case Stored::Form::kSha256:
      return "sha256:" + HexEncode(text.bytes);
  }
  return {};
}

TermHashes FrameDecoder::Terms() const {
  TermHashes terms{};
  for (size_t i = 0; i < kIndexedFields.size(); ++i) {
    const std::string text = Text(kIndexedFields[i]);
    if (!text.empty()) terms[i] = TermHash(kIndexedFields[i], text);
  }
  terms[kTermCount - 1] = TermHash(outcome_);
  return terms;
}

Record FrameDecoder::ToRecord() const {
  Record record;
  record.time = time_;
  record.outcome = outcome_;
  record.status = status_;
  const auto texts = TextsOf(record);
  for (size_t field = 0; field < kFieldCount; ++field) *texts[field] = TextAt(field);
  return record;
}

}  // namespace gantry::audit
