#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
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
  explicit Index(uint64_t first_sequence);

  // Records that follow those so far. O(1) each.
  void Add(std::span<const TermHashes> records);
  // The frame at `offset` ends with the last record added.
  void EndFrame(int64_t offset, Time time_min, Time time_max);

  uint64_t first_sequence() const { return first_sequence_; }
  uint32_t records() const { return records_; }
  // Bytes of memory, about.
  size_t memory() const;

  // A copy of what a search needs.
  SegmentLists Find(const std::vector<uint64_t>& terms) const;
  // Writes the index file of the segment, whose last hash is `final_hash`. It is not synced: a
  // reader finds what is damaged, and it can be made again.
  Result<void> WriteFile(io::FileSystem& fs, const std::string& final_hash) const;

 private:
  void AddOne(const TermHashes& terms);
  // Has the processor fetch what AddOne is going to touch, in two steps.
  void PrefetchSlots(const TermHashes& terms) const;
  void PrefetchTerms(const TermHashes& terms) const;
  // Where in table_ the search for a term begins.
  size_t Start(uint64_t hash) const { return hash & (table_.size() - 1); }
  // Where in table_ the term is, or belongs.
  size_t SlotOf(uint64_t hash) const;
  uint32_t FindOrAdd(uint64_t hash);

  const uint64_t first_sequence_;
  uint32_t records_ = 0;
  uint32_t group_records_ = 0;  // records before the frame that is not ended
  size_t list_bytes_ = 0;
  std::vector<FrameGroup> groups_;

  // The lists by the hashes of their terms: an open table of numbers into terms_, plus one; 0:
  // empty.
  struct alignas(64) Term {
    uint64_t hash = 0;
    PostingList list;
  };
  std::vector<Term> terms_;
  std::vector<uint32_t> table_;
  std::array<uint32_t, kTermCount> recent_{};  // in terms_, of the record before
};

// Makes the index of a segment from its frames. corruption/audit_segment_damaged when they are not
// all as they were written. `final_hash` becomes the last hash.
Result<std::unique_ptr<Index>> IndexSegment(io::FileSystem& fs, uint64_t first_sequence,
                                            std::string& final_hash);

// Finds terms in the index file of a closed segment. nullopt: there is no file, or it is damaged.
Result<std::optional<SegmentLists>> FindInIndexFile(io::FileSystem& fs, uint64_t first_sequence,
                                                    const std::vector<uint64_t>& terms);

}  // namespace gantry::audit
