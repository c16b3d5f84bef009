#include "server/tasks.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace gantry::server {
namespace {

// The progress of a scrub that ended long ago.
constexpr const char* kLongAgo = "0 done";

class TasksTest : public core::CoreTest {
 protected:
  const jobs::Task& Find(const std::string& name) {
    tasks_ = MakeTasks(config_, collector_, scrubber_, metrics_, clock_, logger_, stopping_);
    for (const jobs::Task& task : tasks_)
      if (task.name == name) return task;
    ADD_FAILURE() << name;
    std::abort();
  }

  ScrubProgress ProgressOf(const std::string& cursor) {
    return ParseScrubProgress(cursor, clock_.Now());
  }

  Config::Storage config_;
  metrics::Registry metrics_;
  std::atomic<bool> stopping_{false};
  std::vector<jobs::Task> tasks_;
};

TEST_F(TasksTest, IntervalsOfZeroSwitchOff) {
  config_.collection_interval = {0};
  config_.scrub_interval = {0};
  EXPECT_TRUE(
      MakeTasks(config_, collector_, scrubber_, metrics_, clock_, logger_, stopping_).empty());
}

TEST_F(TasksTest, ACollectionIsCounted) {
  PushBlob(Repo("app"), "not needed");
  clock_.Advance(Hours(25));
  EXPECT_EQ(core::Must(Find("collection").run("")), "");
  EXPECT_EQ(core::ReasonOf(blobs_.Open(Repo("app"), DigestOf("not needed"))), "blob_unknown");
  const std::string metrics = metrics_.Render();
  EXPECT_NE(metrics.find("gantry_collection_blobs_removed_total 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("gantry_collection_bytes_freed_total 10\n"), std::string::npos);
  EXPECT_NE(metrics.find("gantry_collection_duration_seconds_count 1\n"), std::string::npos);
}

TEST_F(TasksTest, AScrubGoesOnPieceByPiece) {
  config_.scrub_bytes_per_second = 1;  // 30 bytes a piece
  PushImage(Repo("app"), "v1", {std::string(20, 'a'), std::string(20, 'b'), std::string(20, 'c')});
  const jobs::Task& scrub = Find("scrub");
  const Time started = clock_.Now();
  std::string cursor = kLongAgo;
  int pieces = 0;
  do {
    cursor = core::Must(scrub.run(cursor));
    ASSERT_LT(++pieces, 10);
    EXPECT_EQ(ProgressOf(cursor).started, started);
  } while (!ProgressOf(cursor).done);
  EXPECT_GT(pieces, 1);
  // It kept its speed: 62 bytes.
  EXPECT_GE(clock_.Now() - started, Seconds(60));
  EXPECT_NE(metrics_.Render().find("gantry_scrub_bytes_total 62\n"), std::string::npos);
}

TEST_F(TasksTest, AScrubBeginsAgainAfterItsInterval) {
  config_.scrub_interval = Hours(2);
  PushBlob(Repo("app"), "blob");
  const jobs::Task& scrub = Find("scrub");
  const Time started = clock_.Now();
  std::string cursor = core::Must(scrub.run(kLongAgo));
  ASSERT_TRUE(ProgressOf(cursor).done);
  memory_.Rot(DigestOf("blob"), 0);
  clock_.Advance(Hours(1));
  EXPECT_EQ(core::Must(scrub.run(cursor)), cursor);
  EXPECT_NE(metrics_.Render().find("gantry_scrub_damaged_total 0\n"), std::string::npos);
  clock_.Advance(Hours(1));
  cursor = core::Must(scrub.run(cursor));
  EXPECT_GT(ProgressOf(cursor).started, started);
  EXPECT_NE(metrics_.Render().find("gantry_scrub_damaged_total 1\n"), std::string::npos);
  EXPECT_NE(metrics_.Render().find("gantry_scrub_passes_total 2\n"), std::string::npos);
}

TEST_F(TasksTest, ANewStoreIsScrubbedAnIntervalLater) {
  config_.scrub_interval = Hours(2);
  PushBlob(Repo("app"), "blob");
  const jobs::Task& scrub = Find("scrub");
  std::string cursor = core::Must(scrub.run(""));
  EXPECT_NE(metrics_.Render().find("gantry_scrub_bytes_total 0\n"), std::string::npos);
  clock_.Advance(Hours(1));
  cursor = core::Must(scrub.run(cursor));
  EXPECT_NE(metrics_.Render().find("gantry_scrub_bytes_total 0\n"), std::string::npos);
  clock_.Advance(Hours(1));
  cursor = core::Must(scrub.run(cursor));
  EXPECT_NE(metrics_.Render().find("gantry_scrub_bytes_total 4\n"), std::string::npos);
}

TEST_F(TasksTest, AScrubStopsWithTheServer) {
  PushImage(Repo("app"), "v1", {"one", "two"});
  stopping_.store(true);
  const ScrubProgress progress = ProgressOf(core::Must(Find("scrub").run(kLongAgo)));
  EXPECT_FALSE(progress.done);
  EXPECT_NE(progress.after, "");
}

TEST(ScrubProgressTest, SurvivesBeingText) {
  constexpr Time kThen{1'700'000'000'000'000};
  for (const ScrubProgress& progress :
       {ScrubProgress{kThen, false, "sha256:ab"}, ScrubProgress{kThen, true, ""},
        ScrubProgress{kThen, false, ""}}) {
    const ScrubProgress read = ParseScrubProgress(FormatScrubProgress(progress), Time{1});
    EXPECT_EQ(read.started, progress.started);
    EXPECT_EQ(read.done, progress.done);
    EXPECT_EQ(read.after, progress.after);
  }
}

TEST(ScrubProgressTest, WhatIsNoneBegins) {
  for (const char* text : {"x", "x y", "-1 done"}) {
    const ScrubProgress read = ParseScrubProgress(text, Time{7});
    EXPECT_EQ(read.started, Time{7}) << text;
    EXPECT_FALSE(read.done) << text;
    EXPECT_EQ(read.after, "") << text;
  }
}

}  // namespace
}  // namespace gantry::server
