#include "jobs/scheduler.h"

#include <gtest/gtest.h>

#include <future>
#include <utility>

#include "db/migrate.h"
#include "db/testing/temp_folder.h"
#include "meta/schema.h"

namespace gantry::jobs {
namespace {

std::unique_ptr<db::Db> OpenDatabase(const std::string& folder) {
  db::SqliteOptions options;
  options.path = folder + "/test.db";
  auto database = db::OpenSqlite(options);
  EXPECT_TRUE(database.ok());
  EXPECT_TRUE(db::Migrate(**database, meta::Migrations()).ok());
  return std::move(database).value();
}

Duration JustUnder(Duration duration) { return {duration.micros - 1}; }

class SchedulerTest : public testing::Test {
 protected:
  // A task that notes the cursors it gets, and gives cursors "1", "2" and so on.
  Task Counting(std::string name, Duration interval) {
    return {std::move(name), interval, [this](const std::string& cursor) -> Result<std::string> {
              cursors_.push_back(cursor);
              if (fail_) return Unavailable("broken", "it does not work");
              return std::to_string(cursors_.size());
            }};
  }
  Scheduler Make(std::vector<Task> tasks) {
    return {*database_, clock_, logger_, std::move(tasks)};
  }

  using Cursors = std::vector<std::string>;
  db::TempFolder folder_;
  FakeClock clock_;
  log::Logger logger_{2, log::Level::kError};
  std::unique_ptr<db::Db> database_ = OpenDatabase(folder_.path());
  Cursors cursors_;
  bool fail_ = false;
};

TEST_F(SchedulerTest, ATaskIsFirstDueAnIntervalAfterItIsFirstSeen) {
  Scheduler scheduler = Make({Counting("count", Hours(1))});
  scheduler.RunDue();
  clock_.Advance(JustUnder(Hours(1)));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, Cursors{});
  // It is seen to be due within a minute.
  clock_.Advance(Seconds(60));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, Cursors{""});
}

TEST_F(SchedulerTest, AnIntervalLiesBetweenTwoPiecesAndEachGetsTheCursorOfTheLast) {
  Scheduler scheduler = Make({Counting("count", Seconds(30))});
  scheduler.RunDue();
  for (int i = 0; i < 6; ++i) {
    clock_.Advance(Seconds(15));
    scheduler.RunDue();
  }
  EXPECT_EQ(cursors_, (Cursors{"", "1", "2"}));
}

TEST_F(SchedulerTest, TasksHaveSchedulesOfTheirOwn) {
  int often = 0;
  Scheduler scheduler =
      Make({Counting("count", Seconds(50)),
            {"often", Seconds(10), [&](const std::string&) -> Result<std::string> {
               ++often;
               return std::string();
             }}});
  scheduler.RunDue();
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(Seconds(10));
    scheduler.RunDue();
  }
  EXPECT_EQ(cursors_.size(), 2u);
  EXPECT_EQ(often, 10);
}

TEST_F(SchedulerTest, ScheduleAndCursorSurviveARestart) {
  {
    Scheduler scheduler = Make({Counting("count", Hours(1))});
    scheduler.RunDue();
    clock_.Advance(Hours(1));
    scheduler.RunDue();
  }
  database_.reset();
  database_ = OpenDatabase(folder_.path());
  clock_.Advance(JustUnder(Hours(1)));
  Make({Counting("count", Hours(1))}).RunDue();
  EXPECT_EQ(cursors_, Cursors{""});
  clock_.Advance(Micros(1));
  Make({Counting("count", Hours(1))}).RunDue();
  EXPECT_EQ(cursors_, (Cursors{"", "1"}));
}

TEST_F(SchedulerTest, APieceThatFailedIsRunAgainAfterAMinute) {
  Scheduler scheduler = Make({Counting("count", Hours(1))});
  scheduler.RunDue();
  clock_.Advance(Hours(1));
  scheduler.RunDue();  // gives "1"
  fail_ = true;
  clock_.Advance(Hours(1));
  scheduler.RunDue();
  clock_.Advance(JustUnder(Seconds(60)));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, (Cursors{"", "1"}));
  fail_ = false;
  clock_.Advance(Micros(1));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, (Cursors{"", "1", "1"}));
}

TEST_F(SchedulerTest, APieceThatFailedDoesNotWaitLongerThanItsInterval) {
  Scheduler scheduler = Make({Counting("count", Seconds(5))});
  scheduler.RunDue();
  fail_ = true;
  clock_.Advance(Seconds(5));
  scheduler.RunDue();
  clock_.Advance(Seconds(5));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, (Cursors{"", ""}));
}

