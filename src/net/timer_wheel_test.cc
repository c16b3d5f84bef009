#include "net/timer_wheel.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace gantry::net {
namespace {

constexpr Time kStart = {1'000'000'000};
constexpr Duration kTick = Millis(10);

// Records when it was called, and may set itself again.
class Recorder final : public Timer::Target {
 public:
  explicit Recorder(TimerWheel& wheel) : timer(*this), wheel_(wheel) {}
  void OnTimer() override {
    ++fired;
    if (again > 0) {
      --again;
      wheel_.Set(timer, now + Millis(20));
    }
  }
  Timer timer;
  int fired = 0;
  int again = 0;
  Time now;

 private:
  TimerWheel& wheel_;
};

TEST(TimerWheelTest, FiresOnceAfterTheDeadlineAndAtMostATickLate) {
  TimerWheel wheel(kStart, kTick);
  Recorder recorder(wheel);
  wheel.Set(recorder.timer, kStart + Millis(105));
  wheel.Advance(kStart + Millis(104));
  EXPECT_EQ(recorder.fired, 0);
  wheel.Advance(kStart + Millis(116));
  EXPECT_EQ(recorder.fired, 1);
  wheel.Advance(kStart + Seconds(100));
  EXPECT_EQ(recorder.fired, 1);
}

TEST(TimerWheelTest, MovesInBothDirections) {
  TimerWheel wheel(kStart, kTick);
  Recorder recorder(wheel);
  wheel.Set(recorder.timer, kStart + Millis(50));
  wheel.Set(recorder.timer, kStart + Millis(300));  // later: lazily
  wheel.Advance(kStart + Millis(200));
  EXPECT_EQ(recorder.fired, 0);
  wheel.Set(recorder.timer, kStart + Millis(230));  // earlier
  wheel.Advance(kStart + Millis(245));
  EXPECT_EQ(recorder.fired, 1);
  wheel.Set(recorder.timer, kStart + Millis(400));
  wheel.Cancel(recorder.timer);
  wheel.Advance(kStart + Seconds(10));
  EXPECT_EQ(recorder.fired, 1);
}

TEST(TimerWheelTest, DeadlinesBeyondTheWheel) {
  TimerWheel wheel(kStart, kTick);
  Recorder recorder(wheel);
  wheel.Set(recorder.timer, kStart + Seconds(60));
  for (int second = 0; second < 60; ++second) wheel.Advance(kStart + Seconds(second));
  EXPECT_EQ(recorder.fired, 0);
  wheel.Advance(kStart + Millis(60'020));
  EXPECT_EQ(recorder.fired, 1);
}

TEST(TimerWheelTest, ALongSleepMissesNothing) {
  TimerWheel wheel(kStart, kTick);
  std::vector<std::unique_ptr<Recorder>> recorders;
  for (int i = 0; i < 1000; ++i) {
    recorders.push_back(std::make_unique<Recorder>(wheel));
    wheel.Set(recorders.back()->timer, kStart + Millis(i * 7));
  }
  wheel.Advance(kStart + Hours(3));
  for (const auto& recorder : recorders) EXPECT_EQ(recorder->fired, 1);
}

TEST(TimerWheelTest, KnowsHowLongToSleep) {
  TimerWheel wheel(kStart, kTick);
  EXPECT_LT(wheel.UntilNext(kStart).micros, 0);
  Recorder recorder(wheel);
  wheel.Set(recorder.timer, kStart + Millis(100));
  EXPECT_LE(wheel.UntilNext(kStart).micros, Millis(110).micros);
  EXPECT_GE(wheel.UntilNext(kStart).micros, Millis(100).micros);
  EXPECT_EQ(wheel.UntilNext(kStart + Seconds(1)).micros, 0);
  wheel.Advance(kStart + Seconds(1));
  EXPECT_LT(wheel.UntilNext(kStart + Seconds(1)).micros, 0);
}

TEST(TimerWheelTest, TargetsMaySetAndEndTimers) {
  TimerWheel wheel(kStart, kTick);
  Recorder repeats(wheel);
  repeats.again = 3;
  repeats.now = kStart;
  wheel.Set(repeats.timer, kStart);
  for (int i = 1; i < 20; ++i) {
    repeats.now = kStart + Millis(i * 20);
    wheel.Advance(repeats.now);
  }
  EXPECT_EQ(repeats.fired, 4);

  struct Killer final : Timer::Target {
    void OnTimer() override { victim.reset(); }
    std::unique_ptr<Recorder> victim;
  } killer;
  Timer timer(killer);
  killer.victim = std::make_unique<Recorder>(wheel);
  const Time now = kStart + Seconds(1);
  wheel.Advance(now);
  wheel.Set(killer.victim->timer, now + Millis(1));
  wheel.Set(timer, now + Millis(1));
  wheel.Advance(now + Seconds(1));
  EXPECT_EQ(killer.victim, nullptr);
}

// Against the obvious implementation.
TEST(TimerWheelTest, AgreesWithAModel) {
  std::mt19937 random(42);
  TimerWheel wheel(kStart, kTick);
  Time now = kStart;
  struct Entry {
    std::unique_ptr<Recorder> recorder;
    Time deadline;
    bool armed = false;
  };
  std::vector<Entry> entries(50);
  for (Entry& entry : entries) entry.recorder = std::make_unique<Recorder>(wheel);
  for (int step = 0; step < 20'000; ++step) {
    Entry& entry = entries[random() % entries.size()];
    const auto kind = random() % 10;
    if (kind < 6) {
      entry.deadline = now + Millis(static_cast<int64_t>(random() % 20'000));
      entry.armed = true;
      wheel.Set(entry.recorder->timer, entry.deadline);
    } else if (kind < 7) {
      entry.armed = false;
      wheel.Cancel(entry.recorder->timer);
    } else {
      now = now + Millis(static_cast<int64_t>(random() % (kind == 9 ? 9000 : 100)));
      wheel.Advance(now);
      for (Entry& each : entries) {
        const int fired = each.recorder->fired;
        each.recorder->fired = 0;
        ASSERT_LE(fired, 1);
        if (fired == 1) {
          ASSERT_TRUE(each.armed);
          ASSERT_LE(each.deadline, now);
          each.armed = false;
        } else if (each.armed) {
          ASSERT_GT(each.deadline + Millis(11), now);
        }
      }
    }
  }
}

}  // namespace
}  // namespace gantry::net
