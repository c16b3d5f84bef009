#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/frame.h"
#include "audit/record.h"
#include "audit/term.h"
#include "base/result.h"

namespace gantry::audit {

// Reads the records of one frame, first to last. Takes any bytes: what no encoder writes is
// corruption/audit_frame_damaged. Threads: one.
class FrameDecoder {
 public:
  // Begins with a frame. `payload` outlives the use of the decoder for it.
  void Begin(const FrameHeader& header, std::string_view payload);
  // Goes to the next record. False: there was none.
  Result<bool> Next();

  // Of the record that Next went to:
  uint64_t sequence() const { return header_.first_sequence + done_ - 1; }
  Time time() const { return time_; }
  Outcome outcome() const { return outcome_; }
  // The text of a field.
  std::string Text(Field field) const { return TextAt(static_cast<size_t>(field)); }
  // What the index is to know of it.
  TermHashes Terms() const;
  // All of it.
  Record ToRecord() const;

 private:
  // A text as the frame holds it.
  struct Stored {
    enum class Form : uint8_t { kText, kHex, kSha256 } form = Form::kText;
    std::string_view bytes;
  };

  bool TakeRecord();
  bool TakeText(size_t field);
  std::string TextAt(size_t field) const;

  FrameHeader header_;
  std::string_view left_;
  uint32_t done_ = 0;
  Time time_;
  Outcome outcome_ = Outcome::kOk;
  uint16_t status_ = 0;
  std::array<Stored, kFieldCount> texts_;
  std::array<std::vector<Stored>, kFieldCount> remembered_;
};

}  // namespace gantry::audit