TEST_F(SchedulerTest, AFailureDoesNotHinderTheTasksAfterIt) {
  fail_ = true;
  int others = 0;
  Scheduler scheduler = Make({Counting("broken", Seconds(5)),
                              {"other", Seconds(5), [&](const std::string&) -> Result<std::string> {
                                 ++others;
                                 return std::string();
                               }}});
  scheduler.RunDue();
  clock_.Advance(Seconds(5));
  scheduler.RunDue();
  EXPECT_EQ(cursors_.size(), 1u);
  EXPECT_EQ(others, 1);
}

TEST_F(SchedulerTest, WhileOneNodeHasATaskOthersLeaveItAlone) {
  Scheduler other = Make({Counting("shared", Seconds(10))});
  int runs = 0;
  Scheduler scheduler =
      Make({{"shared", Seconds(10), [&](const std::string&) -> Result<std::string> {
               ++runs;
               other.RunDue();
               clock_.Advance(JustUnder(Hours(1)));
               other.RunDue();
               EXPECT_EQ(cursors_, Cursors{});
               return std::string("from the first");
             }}});
  scheduler.RunDue();
  clock_.Advance(Seconds(10));
  scheduler.RunDue();
  EXPECT_EQ(runs, 1);
  // It was given back, an interval before it is due again.
  clock_.Advance(Seconds(10));
  other.RunDue();
  EXPECT_EQ(cursors_, Cursors{"from the first"});
}

TEST_F(SchedulerTest, ANodeThatDiesLosesTheTaskAfterAnHour) {
  Scheduler other = Make({Counting("shared", Seconds(10))});
  Scheduler scheduler =
      Make({{"shared", Seconds(10), [&](const std::string&) -> Result<std::string> {
               clock_.Advance(Hours(1));
               other.RunDue();
               EXPECT_EQ(cursors_, Cursors{""});
               return std::string();
             }}});
  scheduler.RunDue();
  clock_.Advance(Seconds(10));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, Cursors{""});
}

TEST_F(SchedulerTest, NothingBeginsAfterStop) {
  Scheduler* running = nullptr;
  Scheduler scheduler = Make({{"first", Seconds(10),
                               [&](const std::string&) -> Result<std::string> {
                                 running->Stop();
                                 return std::string();
                               }},
                              Counting("second", Seconds(10))});
  running = &scheduler;
  scheduler.RunDue();
  clock_.Advance(Seconds(10));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, Cursors{});
}

TEST_F(SchedulerTest, StopWaitsForThePieceThatIsRunning) {
  Make({Counting("task", Hours(1))}).RunDue();  // due since the fake clock's 2023
  std::promise<void> begun, stopping;
  bool ended = false;
  const SystemClock clock;
  const Task task = {"task", Hours(1), [&](const std::string&) -> Result<std::string> {
                       begun.set_value();
                       stopping.get_future().wait();
                       ended = true;
                       return std::string();
                     }};
  Scheduler scheduler(*database_, clock, logger_, {task}, Millis(1));
  scheduler.Start();
  begun.get_future().wait();
  stopping.set_value();
  scheduler.Stop();
  EXPECT_TRUE(ended);
}

TEST_F(SchedulerTest, StopWithoutStartReturns) {
  Scheduler scheduler = Make({Counting("task", Duration{0})});
  scheduler.Stop();
  scheduler.RunDue();
  EXPECT_EQ(cursors_, Cursors{});
}

// A task that takes longer than its lease does not undo what who took it over has done.
TEST_F(SchedulerTest, WhoLostTheLeaseLeavesTheScheduleAlone) {
  Cursors other;
  Scheduler taker = Make({{"slow", Hours(1), [&](const std::string& cursor) -> Result<std::string> {
                             other.push_back(cursor);
                             return std::string("the taker's");
                           }}});
  bool slow = true;
  Scheduler scheduler =
      Make({{"slow", Hours(1), [&](const std::string& cursor) -> Result<std::string> {
               cursors_.push_back(cursor);
               if (std::exchange(slow, false)) {
                 clock_.Advance(Hours(2));
                 taker.RunDue();
               }
               return std::string("the loser's");
             }}});
  scheduler.RunDue();
  clock_.Advance(Hours(1));
  clock_.Advance(Seconds(60));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, Cursors{""});
  EXPECT_EQ(other, Cursors{""});
  clock_.Advance(Hours(1));
  clock_.Advance(Seconds(60));
  scheduler.RunDue();
  EXPECT_EQ(cursors_, (Cursors{"", "the taker's"}));
}

}  // namespace
}  // namespace gantry::jobs
