#include "audit/posting_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace gantry::audit {
namespace {

TEST(PostingList, FindsWhatAVectorFinds) {
  std::mt19937 random(1);
  for (const uint32_t count : {1U, 2U, 127U, 128U, 129U, 256U, 257U, 3000U}) {
    for (const uint32_t gap : {1U, 3U, 1000U}) {
      PostingList list;
      std::vector<uint32_t> numbers;
      uint32_t number = static_cast<uint32_t>(random() % 5);
      for (uint32_t i = 0; i < count; ++i) {
        list.Add(number);
        numbers.push_back(number);
        number += 1 + static_cast<uint32_t>(random() % gap);
      }
      auto reader = PostingReader::Open(list.Encode());
      ASSERT_TRUE(reader);
      EXPECT_EQ(reader->count(), count);
      for (int i = 0; i < 2000; ++i) {
        const auto wanted = static_cast<uint32_t>(random() % (number + 10));
        const auto after = std::upper_bound(numbers.begin(), numbers.end(), wanted);
        EXPECT_EQ(reader->AtMost(wanted),
                  after == numbers.begin() ? std::nullopt : std::optional(*(after - 1)));
        const auto at = std::lower_bound(numbers.begin(), numbers.end(), wanted);
        EXPECT_EQ(reader->AtLeast(wanted), at == numbers.end() ? std::nullopt : std::optional(*at));
      }
    }
  }
}

TEST(PostingList, RefusesWhatIsNoList) {
  EXPECT_FALSE(PostingReader::Open(""));
  EXPECT_FALSE(PostingReader::Open(std::string(8, '\0')));
  EXPECT_FALSE(PostingReader::Open(std::string(16, '\xff')));
}

// Differences that are missing shorten a block; nothing is read outside (ASan looks).
TEST(PostingList, ReadsACutListWithoutHarm) {
  PostingList list;
  for (uint32_t i = 0; i < 500; ++i) list.Add(i * 300);
  const std::string encoded = list.Encode();
  for (size_t size = 32; size < encoded.size(); size += 7) {
    auto reader = PostingReader::Open(encoded.substr(0, size));
    if (!reader) continue;
    for (uint32_t i = 0; i < 150000; i += 777) {
      reader->AtMost(i);
      reader->AtLeast(i);
    }
  }
}

}  // namespace
}  // namespace gantry::audit
