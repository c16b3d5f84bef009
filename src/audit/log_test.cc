#include "audit/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "audit/testing/fixture.h"
#include "audit/verify.h"

namespace gantry::audit {
namespace {

using Fault = io::FaultFileSystem::Fault;

class LogTest : public testing::Test {
 protected:
  std::unique_ptr<Log> Open(const LogOptions& options = {}) {
    auto log = Log::Open(fs_, clock_, null_.logger(), options);
    EXPECT_TRUE(log.ok());
    return *std::move(log);
  }

  void ExpectWhole(uint64_t records) {
    const auto report = Verify(fs_);
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->ok());
    EXPECT_EQ(report->records, records);
    EXPECT_EQ(report->signed_sequence, records);  // the end is signed when the log is closed
  }

  SystemClock clock_;
  NullLog null_;
  io::FaultFileSystem fs_{clock_};
};

TEST_F(LogTest, ManyThreadsLoseNothing) {
  constexpr int kThreads = 4, kEach = 3000;
  LogOptions options;
  options.segment.bytes = 60'000;
  options.sync_bytes = 100'000;
  auto log = Open(options);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 1; i <= kEach; ++i) {
        Record record = MakeRecord(static_cast<uint64_t>(i));
        record.principal = "user:" + std::to_string(t);
        record.tag = std::to_string(i);
        auto ticket = log->Append(ViewOf(record));
        while (ticket.refused()) {
          std::this_thread::yield();
          ticket = log->Append(ViewOf(record));
        }
        if (i % 500 != 0) continue;
        EXPECT_TRUE(log->Wait(ticket).ok());
        EXPECT_TRUE(log->Find({}).ok());
      }
      const auto last = log->Append(ViewOf(MakeRecord(1)));
      EXPECT_TRUE(log->Wait(last).ok());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(log->durable_sequence(), static_cast<uint64_t>(kThreads * (kEach + 1)));

  for (int t = 0; t < kThreads; ++t) {
    Query query;
    query.principal = "user:" + std::to_string(t);
    query.newest_first = false;
    query.limit = kSearchLimitMax;
    std::vector<int> order;
    do {
      const auto found = *log->Find(query);
      for (const Entry& entry : found.entries) order.push_back(std::stoi(entry.record.tag));
      query.cursor = found.cursor;
    } while (query.cursor);
    ASSERT_EQ(order.size(), static_cast<size_t>(kEach));
    // What was waited for stands before what came after.
    for (size_t i = 0; i < order.size(); ++i)
      EXPECT_EQ((order[i] - 1) / 500, static_cast<int>(i) / 500) << i;
    std::sort(order.begin(), order.end());
    for (int i = 1; i <= kEach; ++i) EXPECT_EQ(order[static_cast<size_t>(i) - 1], i);
  }
  log.reset();
  ExpectWhole(kThreads * (kEach + 1));
}

TEST_F(LogTest, WhatNobodyWaitsForIsWrittenAtTheEnd) {
  LogOptions options;
  options.sync_interval = Hours(1);
  auto log = Open(options);
  for (uint64_t n = 1; n <= 10; ++n) EXPECT_FALSE(log->Append(ViewOf(MakeRecord(n))).refused());
  log.reset();
  ExpectWhole(10);
}

TEST_F(LogTest, GoesOnAfterARestart) {
  for (uint64_t n = 1; n <= 5; ++n) {
    auto log = Open();
    EXPECT_TRUE(log->Wait(log->Append(ViewOf(MakeRecord(n)))).ok());
    EXPECT_EQ(log->durable_sequence(), n);
    log.reset();
    ExpectWhole(n);
  }
}

TEST_F(LogTest, LongTextsAreCut) {
  auto log = Open();
  RecordView record;
  const std::string long_text(100'000, 'x');
  for (std::string_view* text : TextsOf(record)) *text = long_text;
  EXPECT_TRUE(log->Wait(log->Append(record)).ok());
  const auto found = *log->Find({});
  ASSERT_EQ(found.entries.size(), 1U);
  const Record& kept = found.entries[0].record;
  EXPECT_EQ(kept.user_agent, std::string(kFieldBytesMax - 3, 'x') + "...");
  EXPECT_EQ(kept.detail, std::string(kDetailBytesMax - 3, 'x') + "...");
}

TEST_F(LogTest, AFullDiskRefusesAndRecovers) {
  LogOptions options;
  options.sync_bytes = 2000;
  options.sync_interval = Millis(1);
  options.retry_interval = Millis(1);
  auto log = Open(options);
  EXPECT_TRUE(log->Wait(log->Append(ViewOf(MakeRecord(1)))).ok());
  fs_.FailAt(1, Fault::kDiskFull, INT64_MAX);
  const auto waited = log->Append(ViewOf(MakeRecord(2)));
  const auto result = log->Wait(waited);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason(), "disk_full");
  EXPECT_FALSE(log->healthy());
  EXPECT_EQ(log->durable_sequence(), 1U);

  // Memory is bounded: at some point it takes no more.
  uint64_t n = 3;
  Log::Ticket ticket;
  do {
    ticket = log->Append(ViewOf(MakeRecord(n)));
    if (!ticket.refused()) ++n;
    ASSERT_LT(n, 1000U);
  } while (!ticket.refused());
  EXPECT_EQ(log->Wait(ticket).error().reason(), "audit_log_full");

  fs_.StopFailing();
  while (!log->Wait(waited).ok()) std::this_thread::yield();  // until the next attempt
  EXPECT_TRUE(log->healthy());
  do {
    ticket = log->Append(ViewOf(MakeRecord(n)));
    std::this_thread::yield();  // until the writer has taken what waits
  } while (ticket.refused());
  EXPECT_TRUE(log->Wait(ticket).ok());
  EXPECT_EQ(log->durable_sequence(), n);  // nothing that was taken was dropped
  log.reset();
  ExpectWhole(n);
}

TEST_F(LogTest, ADiskThatStaysFullDoesNotKeepTheEndWaiting) {
  auto log = Open();
  fs_.FailAt(1, Fault::kDiskFull, INT64_MAX);
  EXPECT_FALSE(log->Wait(log->Append(ViewOf(MakeRecord(1)))).ok());
  log.reset();
  fs_.StopFailing();
  ExpectWhole(0);
}

TEST_F(LogTest, NothingDependsOnASyncThatFailed) {
  LogOptions options;
  options.retry_interval = Millis(1);
  auto log = Open(options);
  EXPECT_TRUE(log->Wait(log->Append(ViewOf(MakeRecord(1)))).ok());
  fs_.FailAt(2, Fault::kIoError, 1);  // the sync of the next batch
  const auto ticket = log->Append(ViewOf(MakeRecord(2)));
  EXPECT_EQ(log->Wait(ticket).error().reason(), "io_error");
  while (!log->Wait(ticket).ok()) std::this_thread::yield();
  fs_.CrashAt(1);
  log.reset();
  fs_.PowerLoss(io::FaultFileSystem::Unsynced::kDrop);
  EXPECT_EQ(Open()->durable_sequence(), 2U);
}

}  // namespace
}  // namespace gantry::audit
