#include "crypto/password.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gantry::crypto {
namespace {

PasswordHasher::Options Cheap() {
  PasswordHasher::Options options;
  options.cost = {64, 1, 1};
  return options;
}

bool Matches(PasswordHasher& hasher, std::string_view password, const std::string& hash) {
  const auto check = hasher.Check(password, hash);
  EXPECT_TRUE(check.ok());
  return check.ok() && check->matches;
}

// argon2id, t=2, m=2^16, p=1, "password", "somesalt" of the reference implementation (src/test.c).
constexpr char kKnown[] =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

TEST(PasswordTest, KnowsArgon2id) {
  PasswordHasher hasher;
  EXPECT_TRUE(Matches(hasher, "password", kKnown));
  EXPECT_FALSE(Matches(hasher, "passwore", kKnown));
}

TEST(PasswordTest, ChecksWhatItHashed) {
  PasswordHasher hasher(Cheap());
  for (const std::string& password : {std::string("correct horse"), std::string(),
                                      std::string("nul\0nul", 7), std::string(1024, 'x')}) {
    const auto hash = hasher.Hash(password);
    ASSERT_TRUE(hash.ok());
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << *hash;
    EXPECT_TRUE(Matches(hasher, password, *hash));
    EXPECT_FALSE(Matches(hasher, password + "x", *hash));
  }
}

TEST(PasswordTest, TheDefaultCostsWhatOwaspAsksFor) {
  PasswordHasher hasher;
  EXPECT_TRUE(hasher.Hash("x")->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST(PasswordTest, SaltsEachHash) {
  PasswordHasher hasher(Cheap());
  EXPECT_NE(*hasher.Hash("same"), *hasher.Hash("same"));
}

TEST(PasswordTest, RefusesLongPasswords) {
  PasswordHasher hasher(Cheap());
  EXPECT_EQ(hasher.Hash(std::string(1025, 'x')).error().reason(), "password_too_long");
  EXPECT_FALSE(Matches(hasher, std::string(1025, 'x'), *hasher.Hash(std::string(1024, 'x'))));
}

TEST(PasswordTest, EveryByteCounts) {
  PasswordHasher hasher(Cheap());
  const std::string password(200, 'x');
  const std::string hash = *hasher.Hash(password);
  EXPECT_TRUE(Matches(hasher, password, hash));
  for (const size_t at : {0u, 71u, 72u, 127u, 199u}) {
    std::string other = password;
    other[at] = 'y';
    EXPECT_FALSE(Matches(hasher, other, hash)) << at;
  }
}

TEST(PasswordTest, MatchesNothingAgainstWhatIsNoHashAtTheSameCost) {
  PasswordHasher hasher(Cheap());
  const std::string good = *hasher.Hash("");
  for (std::string hash :
       {std::string(), std::string("x"), std::string("$argon2id$v=19$m=64,t=1,p=1$"),
        std::string("$argon2i") + good.substr(9), good.substr(0, good.size() - 25),
        std::string("$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$") + std::string(43, 'A'),
        std::string("$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$") + std::string(43, 'A'),
        std::string("$argon2id$v=19$m=64,t=1,p=9$c29tZXNhbHQ$") + std::string(43, 'A'), good + "\n",
        good + std::string(300, 'A')}) {
    const int64_t before = hasher.computations();
    EXPECT_FALSE(Matches(hasher, "", hash)) << hash;
    EXPECT_EQ(hasher.computations(), before + 1) << hash;
  }
}

TEST(PasswordTest, TellsWeakerHashes) {
  PasswordHasher weak(Cheap());
  const std::string hash = *weak.Hash("x");
  EXPECT_FALSE(weak.Check("x", hash)->weaker);
  PasswordHasher strong;
  EXPECT_TRUE(strong.Check("x", hash)->weaker);
  EXPECT_TRUE(strong.Check("x", hash)->matches);
}

TEST(PasswordTest, FewRunAtOnceAndFewWait) {
  PasswordHasher::Options options;
  options.cost = {64, 1, 1};
  options.at_once = 1;
  options.waiting_max = 1;
  PasswordHasher hasher(options);
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        const auto hash = hasher.Hash("x");
        if (hash.ok()) {
          done += 1;
        } else {
          EXPECT_EQ(hash.error().reason(), "too_many_logins");
          refused += 1;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(done, 0);
  EXPECT_EQ(done + refused, 400);
  EXPECT_EQ(hasher.computations(), done);
}

}  // namespace
}  // namespace gantry::crypto
