#include "core/pace.h"

#include <gtest/gtest.h>

namespace gantry::core {
namespace {

class PaceTest : public testing::Test {
 protected:
  // Does a batch that takes `work` and rests; returns how long.
  Duration RestAfter(Pace& pace, Duration work) {
    batch_ = pace.Begin();
    clock_.Advance(work);
    const Time begin = clock_.Monotonic();
    pace.Rest();
    return clock_.Monotonic() - begin;
  }

  FakeClock clock_;
  Traffic traffic_;
  int64_t batch_ = 0;
};

TEST_F(PaceTest, WorksHalfTheTimeWithoutClients) {
  Pace pace(clock_, nullptr);
  EXPECT_EQ(RestAfter(pace, Millis(20)), Millis(20));
  EXPECT_EQ(batch_, 100);
}

TEST_F(PaceTest, StepsAsideForWhatMayComeUntilItHasBeenQuiet) {
  Pace pace(clock_, &traffic_);
  const Duration rest = RestAfter(pace, Millis(20));
  EXPECT_EQ(batch_, 20);
  EXPECT_GE(rest, Millis(900));
  EXPECT_LE(rest, Millis(1000));
  EXPECT_EQ(RestAfter(pace, Millis(20)), Millis(20));
  EXPECT_EQ(batch_, 100);
}

TEST_F(PaceTest, HardlyWorksWhileClientsAreServed) {
  // A clock that lets a request in whenever somebody sleeps.
  class ServingClock final : public Clock {
   public:
    ServingClock(FakeClock& clock, Traffic& traffic) : clock_(clock), traffic_(traffic) {}
    Time Now() const override { return clock_.Now(); }
    Time Monotonic() const override { return clock_.Monotonic(); }
    void Sleep(Duration duration) const override {
      clock_.Sleep(duration);
      traffic_.Count();
    }

   private:
    FakeClock& clock_;
    Traffic& traffic_;
  };
  const ServingClock clock(clock_, traffic_);
  Pace pace(clock, &traffic_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(RestAfter(pace, Millis(20)), Millis(20 * 199));
    EXPECT_EQ(batch_, 20);
  }
}

}  // namespace
}  // namespace gantry::core
