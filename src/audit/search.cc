#include "audit/search.h"

#include <algorithm>

#include "audit/frame_decoder.h"
#include "audit/segment_reader.h"

namespace gantry::audit {
namespace {

std::vector<uint64_t> TermsOf(const Query& query) {
  std::vector<uint64_t> terms;
  const auto add = [&](Field field, const std::optional<std::string>& text) {
    if (text) terms.push_back(TermHash(field, *text));
  };
  add(Field::kDigest, query.digest);
  add(Field::kPrincipal, query.principal);
  add(Field::kRepository, query.repository);
  add(Field::kAction, query.action);
  add(Field::kAccount, query.account);
  if (query.outcome) terms.push_back(TermHash(*query.outcome));
  return terms;
}

bool Matches(const Query& query, const Record& record) {
  const auto is = [](const std::optional<std::string>& wanted, const std::string& text) {
    return !wanted || *wanted == text;
  };
  return (!query.from || record.time >= *query.from) && (!query.to || record.time < *query.to) &&
         (!query.outcome || record.outcome == *query.outcome) && is(query.action, record.action) &&
         is(query.account, record.account) && is(query.principal, record.principal) &&
         is(query.repository, record.repository) && is(query.digest, record.digest);
}

// The number next to `number` in the order, itself included, that all lists have and that is in
// [low, high]; nullopt: there is none. With no list every number is in all of them.
std::optional<uint32_t> NextCommon(std::vector<PostingReader>& lists, bool newest_first,
                                   uint32_t number) {
  for (size_t agreeing = 0, i = 0; agreeing < lists.size(); i = (i + 1) % lists.size()) {
    const auto found = newest_first ? lists[i].AtMost(number) : lists[i].AtLeast(number);
    if (!found) return std::nullopt;
    agreeing = *found == number ? agreeing + 1 : 1;
    number = *found;
  }
  return number;
}

// Reads single records of a segment; near ones cost less than far ones.
class RecordFetcher {
 public:
  RecordFetcher(io::FileSystem& fs, const SegmentLists& lists) : fs_(fs), lists_(lists) {}

  // nullopt: the segment is damaged there, or gone.
  Result<std::optional<Record>> Fetch(uint32_t number) {
    const auto after = std::upper_bound(
        lists_.groups.begin(), lists_.groups.end(), number,
        [](uint32_t n, const FrameGroup& group) { return n < group.first_record; });
    if (after == lists_.groups.begin()) return std::optional<Record>();
    const FrameGroup& group = *(after - 1);
    if (&group != loaded_) TRY(Load(group));
    const uint64_t sequence = lists_.first_sequence + number;
    for (const LoadedFrame& frame : frames_) {
      const uint64_t first = frame.header.first_sequence;
      if (sequence >= first && sequence - first < frame.header.records)
        return Decode(frame, sequence);
    }
    return std::optional<Record>();
  }

 private:
  struct LoadedFrame {
    FrameHeader header;
    std::string payload;
  };

  Result<void> Load(const FrameGroup& group) {
    loaded_ = &group;
    frames_.clear();
    decoded_ = nullptr;
    constexpr size_t kReadSize = 48 << 10;
    if (!reader_) {
      TRY_ASSIGN(reader_, SegmentReader::Open(fs_, lists_.first_sequence, kReadSize));
    }
    if (!reader_) return Ok();
    TRY_ASSIGN(auto before, reader_->HashBefore(group.offset));
    reader_->Seek(group.offset, std::move(before));
    const bool is_last = &group == &lists_.groups.back();
    const int64_t end = is_last ? INT64_MAX : (&group)[1].offset;
    while (reader_->offset() < end) {
      TRY_ASSIGN(const auto frame, reader_->Next());
      if (!frame || !frame->hash_is_right) break;
      frames_.push_back({frame->header, std::string(frame->payload)});
    }
    return Ok();
  }

  std::optional<Record> Decode(const LoadedFrame& frame, uint64_t sequence) {
    if (&frame != decoded_ || decoder_.sequence() >= sequence) {
      decoder_.Begin(frame.header, frame.payload);
      decoded_ = &frame;
    }
    for (auto more = decoder_.Next(); more.ok() && *more; more = decoder_.Next()) {
      if (decoder_.sequence() == sequence) return decoder_.ToRecord();
    }
    decoded_ = nullptr;
    return std::nullopt;
  }

