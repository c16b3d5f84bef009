#include "audit/index.h"

#include <algorithm>

#include "audit/frame_decoder.h"
#include "audit/segment_reader.h"
#include "base/assert.h"

namespace gantry::audit {

Index::Index(uint64_t first_sequence) : first_sequence_(first_sequence), table_(64) {}

size_t Index::SlotOf(uint64_t hash) const {
  size_t slot = Start(hash);
  while (table_[slot] != 0 && terms_[table_[slot] - 1].hash != hash) slot = Start(slot + 1);
  return slot;
}

uint32_t Index::FindOrAdd(uint64_t hash) {
  size_t slot = SlotOf(hash);
  if (table_[slot] != 0) return table_[slot] - 1;
  if (terms_.size() >= table_.size() / 2) {
    table_.assign(table_.size() * 2, 0);
    for (size_t i = 0; i < terms_.size(); ++i)
      table_[SlotOf(terms_[i].hash)] = static_cast<uint32_t>(i + 1);
    slot = SlotOf(hash);
  }
  terms_.emplace_back().hash = hash;
  table_[slot] = static_cast<uint32_t>(terms_.size());
  return table_[slot] - 1;
}

void Index::PrefetchSlots(const TermHashes& terms) const {
  for (const uint64_t term : terms) __builtin_prefetch(&table_[Start(term)]);
}

void Index::PrefetchTerms(const TermHashes& terms) const {
  for (const uint64_t term : terms) {
    const uint32_t number = table_[Start(term)];
    if (number != 0) __builtin_prefetch(&terms_[number - 1], 1);
  }
}

// Most of the time goes to memory that is in no cache: the lists of rare terms.
void Index::Add(std::span<const TermHashes> records) {
  constexpr size_t kAhead = 8;
  for (size_t i = 0; i < records.size(); ++i) {
    if (i + 2 * kAhead < records.size()) PrefetchSlots(records[i + 2 * kAhead]);
    if (i + kAhead < records.size()) PrefetchTerms(records[i + kAhead]);
    AddOne(records[i]);
  }
}

void Index::AddOne(const TermHashes& terms) {
  for (size_t i = 0; i < kTermCount; ++i) {
    if (terms[i] == 0) continue;
    if (recent_[i] >= terms_.size() || terms_[recent_[i]].hash != terms[i])
      recent_[i] = FindOrAdd(terms[i]);
    list_bytes_ += terms_[recent_[i]].list.Add(records_);
  }
  ++records_;
}

size_t Index::memory() const {
  return terms_.capacity() * sizeof(Term) + table_.size() * sizeof(uint32_t) + list_bytes_ * 2 +
         groups_.capacity() * sizeof(FrameGroup);
}

void Index::EndFrame(int64_t offset, Time time_min, Time time_max) {
  GANTRY_ASSERT(records_ > group_records_);
  const auto position = static_cast<uint32_t>(offset);
  if (groups_.empty() || position - groups_.back().offset >= kGroupSize) {
    groups_.push_back({group_records_, position, time_min, time_max});
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
    const uint32_t entry = table_[SlotOf(term)];
    found.has_all = found.has_all && entry != 0;
    if (!found.has_all) return found;
    found.lists.push_back(*PostingReader::Open(terms_[entry - 1].list.Encode()));
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
      const TermHashes terms = decoder.Terms();
      index->Add({&terms, 1});
      time_min = std::min(time_min, decoder.time());
      time_max = std::max(time_max, decoder.time());
    }
    index->EndFrame(frame->offset, time_min, time_max);
  }
  final_hash = reader->previous_hash();
  return index;
}

}  // namespace gantry::audit
