#include "server/rate_limits.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace gantry::server {
namespace {

using Kind = RateLimits::Kind;

RateLimits::Options Rates(RateLimits::Rate reads, RateLimits::Rate writes = {},
                          RateLimits::Rate logins = {}) {
  RateLimits::Options options;
  options.rates = {reads, writes, logins};
  return options;
}

TEST(RateLimitsTest, ABurstIsServedAndThenTheRate) {
  FakeClock clock;
  RateLimits limits(clock, Rates({10, 5}));
  for (int i = 4; i >= 0; --i) {
    const auto state = limits.Take(Kind::kRead, "a");
    EXPECT_TRUE(state.allowed);
    EXPECT_EQ(state.remaining, i);
  }
  const auto refused = limits.Take(Kind::kRead, "a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.retry_seconds, 1);
  EXPECT_EQ(refused.full_seconds, 1);
  clock.Advance(Millis(99));
  EXPECT_FALSE(limits.Take(Kind::kRead, "a").allowed);
  clock.Advance(Millis(1));
  EXPECT_TRUE(limits.Take(Kind::kRead, "a").allowed);
  EXPECT_FALSE(limits.Take(Kind::kRead, "a").allowed);
}

TEST(RateLimitsTest, ABucketHoldsNoMoreThanItsBurst) {
  FakeClock clock;
  RateLimits limits(clock, Rates({10, 3}));
  EXPECT_TRUE(limits.Take(Kind::kRead, "a").allowed);
  clock.Advance(Hours(1000));
  int served = 0;
  while (limits.Take(Kind::kRead, "a").allowed) ++served;
  EXPECT_EQ(served, 3);
}

TEST(RateLimitsTest, RefusalsCostNothing) {
  FakeClock clock;
  RateLimits limits(clock, Rates({1, 1}));
  EXPECT_TRUE(limits.Take(Kind::kRead, "a").allowed);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limits.Take(Kind::kRead, "a").allowed);
  clock.Advance(Seconds(1));
  EXPECT_TRUE(limits.Take(Kind::kRead, "a").allowed);
}

TEST(RateLimitsTest, KeysAndKindsHaveBucketsOfTheirOwn) {
  FakeClock clock;
  RateLimits limits(clock, Rates({1, 1}, {1, 1}));
  EXPECT_TRUE(limits.limits(Kind::kRead));
  EXPECT_TRUE(limits.limits(Kind::kWrite));
  EXPECT_FALSE(limits.limits(Kind::kLogin));
  EXPECT_TRUE(limits.Take(Kind::kRead, "a").allowed);
  EXPECT_FALSE(limits.Take(Kind::kRead, "a").allowed);
  EXPECT_TRUE(limits.Take(Kind::kRead, "b").allowed);
  EXPECT_TRUE(limits.Take(Kind::kWrite, "a").allowed);
}

TEST(RateLimitsTest, LookTakesNothing) {
  FakeClock clock;
  RateLimits limits(clock, Rates({2, 4}));
  EXPECT_EQ(limits.Look(Kind::kRead, "a").remaining, 4);
  EXPECT_TRUE(limits.Take(Kind::kRead, "a").allowed);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limits.Look(Kind::kRead, "a").remaining, 3);
    EXPECT_EQ(limits.Look(Kind::kRead, "a").full_seconds, 1);
  }
}

TEST(RateLimitsTest, ForgetsWhatWasUsedLongestAgoAndNoMoreThanItMust) {
  FakeClock clock;
  RateLimits::Options options = Rates({1, 1});
  options.keys_max = 1600;
  RateLimits limits(clock, options);
  EXPECT_TRUE(limits.Take(Kind::kRead, "kept").allowed);
  EXPECT_TRUE(limits.Take(Kind::kRead, "left").allowed);
  for (int i = 0; i < 20'000; ++i) {
    EXPECT_TRUE(limits.Take(Kind::kRead, std::to_string(i)).allowed);
    EXPECT_FALSE(limits.Take(Kind::kRead, "kept").allowed);  // used all the time
  }
  EXPECT_TRUE(limits.Take(Kind::kRead, "left").allowed);  // forgotten
}

TEST(RateLimitsTest, ManyThreadsGetNoMoreThanTheBurst) {
  FakeClock clock;
  RateLimits limits(clock, Rates({1, 1000}));
  std::vector<int> served(4);
  std::vector<std::thread> threads;
  for (int& mine : served) {
    threads.emplace_back([&limits, &mine] {
      for (int i = 0; i < 500; ++i) mine += limits.Take(Kind::kRead, "a").allowed ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served[0] + served[1] + served[2] + served[3], 1000);
}

TEST(RateLimitsTest, AnAddressIsItsNetworkWhereOneHasMany) {
  EXPECT_EQ(AddressKey("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(AddressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressKey("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressKey("2001:db8:1:3::9"), "2001:db8:1:3::/64");
  EXPECT_EQ(AddressKey("::ffff:192.0.2.7"), "::ffff:192.0.2.7");
}

}  // namespace
}  // namespace gantry::server
