#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/frame.h"
#include "audit/posting_list.h"
#include "audit/term.h"
#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

// Frames that stand together in a segment, at least kGroupSize bytes but for the last group.
struct FrameGroup {
  uint32_t first_record = 0;  // its number in the segment
  uint32_t offset = 0;        // of the first frame
  Time time_min, time_max;
};
inline constexpr size_t kGroupSize = 16 << 10;

// What is asked of the index of a segment, open or closed.
struct SegmentLists {
  uint64_t first_sequence = 0;
  uint32_t records = 0;
  std::vector<FrameGroup> groups;
  std::vector<PostingReader> lists;  // one for each term asked for
  bool has_all = true;               // false: no record has one of the terms
};

// Where to find records of one segment by what they contain, in memory while the segment grows.
// Terms are known by their hash alone: a record found may have another text with the same hash.
// Threads: one.
class Index {
 public:
  explicit Index(uint64_t first_sequence) : first_sequence_(first_sequence) {}

  // A record that follows those so far.
  void Add(const TermHashes& terms);
  // The frame at `offset` ends with the last record added.
  void EndFrame(int64_t offset, Time time_min, Time time_max);

  uint64_t first_sequence() const { return first_sequence_; }
  uint32_t records() const { return records_; }
  // Bytes of memory, about.
  size_t memory() const { return memory_; }

  // A copy of what a search needs.
  SegmentLists Find(const std::vector<uint64_t>& terms) const;
  // Writes the index file of the segment, whose last hash is `final_hash`. It is not synced: a
  // reader finds what is damaged, and it can be made again.
  Result<void> WriteFile(io::FileSystem& fs, const std::string& final_hash) const;

 private:
  const uint64_t first_sequence_;
  uint32_t records_ = 0;
  uint32_t group_records_ = 0;  // records before the frame that is not ended
  size_t memory_ = 0;
  std::vector<FrameGroup> groups_;
  std::unordered_map<uint64_t, PostingList> lists_;
};

// Makes the index of a segment from its frames. corruption/audit_segment_damaged when they are not
// all as they were written. `final_hash` becomes the last hash.
Result<std::unique_ptr<Index>> IndexSegment(io::FileSystem& fs, uint64_t first_sequence,
                                            std::string& final_hash);

// Finds terms in the index file of a closed segment. nullopt: there is no file, or it is damaged.
Result<std::optional<SegmentLists>> FindInIndexFile(io::FileSystem& fs, uint64_t first_sequence,
                                                    const std::vector<uint64_t>& terms);

}  // namespace gantry::audit
