#include "audit/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "audit/segment_reader.h"
#include "audit/testing/fixture.h"

namespace gantry::audit {
namespace {

constexpr int kRecords = 3000;

class SearchTest : public LogFixture {
 protected:
  SearchTest() { limits_.bytes = 40'000; }

  void MakeLog() {
    Open();
    while (appended_ < kRecords) Append(1 + static_cast<int>(appended_ % 400));
    ASSERT_GE(SegmentNames().size(), 4U);
  }

  // What a search must find, by looking at every record.
  std::vector<uint64_t> Expected(const Query& query) const {
    const auto is = [](const auto& wanted, const auto& value) {
      return !wanted || *wanted == value;
    };
    std::vector<uint64_t> found;
    for (uint64_t n = 1; n <= appended_; ++n) {
      const Record r = MakeRecord(n);
      const bool matches = is(query.action, r.action) && is(query.account, r.account) &&
                           is(query.principal, r.principal) && is(query.repository, r.repository) &&
                           is(query.digest, r.digest) && is(query.outcome, r.outcome) &&
                           (!query.from || r.time >= *query.from) &&
                           (!query.to || r.time < *query.to);
      if (matches) found.push_back(n);
    }
    if (query.newest_first) std::reverse(found.begin(), found.end());
    return found;
  }

  // All pages of a search.
  std::vector<uint64_t> Pages(Query query) {
    std::vector<uint64_t> found;
    do {
      const auto page = Search(fs_, *catalog_, query);
      EXPECT_TRUE(page.ok());
      EXPECT_TRUE(page->damaged.empty());
      EXPECT_LE(page->entries.size(), static_cast<size_t>(query.limit));
      for (const Entry& entry : page->entries) {
        EXPECT_TRUE(entry.record == MakeRecord(entry.sequence));
        found.push_back(entry.sequence);
      }
      query.cursor = page->cursor;
    } while (query.cursor);
    return found;
  }

  void CheckRandomQueries(int count) {
    std::mt19937 random(7);
    const auto maybe = [&](unsigned part) { return random() % part == 0; };
    for (int i = 0; i < count && !HasFailure(); ++i) {
      const Record sample = MakeRecord(1 + random() % kRecords);
      Query query;
      if (maybe(3)) query.action = sample.action;
      if (maybe(4)) query.account = sample.account;
      if (maybe(4)) query.principal = sample.principal;
      if (maybe(4)) query.repository = sample.repository;
      if (maybe(6)) query.digest = sample.digest;
      if (maybe(4)) query.outcome = sample.outcome;
      if (maybe(4)) query.from = MakeRecord(random() % kRecords).time;
      if (maybe(4)) query.to = MakeRecord(random() % kRecords).time;
      query.newest_first = maybe(2);
      query.limit = 1 + static_cast<int>(random() % 300);
      EXPECT_EQ(Pages(query), Expected(query)) << i;
    }
  }
};

TEST_F(SearchTest, FindsWhatLookingAtEveryRecordFinds) {
  MakeLog();
  CheckRandomQueries(60);  // indexes in memory
  while (*catalog_->WriteNextIndex()) {
  }
  CheckRandomQueries(60);  // index files
  Open();
  CheckRandomQueries(60);  // after a restart
}

TEST_F(SearchTest, AnEmptyLogHasNothing) {
  Open();
  const auto found = Search(fs_, *catalog_, {});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->entries.empty());
  EXPECT_FALSE(found->cursor);
}

TEST_F(SearchTest, RecordsAreFoundWhenTheyAreDurable) {
  Open();
  Append(2);
  ASSERT_TRUE(writer_->Prepare().ok());
  for (uint64_t n = 3; n < 900; ++n) writer_->Add(ViewOf(MakeRecord(n)));
  EXPECT_EQ(ReadAll().size(), 2U);
  ASSERT_TRUE(writer_->Commit().ok());
  EXPECT_EQ(ReadAll().size(), 899U);
}

TEST_F(SearchTest, LimitsAreLimited) {
  MakeLog();
  Query query;
  query.limit = 1'000'000'000;
  EXPECT_EQ(Search(fs_, *catalog_, query)->entries.size(), static_cast<size_t>(kSearchLimitMax));
  query.limit = -1;
  EXPECT_EQ(Search(fs_, *catalog_, query)->entries.size(), 1U);
  for (const uint64_t cursor : {uint64_t{0}, uint64_t{1}, UINT64_MAX}) {
    for (const bool newest_first : {false, true}) {
      query.cursor = cursor;
      query.newest_first = newest_first;
      const bool is_behind_all = newest_first ? cursor <= 1 : cursor == UINT64_MAX;
      EXPECT_EQ(Search(fs_, *catalog_, query)->entries.empty(), is_behind_all) << cursor;
    }
  }
}

// Whatever happens to an index file: it is made again, and the answers are the same.
TEST_F(SearchTest, DamagedIndexesAreMadeAgain) {
  MakeLog();
  while (*catalog_->WriteNextIndex()) {
  }
  Open();
  const uint64_t segment = *ParseSegmentName(SegmentNames()[1]);
  const std::string name = IndexName(segment), whole = ReadFile(name);
  Query query;
  query.principal = MakeRecord(segment).principal;
  query.limit = kSearchLimitMax;
  const auto expected = Expected(query);
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = whole;
    const size_t at = i < 100 ? static_cast<size_t>(i) : random() % whole.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    if (i % 10 == 9) damaged.resize(at);
    WriteFile(name, damaged);
    ASSERT_EQ(Pages(query), expected) << at;
  }
  ASSERT_TRUE(*fs_.Remove(name));
  EXPECT_EQ(Pages(query), expected);
  EXPECT_EQ(ReadFile(name), whole);
}

// What was changed is not returned, and its segment is named; the rest is found.
TEST_F(SearchTest, DamagedSegmentsAreNamed) {
  MakeLog();
  while (*catalog_->WriteNextIndex()) {
  }
  const std::string name = SegmentNames()[1];
  std::string bytes = ReadFile(name);
  bytes[kSegmentHeaderSize + 5000] = static_cast<char>(bytes[kSegmentHeaderSize + 5000] ^ 1);
  WriteFile(name, bytes);
  Query query;
  query.limit = kSearchLimitMax;
  query.action = "push";
  for (const bool has_index : {true, false}) {
    if (!has_index) {
      ASSERT_TRUE(*fs_.Remove(IndexName(*ParseSegmentName(name))));
    }
    const auto found = Search(fs_, *catalog_, query);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->damaged, std::vector<std::string>{name});
    EXPECT_LT(found->entries.size(), Expected(query).size());
    EXPECT_GT(found->entries.size(), Expected(query).size() / 2);
    for (const Entry& entry : found->entries)
      EXPECT_TRUE(entry.record == MakeRecord(entry.sequence));
  }
}

TEST_F(SearchTest, TheIndexInMemoryIsBounded) {
  limits_.bytes = 64 << 20;
  limits_.index_bytes = 50'000;
  Open();
  for (int i = 0; i < 30; ++i) {
    Append(100);
    EXPECT_LT(catalog_->OpenMemory(), 150'000U);
  }
  EXPECT_GT(SegmentNames().size(), 1U);
  EXPECT_EQ(ReadAll().size(), 3000U);
}

TEST_F(SearchTest, SegmentsAreClosedAfterADay) {
  Open();
  Append(1);
  clock_.Advance(Hours(24));
  Append(1);
  EXPECT_EQ(SegmentNames().size(), 2U);
}

}  // namespace
}  // namespace gantry::audit
