#include "auth/lockout.h"

#include <gtest/gtest.h>

namespace gantry::auth {
namespace {

const iam::AccountId kAccount = iam::AccountId::Default();

class LockoutTest : public testing::Test {
 protected:
  // For how many seconds that name from that address must wait; 0: it need not.
  std::string Wait(const std::string& user, const std::string& peer) {
    const auto checked = lockout_.Check(kAccount, user, peer);
    return checked.ok() ? "0" : checked.error().detail().at(0).second;
  }
  void Fail(int times, const std::string& user, const std::string& peer) {
    for (int i = 0; i < times; ++i) lockout_.Failed(kAccount, user, peer);
  }

  FakeClock clock_;
  Lockout lockout_{clock_};
};

TEST_F(LockoutTest, DoublesTheWaitWithEachFailure) {
  Fail(5, "a", "p");
  EXPECT_EQ(Wait("a", "p"), "0");
  for (const char* seconds :
       {"1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "900", "900"}) {
    Fail(1, "a", "p");
    EXPECT_EQ(Wait("a", "q"), seconds);
  }
  clock_.Advance(Seconds(900));
  EXPECT_EQ(Wait("a", "q"), "0");
}

TEST_F(LockoutTest, ManyFailuresDoNotOverflow) {
  Fail(1000, "a", "p");
  EXPECT_EQ(Wait("a", "q"), "900");
}

TEST_F(LockoutTest, ASuccessForgetsTheNameNotTheAddress) {
  Fail(21, "a", "p");
  lockout_.Succeeded(kAccount, "a");
  EXPECT_EQ(Wait("a", "q"), "0");
  EXPECT_EQ(Wait("b", "p"), "1");
}

TEST_F(LockoutTest, AnAddressThatTriesManyNamesIsLocked) {
  for (int i = 0; i < 21; ++i) Fail(1, "user" + std::to_string(i), "p");
  EXPECT_EQ(Wait("another", "p"), "1");
  EXPECT_EQ(Wait("another", "q"), "0");
}

TEST_F(LockoutTest, ADayWithoutFailureForgets) {
  Fail(6, "a", "p");
  clock_.Advance(Hours(24));
  Fail(5, "a", "p");
  EXPECT_EQ(Wait("a", "p"), "0");
}

TEST_F(LockoutTest, RemembersABoundedNumber) {
  Lockout::Options options;
  options.entries_max = 100;
  Lockout lockout(clock_, options);
  for (int i = 0; i < 6; ++i) lockout.Failed(kAccount, "old", "p");
  for (int i = 0; i < 1000; ++i) {
    clock_.Advance(Millis(1));
    lockout.Failed(kAccount, "user" + std::to_string(i), "p" + std::to_string(i));
  }
  for (int i = 0; i < 6; ++i) lockout.Failed(kAccount, "young", "q");
  EXPECT_TRUE(lockout.Check(kAccount, "old", "x").ok());
  EXPECT_FALSE(lockout.Check(kAccount, "young", "x").ok());
}

}  // namespace
}  // namespace gantry::auth
