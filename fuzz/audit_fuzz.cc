// A segment of the audit log: any bytes are read to their end or refused, whether their hashes are
// right or not; what was read and is written anew reads the same.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/frame.h"
#include "audit/frame_decoder.h"
#include "audit/frame_encoder.h"
#include "audit/posting_list.h"
#include "base/assert.h"

namespace {

using namespace gantry::audit;  // NOLINT: a program of one file

// False: the payload holds something else.
bool ReadRecords(const FrameHeader& header, std::string_view payload,
                 std::vector<Record>& records) {
  FrameDecoder decoder;
  decoder.Begin(header, payload);
  for (;;) {
    const auto more = decoder.Next();
    if (!more.ok()) return false;
    if (!*more) return true;
    GANTRY_ASSERT(decoder.sequence() == header.first_sequence + records.size());
    records.push_back(decoder.ToRecord());
  }
}

void CheckSame(const Record& a, const Record& b) {
  GANTRY_ASSERT(a.time == b.time && a.outcome == b.outcome && a.status == b.status);
  const auto left = TextsOf(a), right = TextsOf(b);
  for (size_t i = 0; i < kFieldCount; ++i) GANTRY_ASSERT(*left[i] == *right[i]);
}

void CheckRoundTrip(const std::vector<Record>& records) {
  FrameEncoder encoder;
  encoder.Begin(1);
  size_t count = 0;
  for (const Record& record : records) {
    bool fits = true;
    for (const std::string* text : TextsOf(record)) fits = fits && text->size() <= kFieldBytesMax;
    if (!fits || encoder.full()) break;
    TermHashes terms;
    encoder.Add(ViewOf(record), terms);
    ++count;
  }
  if (count == 0) return;
  std::string frame;
  encoder.Finish(std::string(kHashSize, '\0'), frame);
  const auto header = DecodeFrameHeader(frame);
  GANTRY_ASSERT(header && header->records == count);
  std::vector<Record> again;
  GANTRY_ASSERT(ReadRecords(
      *header, std::string_view(frame).substr(kFrameHeaderSize, header->payload_size), again));
  GANTRY_ASSERT(again.size() == count);
  for (size_t i = 0; i < count; ++i) CheckSame(again[i], records[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view left(reinterpret_cast<const char*>(data), size);
  if (auto postings = PostingReader::Open(std::string(left))) {
    for (const uint32_t number : {0U, 1U, 1000U, UINT32_MAX}) {
      const auto before = postings->AtMost(number);
      GANTRY_ASSERT(!before || *before <= number || postings->count() > 1);
      static_cast<void>(postings->AtLeast(number));
    }
  }
  static_cast<void>(DecodeSegmentHeader(left));
  left.remove_prefix(left.size() < kSegmentHeaderSize ? 0 : kSegmentHeaderSize);
  while (left.size() >= kFrameHeaderSize) {
    const auto header = DecodeFrameHeader(left);
    if (!header || left.size() < kFrameHeaderSize + header->payload_size) return 0;
    std::vector<Record> records;
    if (ReadRecords(*header, left.substr(kFrameHeaderSize, header->payload_size), records))
      CheckRoundTrip(records);
    left.remove_prefix(kFrameHeaderSize + header->payload_size);
    left.remove_prefix(left.size() < kHashSize ? left.size() : kHashSize);
  }
  return 0;
}
