#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/frame.h"
#include "audit/record.h"
#include "audit/term.h"

namespace gantry::audit {

// Makes the payload of one frame after the other. Threads: one.
class FrameEncoder {
 public:
  FrameEncoder();

  // Begins a frame.
  void Begin(uint64_t first_sequence);
  // Adds a record; `terms` becomes what the index is to know of it.
  // REQUIRES: !full()
  void Add(const RecordView& record, TermHashes& terms);
  uint32_t records() const { return header_.records; }
  // Whether the next record belongs into another frame.
  bool full() const { return payload_.size() >= kFramePayloadFull || texts_used_ > kTextsFull; }
  // The time of the earliest and of the latest record.
  Time time_min() const { return time_min_; }
  Time time_max() const { return time_max_; }
  // Appends the frame to `out` and returns its hash. REQUIRES: records() > 0
  std::string Finish(std::string_view previous_hash, std::string& out);

 private:
  // A text that stood in this frame; found by its hash. Those of earlier frames count as empty.
  struct Slot {
    uint64_t hash = 0;
    uint32_t frame = 0;
    uint32_t offset = 0;  // in texts_
    uint32_t size = 0;
    uint16_t id = 0;
    uint8_t field = 0;
  };
  static constexpr size_t kSlots = 4096;
  static constexpr size_t kTextsFull = kSlots * 2 / 3;

  void PutText(size_t field, std::string_view text, uint64_t& term);
  void PutNew(std::string_view text);
  bool Holds(const Slot& slot, size_t field, std::string_view text) const;

  FrameHeader header_;
  std::string payload_;
  Time time_min_, time_max_, time_last_;
  uint32_t frame_ = 0;
  std::vector<Slot> slots_;
  size_t texts_used_ = 0;
  std::string texts_;
  std::array<uint16_t, kFieldCount> ids_{};
  std::array<size_t, kFieldCount> recent_{};  // the slot that each field used last
};

// The bytes whose lower-case hexadecimal form is `text` go to `out`. False: there are none, or
// `text` is not a multiple of 8 digits, and `out` is as it was.
bool PackHex(std::string_view text, std::string& out);

}  // namespace gantry::audit
