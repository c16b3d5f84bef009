#include "audit/frame.h"

#include <gtest/gtest.h>

#include <random>

#include "audit/bytes.h"
#include "audit/frame_decoder.h"
#include "audit/frame_encoder.h"
#include "audit/testing/fixture.h"

namespace gantry::audit {
namespace {

const std::string kNoHash(kHashSize, '\0');

// Encodes the records into frames and decodes them again.
std::vector<Record> RoundTrip(const std::vector<Record>& records) {
  FrameEncoder encoder;
  std::string bytes;
  uint64_t sequence = 1;
  encoder.Begin(sequence);
  for (const Record& record : records) {
    TermHashes terms;
    encoder.Add(ViewOf(record), terms);
    ++sequence;
    if (encoder.full()) {
      encoder.Finish(kNoHash, bytes);
      encoder.Begin(sequence);
    }
  }
  if (encoder.records() > 0) encoder.Finish(kNoHash, bytes);

  std::vector<Record> decoded;
  std::string_view left(bytes);
  while (!left.empty()) {
    const auto header = DecodeFrameHeader(left);
    EXPECT_TRUE(header);
    FrameDecoder decoder;
    decoder.Begin(*header, left.substr(kFrameHeaderSize, header->payload_size));
    for (auto more = decoder.Next();; more = decoder.Next()) {
      EXPECT_TRUE(more.ok());
      if (!more.ok() || !*more) break;
      decoded.push_back(decoder.ToRecord());
      EXPECT_EQ(decoder.sequence(), decoded.size());
    }
    left.remove_prefix(kFrameHeaderSize + header->payload_size + kHashSize);
  }
  return decoded;
}

TEST(Frame, RecordsComeBackAsTheyWere) {
  std::vector<Record> records;
  for (uint64_t n = 1; n <= 5000; ++n) records.push_back(MakeRecord(n));
  EXPECT_TRUE(RoundTrip(records) == records);
}

TEST(Frame, HostileTextsComeBackAsTheyWere) {
  const std::vector<std::string> texts = {"\0\n\r\"\\]",
                                          std::string(3, '\0'),
                                          "\xff\xfe\x80",
                                          "ABCDEF",
                                          "abcdef",
                                          "abcde",
                                          "sha256:",
                                          "ab",
                                          "sha256:" + std::string(64, 'a'),
                                          "sha256:" + std::string(64, 'A'),
                                          "sha256:" + std::string(63, 'a') + "g",
                                          std::string(1024, 'x'),
                                          std::string(1024, '0'),
                                          ""};
  std::vector<Record> records;
  for (size_t i = 0; i < texts.size() * 3; ++i) {
    Record record;
    const auto fields = TextsOf(record);
    for (size_t f = 0; f < kFieldCount; ++f) *fields[f] = texts[(i + f * 5) % texts.size()];
    record.detail = std::string(i % 2 == 0 ? 4096 : 4095, 'f');
    record.status = static_cast<uint16_t>(65535 - i);
    record.outcome = static_cast<Outcome>(i % 3);
    record.time = {i % 2 == 0 ? INT64_MAX : INT64_MIN};
    records.push_back(std::move(record));
  }
  EXPECT_TRUE(RoundTrip(records) == records);
}

TEST(Frame, RepeatedTextsCostLittle) {
  FrameEncoder encoder;
  encoder.Begin(1);
  TermHashes terms;
  const Record record = MakeRecord(3);
  encoder.Add(ViewOf(record), terms);
  std::string one, many;
  for (int i = 0; i < 99; ++i) encoder.Add(ViewOf(record), terms);
  encoder.Finish(kNoHash, many);
  EXPECT_LT(many.size(), 99U * 36 + 400);  // 17 of them are the request id
}

TEST(Frame, TermsOfEncoderAndDecoderAgree) {
  for (uint64_t n = 1; n < 200; ++n) {
    FrameEncoder encoder;
    encoder.Begin(n);
    TermHashes terms;
    encoder.Add(ViewOf(MakeRecord(n)), terms);
    encoder.Add(ViewOf(MakeRecord(n)), terms);
    std::string bytes;
    encoder.Finish(kNoHash, bytes);
    FrameDecoder decoder;
    decoder.Begin(*DecodeFrameHeader(bytes),
                  std::string_view(bytes).substr(kFrameHeaderSize, bytes.size() - 64));
    ASSERT_TRUE(*decoder.Next());
    EXPECT_EQ(decoder.Terms(), terms);
  }
}

// Any payload is read to its end or refused; nothing is read outside of it (ASan looks).
TEST(Frame, DamagedPayloadsAreReadOrRefused) {
  FrameEncoder encoder;
  encoder.Begin(1);
  TermHashes terms;
  for (uint64_t n = 1; n < 20; ++n) encoder.Add(ViewOf(MakeRecord(n)), terms);
  std::string bytes;
  encoder.Finish(kNoHash, bytes);
  const auto header = *DecodeFrameHeader(bytes);
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string payload = bytes.substr(kFrameHeaderSize, header.payload_size);
    payload[random() % payload.size()] = static_cast<char>(random());
    if (i % 3 == 0) payload.resize(random() % payload.size());
    FrameDecoder decoder;
    decoder.Begin(header, payload);
    auto more = decoder.Next();
    for (; more.ok() && *more; more = decoder.Next()) decoder.ToRecord();
    refused += more.ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 7000);
}

TEST(Frame, HeadersAreCheckedForEveryByte) {
  const std::string header =
      EncodeSegmentHeader({42, {7}, std::string(16, 'i'), std::string(32, 'h')});
  ASSERT_EQ(header.size(), kSegmentHeaderSize);
  ASSERT_TRUE(DecodeSegmentHeader(header));
  EXPECT_EQ(DecodeSegmentHeader(header)->first_sequence, 42U);
  for (size_t i = 0; i < header.size(); ++i) {
    std::string damaged = header;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(DecodeSegmentHeader(damaged)) << i;
  }
  EXPECT_FALSE(DecodeSegmentHeader(header.substr(1)));
}

TEST(Varint, ExtremesComeBack) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, UINT64_MAX}) {
    std::string bytes;
    PutVarint(bytes, value);
    std::string_view left(bytes);
    uint64_t read = 1;
    EXPECT_TRUE(TakeVarint(left, read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(left.empty());
    left = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(TakeVarint(left, read));
  }
  std::string_view too_long("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  uint64_t read = 0;
  EXPECT_FALSE(TakeVarint(too_long, read));
  for (const int64_t value : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX})
    EXPECT_EQ(UnZigZag(ZigZag(value)), value);
}

}  // namespace
}  // namespace gantry::audit
