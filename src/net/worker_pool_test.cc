#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

namespace gantry::net {
namespace {

TEST(WorkerPoolTest, RunsEveryJobBeforeItEnds) {
  std::atomic<int> ran{0};
  std::atomic<int> prepared{0};
  {
    WorkerPool pool(4, 100'000, [&] { ++prepared; });
    for (int i = 0; i < 10'000; ++i) pool.Submit([&] { ++ran; });
  }
  EXPECT_EQ(ran, 10'000);
  EXPECT_GE(prepared, 1);
  EXPECT_LE(prepared, 4);
}

TEST(WorkerPoolTest, StartsThreadsOnlyForWork) {
  std::atomic<int> started{0};
  WorkerPool pool(8, 10, [&] { ++started; });
  EXPECT_EQ(started, 0);
  std::promise<void> first;
  pool.Submit([&] { first.set_value(); });
  first.get_future().wait();
  EXPECT_EQ(started, 1);
}

TEST(WorkerPoolTest, JobsRunAtOnceUpToTheMaximumThenWaitThenAreRefused) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  std::atomic<int> running{0};
  std::promise<void> all_running;
  WorkerPool pool(3, 2, {});
  const auto job = [&] {
    if (++running == 3) all_running.set_value();
    gone.wait();
  };
  for (int i = 0; i < 3; ++i) pool.Submit(job);
  all_running.get_future().wait();
  EXPECT_EQ(pool.stats().busy, 3u);
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_FALSE(pool.TrySubmit([] {}));
  pool.Submit([] {});  // belongs to something admitted
  EXPECT_EQ(pool.stats().queued, 3u);
  go.set_value();
}

TEST(WorkerPoolTest, AQueueOfNothingStillRunsWhatAThreadIsFreeFor) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  std::promise<void> running;
  WorkerPool pool(1, 1, {});
  EXPECT_TRUE(pool.TrySubmit([&] {
    running.set_value();
    gone.wait();
  }));
  running.get_future().wait();
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_FALSE(pool.TrySubmit([] {}));
  go.set_value();
}

TEST(WorkerPoolTest, DestroysAJobBeforeTheNext) {
  WorkerPool pool(1, 10, {});
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = owned;
  std::promise<bool> gone;
  pool.Submit([owned = std::move(owned)] {});
  pool.Submit([&] { gone.set_value(weak.expired()); });
  EXPECT_TRUE(gone.get_future().get());
}

}  // namespace
}  // namespace gantry::net