  io::FileSystem& fs_;
  const SegmentLists& lists_;
  std::optional<SegmentReader> reader_;
  const FrameGroup* loaded_ = nullptr;
  std::vector<LoadedFrame> frames_;  // of that group
  FrameDecoder decoder_;
  const LoadedFrame* decoded_ = nullptr;  // the frame that the decoder is in
};

// The numbers of a segment's records that the times and the cursor leave, [low, high); groups whose
// times are outside are cut off at both ends.
std::pair<uint32_t, uint32_t> RangeOf(const SegmentLists& lists, const Query& query) {
  const auto is_inside = [&](const FrameGroup& group) {
    return (!query.from || group.time_max >= *query.from) &&
           (!query.to || group.time_min < *query.to);
  };
  const auto& groups = lists.groups;
  const auto first = std::find_if(groups.begin(), groups.end(), is_inside);
  if (first == groups.end()) return {0, 0};
  const auto last = std::find_if(groups.rbegin(), groups.rend(), is_inside).base();
  uint64_t low = first->first_record;
  uint64_t high = last == groups.end() ? lists.records : last->first_record;
  high = std::min<uint64_t>(high, lists.records);
  if (query.cursor) {
    const uint64_t base = lists.first_sequence;
    if (query.newest_first) {
      high = std::min(high, *query.cursor - std::min(*query.cursor, base));
    } else if (*query.cursor >= base) {
      low = std::max(low, *query.cursor - base + 1);
    }
  }
  return {static_cast<uint32_t>(std::min(low, high)), static_cast<uint32_t>(high)};
}

// Adds what one segment has, until `result` has one more than `limit`.
Result<void> SearchSegment(io::FileSystem& fs, SegmentLists& lists, const Query& query,
                           size_t limit, SearchResult& result) {
  const auto [low, high] = RangeOf(lists, query);
  if (!lists.has_all || low == high) return Ok();
  std::sort(lists.lists.begin(), lists.lists.end(),
            [](const auto& a, const auto& b) { return a.count() < b.count(); });
  RecordFetcher fetcher(fs, lists);
  bool is_damaged = false;
  uint32_t number = query.newest_first ? high - 1 : low;
  while (result.entries.size() <= limit) {
    const auto found = NextCommon(lists.lists, query.newest_first, number);
    if (!found || *found < low || *found >= high) break;
    TRY_ASSIGN(auto record, fetcher.Fetch(*found));
    is_damaged = is_damaged || !record;
    if (record && Matches(query, *record))
      result.entries.push_back({lists.first_sequence + *found, *std::move(record)});
    if (query.newest_first ? *found == low : *found + 1 == high) break;
    number = query.newest_first ? *found - 1 : *found + 1;
  }
  if (is_damaged) result.damaged.push_back(SegmentName(lists.first_sequence));
  return Ok();
}

// Whether the cursor says that no record of the segment is wanted.
bool IsBeforeCursor(const Query& query, uint64_t first_sequence, uint64_t next_first_sequence) {
  if (!query.cursor) return false;
  return query.newest_first ? first_sequence >= *query.cursor
                            : next_first_sequence <= *query.cursor + 1;
}

}  // namespace

Result<SearchResult> Search(io::FileSystem& fs, Catalog& catalog, const Query& query) {
  SearchResult result;
  const auto limit = static_cast<size_t>(std::clamp(query.limit, 1, kSearchLimitMax));
  const std::vector<uint64_t> terms = TermsOf(query);
  const std::vector<uint64_t> segments = catalog.Segments();
  for (size_t i = 0; i < segments.size() && result.entries.size() <= limit; ++i) {
    const size_t at = query.newest_first ? segments.size() - 1 - i : i;
    const uint64_t next = at + 1 < segments.size() ? segments[at + 1] : UINT64_MAX;
    if (IsBeforeCursor(query, segments[at], next)) continue;
    auto lists = catalog.Find(segments[at], terms);
    if (!lists.ok()) {
      if (lists.error().code() == Code::kNotFound) continue;  // retention was faster
      if (lists.error().code() != Code::kCorruption) return std::move(lists).error();
      result.damaged.push_back(SegmentName(segments[at]));
      continue;
    }
    TRY(SearchSegment(fs, *lists, query, limit, result));
  }
  if (result.entries.size() > limit) {
    result.entries.resize(limit);
    result.cursor = result.entries.back().sequence;
  }
  return result;
}

}  // namespace gantry::audit
