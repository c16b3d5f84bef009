#include <algorithm>

#include "audit/search.h"
#include "audit/testing/fixture.h"

namespace gantry::audit {
namespace {

using Fault = io::FaultFileSystem::Fault;
using Unsynced = io::FaultFileSystem::Unsynced;

constexpr int kSteps = 16;

// Runs a script of batches, checkpoints, retention and index files while the file system breaks.
class LogCrashTest : public LogFixture {
 protected:
  LogCrashTest() {
    limits_.bytes = 1500;  // several segments
    limits_.age = Hours(1);
  }

  // Until the first step that fails. Keeps what was acknowledged.
  Result<void> Run() {
    for (int step = 0; step < kSteps; ++step) {
      if (step == 8) clock_.Advance(Hours(2));
      TRY(TryAppend(1 + step % 5));
      acknowledged_ = appended_;
      if (step % 4 == 3) TRY(writer_->SignHead());
      if (step % 6 == 5) TRY(catalog_->WriteNextIndex());
      if (step == 11) {
        removable_ = acknowledged_ / 2;
        TRY(writer_->RemoveBefore(MakeRecord(removable_ + 1).time));
      }
    }
    return Ok();
  }

  // Nothing acknowledged is lost, nothing is there that was not appended, all of it verifies.
  void Check() {
    const std::vector<Entry> entries = ReadAll();
    uint64_t next = entries.empty() ? 1 : entries.front().sequence;
    EXPECT_LE(next, removable_ + 1);
    for (const Entry& entry : entries) {
      ASSERT_EQ(entry.sequence, next);
      EXPECT_TRUE(entry.record == MakeRecord(next)) << next;
      ++next;
    }
    EXPECT_GE(next, acknowledged_ + 1);
    appended_ = acknowledged_ = next - 1;
    const VerifyReport report = VerifyLog();
    EXPECT_TRUE(report.ok()) << Describe(report);
    EXPECT_EQ(report.last_sequence, next - 1);
  }

  void CrashAt(int64_t n, Unsynced unsynced, uint64_t seed, int64_t again) {
    SCOPED_TRACE("crash at " + std::to_string(n) + ", unsynced " +
                 std::to_string(static_cast<int>(unsynced)) + ", seed " + std::to_string(seed) +
                 ", again at " + std::to_string(again));
    fs_.CrashAt(n);
    if (TryOpen().ok()) static_cast<void>(Run().ok());
    Close();
    fs_.PowerLoss(unsynced, seed);
    if (again > 0) {
      fs_.CrashAt(again);
      static_cast<void>(TryOpen().ok());
      Close();
      fs_.PowerLoss(unsynced, seed + 1);
    }
    Open();
    Check();
    Append(3);
    acknowledged_ = appended_;
    Check();
    Close();
    fs_.PowerLoss(Unsynced::kDrop);
    Open();
    Check();
  }

  // Each with a log of its own: the fixture is made anew by the caller.
  uint64_t acknowledged_ = 0;
  uint64_t removable_ = 0;
};

// A fixture within a test, for each of many runs.
class Trial : public LogCrashTest {
 public:
  using LogCrashTest::Check;
  using LogCrashTest::Close;
  using LogCrashTest::CrashAt;
  using LogCrashTest::fs_;
  using LogCrashTest::Open;
  using LogCrashTest::Run;
  using LogCrashTest::TryOpen;
  void TestBody() override {}

  // From the n-th write point on `times` calls fail; each step is tried until it succeeds.
  void FailAt(int64_t n, Fault fault, int64_t times) {
    SCOPED_TRACE("fault at " + std::to_string(n) + ", times " + std::to_string(times));
    Open();
    fs_.FailAt(n, fault, times);
    for (int step = 0; step < kSteps; ++step) {
      const auto is_broken = [](const Result<void>& result) {
        if (!result.ok()) {
          EXPECT_TRUE(result.error().reason() == "disk_full" ||
                      result.error().reason() == "io_error")
              << result.error().ToString();
        }
        return !result.ok();
      };
      bool failed = is_broken(TryAppend(1 + step % 5));
      for (int tries = 0; failed && tries < 100; ++tries) failed = is_broken(Retry());
      EXPECT_FALSE(failed);
      acknowledged_ = appended_;
      if (step % 4 == 3) is_broken(writer_->SignHead());
      if (step % 6 == 5) static_cast<void>(catalog_->WriteNextIndex().ok());
    }
    fs_.StopFailing();
    EXPECT_TRUE(writer_->SignHead().ok());
    Check();
    // Nothing that was acknowledged depends on a sync that failed.
    Close();
    fs_.PowerLoss(Unsynced::kDrop);
    Open();
    Check();
  }
};

int64_t CountWritePoints() {
  Trial trial;
  trial.Open();
  EXPECT_TRUE(trial.Run().ok());
  trial.Check();
  return trial.fs_.WritePoints();
}

TEST(LogCrash, EveryWritePoint) {
  const int64_t points = CountWritePoints();
  EXPECT_GT(points, 70);
  for (int64_t n = 1; n <= points + 1 && !testing::Test::HasFailure(); ++n) {
    Trial().CrashAt(n, Unsynced::kDrop, 0, 0);
    Trial().CrashAt(n, Unsynced::kKeep, 0, 0);
    for (uint64_t seed = 1; seed <= 2; ++seed) Trial().CrashAt(n, Unsynced::kRandom, seed, 0);
  }
}

TEST(LogCrash, TwiceInARow) {
  const int64_t points = CountWritePoints();
  for (int64_t n = 1; n <= points && !testing::Test::HasFailure(); ++n) {
    for (int64_t again = 1 + n % 3; again < 8; again += 3)
      Trial().CrashAt(n, n % 2 == 0 ? Unsynced::kDrop : Unsynced::kRandom, static_cast<uint64_t>(n),
                      again);
  }
}

TEST(LogCrash, FullDiskAtEveryWritePoint) {
  const int64_t points = CountWritePoints();
  for (int64_t n = 1; n <= points && !testing::Test::HasFailure(); ++n) {
    Trial().FailAt(n, Fault::kDiskFull, 1);
    Trial().FailAt(n, Fault::kDiskFull, 7);
  }
}

TEST(LogCrash, BrokenDiskAtEveryWritePoint) {
  const int64_t points = CountWritePoints();
  for (int64_t n = 1; n <= points && !testing::Test::HasFailure(); ++n) {
    Trial().FailAt(n, Fault::kIoError, 1);
    Trial().FailAt(n, Fault::kIoError, 6);
  }
}

}  // namespace
}  // namespace gantry::audit
