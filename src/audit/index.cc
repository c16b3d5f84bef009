#include "audit/index.h"

#include <algorithm>

#include "audit/frame_decoder.h"
#include "audit/segment_reader.h"
#include "base/assert.h"

namespace gantry::audit {

void Index::Add(const TermHashes& terms) {
  constexpr size_t kNodeSize = 40;
  for (const uint64_t term : terms) {
    if (term == 0) continue;
    const auto [entry, is_new] = lists_.try_emplace(term);
    PostingList& list = entry->second;
    const size_t before = is_new ? 0 : list.memory();
    list.Add(records_);
    memory_ += list.memory() - before + (is_new ? kNodeSize : 0);
  }
  ++records_;
}

void Index::EndFrame(int64_t offset, Time time_min, Time time_max) {
  GANTRY_ASSERT(records_ > group_records_);
  const auto position = static_cast<uint32_t>(offset);
  if (groups_.empty() || position - groups_.back().offset >= kGroupSize) {
    groups_.push_back({group_records_, position, time_min, time_max});
    memory_ += sizeof(FrameGroup);
  } else {
    groups_.back().time_min = std::min(groups_.back().time_min, time_min);
    groups_.back().time_max = std::max(groups_.back().time_max, time_max);
  }
  group_records_ = records_;
}

SegmentLists Index::Find(const std::vector<uint64_t>& terms) const {
  SegmentLists found;
  found.first_sequence = first_sequence_;
  found.records = records_;
  found.groups = groups_;
  for (const uint64_t term : terms) {
    const auto entry = lists_.find(term);
    found.has_all = found.has_all && entry != lists_.end();
    if (!found.has_all) return found;
    found.lists.push_back(*PostingReader::Open(entry->second.Encode()));
  }
  return found;
}

Result<std::unique_ptr<Index>> IndexSegment(io::FileSystem& fs, uint64_t first_sequence,
                                            std::string& final_hash) {
  const auto damaged = [&] {
    return Corruption("audit_segment_damaged",
                      "the audit segment " + SegmentName(first_sequence) +
                          " is not as it was written; `gantry audit verify` says where");
  };
  TRY_ASSIGN(auto reader, SegmentReader::Open(fs, first_sequence));
  if (!reader) return damaged();
  auto index = std::make_unique<Index>(first_sequence);
  FrameDecoder decoder;
  for (;;) {
    TRY_ASSIGN(const auto frame, reader->Next());
    if (!frame) {
      TRY_ASSIGN(const bool at_end, reader->AtEnd());
      if (!at_end) return damaged();
      break;
    }
    if (!frame->hash_is_right) return damaged();
    if (frame->header.kind == FrameKind::kFooter) continue;
    decoder.Begin(frame->header, frame->payload);
    Time time_min = frame->header.base_time, time_max = time_min;
    for (;;) {
      TRY_ASSIGN(const bool more, decoder.Next());
      if (!more) break;
      index->Add(decoder.Terms());
      time_min = std::min(time_min, decoder.time());
      time_max = std::max(time_max, decoder.time());
    }
    index->EndFrame(frame->offset, time_min, time_max);
  }
  final_hash = reader->previous_hash();
  return index;
}

}  // namespace gantry::audit
