// All or nothing, isolation, visibility, many threads.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "db/contract/suite.h"

namespace gantry::db::contract {
namespace {

using Numbers = std::vector<int64_t>;

constexpr Sql kInsert{"INSERT INTO t (id, n) VALUES ($1, $2)"};
constexpr Sql kRead{"SELECT n FROM t WHERE id = $1"};
constexpr Sql kSet{"UPDATE t SET n = $2 WHERE id = $1"};
constexpr Sql kIds{"SELECT id FROM t ORDER BY id"};

Result<void> Insert(Tx& tx, int64_t id, int64_t n) {
  TRY(tx.Execute(kInsert, {id, n}));
  return Ok();
}

Result<int64_t> Get(Tx& tx, int64_t id) {
  int64_t n = -1;
  TRY(tx.Query(kRead, {id}, [&](const Row& row) {
    n = row.Integer(0);
    return Ok();
  }));
  return n;
}

Result<void> Set(Tx& tx, int64_t id, int64_t n) {
  TRY(tx.Execute(kSet, {id, n}));
  return Ok();
}

// Runs `body(thread)` on threads at once and waits for all.
template <typename Body>
void OnThreads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

TEST_P(DbContract, AnErrorOfTheFunctionUndoesAll) {
  MakeCounters();
  const Result<void> wrote = db().Write([](Tx& tx) -> Result<void> {
    TRY(Insert(tx, 1, 1));
    TRY(Insert(tx, 2, 2));
    return NotFound("changed_my_mind", "no");
  });
  EXPECT_EQ(Outcome(wrote), "not_found/changed_my_mind");
  EXPECT_EQ(Integers(kIds), Numbers{});
}

TEST_P(DbContract, AFailedStatementSpoilsTheTransaction) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}})), "ok");
  std::string later;
  const Result<void> wrote = db().Write([&](Tx& tx) -> Result<void> {
    TRY(Insert(tx, 2, 0));
    EXPECT_FALSE(Insert(tx, 1, 0).ok());
    later = Outcome(Insert(tx, 3, 0));
    return Ok();
  });
  EXPECT_EQ(later, "already_exists/unique_violation");
  EXPECT_EQ(Outcome(wrote), "already_exists/unique_violation");
  EXPECT_EQ(Integers(kIds), Numbers{1});
}

TEST_P(DbContract, AFunctionSeesItsOwnChanges) {
  MakeCounters();
  int64_t seen = 0;
  ASSERT_EQ(Outcome(db().Write([&](Tx& tx) -> Result<void> {
              TRY(Insert(tx, 1, 41));
              TRY(Set(tx, 1, 42));
              TRY_ASSIGN(seen, Get(tx, 1));
              return Ok();
            })),
            "ok");
  EXPECT_EQ(seen, 42);
}

TEST_P(DbContract, FailuresAmongConcurrentWritesUndoOnlyThemselves) {
  MakeCounters();
  constexpr int kThreads = 8;
  constexpr int64_t kEach = 30;
  std::atomic<int> wrong = 0;
  OnThreads(kThreads, [&](int thread) {
    for (int64_t i = 0; i < kEach; ++i) {
      const int64_t id = thread * kEach + i;
      const bool fail = i % 3 == 0;
      const Result<void> wrote = db().Write([&](Tx& tx) -> Result<void> {
        TRY(Insert(tx, id, 0));
        if (fail) return NotFound("planned", "planned");
        return Ok();
      });
      if (Outcome(wrote) != (fail ? "not_found/planned" : "ok")) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  Numbers expected;
  for (int64_t id = 0; id < kThreads * kEach; ++id) {
    if (id % kEach % 3 != 0) expected.push_back(id);
  }
  EXPECT_EQ(Integers(kIds), expected);
}

TEST_P(DbContract, ReadModifyWriteOnEightThreadsLosesNothing) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}})), "ok");
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::atomic<int64_t> acknowledged = 0;
  std::atomic<int> strange = 0;
  OnThreads(kThreads, [&](int) {
    for (int i = 0; i < kEach; ++i) {
      const Result<void> wrote = db().Write([&](Tx& tx) -> Result<void> {
        TRY_ASSIGN(const int64_t n, Get(tx, 1));
        return Set(tx, 1, n + 1);
      });
      if (wrote.ok()) {
        ++acknowledged;
      } else if (wrote.error().reason() != "too_many_conflicts") {
        ++strange;
      }
    }
  });
  EXPECT_EQ(strange, 0);
  EXPECT_GT(acknowledged, kThreads * kEach * 9 / 10);
  EXPECT_EQ(Integers(kRead, {int64_t{1}}), Numbers{acknowledged});
}

// Write skew: each function alone keeps the sum above zero; both at once would not.
TEST_P(DbContract, WritesAreSerializable) {
  MakeCounters();
  for (int round = 0; round < 20; ++round) {
    ASSERT_EQ(Outcome(db().Write([&](Tx& tx) -> Result<void> {
                TRY(tx.Execute({"DELETE FROM t"}, {}));
                TRY(Insert(tx, 0, 1));
                return Insert(tx, 1, 1);
              })),
              "ok");
    OnThreads(2, [&](int own) {
      const Result<void> wrote = db().Write([&](Tx& tx) -> Result<void> {
        TRY_ASSIGN(const int64_t mine, Get(tx, own));
        TRY_ASSIGN(const int64_t other, Get(tx, 1 - own));
        if (mine + other < 2) return Ok();
        return Set(tx, own, 0);
      });
      EXPECT_EQ(Outcome(wrote), "ok");
    });
    EXPECT_EQ(Integers({"SELECT SUM(n) FROM t"}), Numbers{1});
  }
}

TEST_P(DbContract, AFunctionThatStartsCleanCanRunAgain) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}})), "ok");
  std::atomic<int> wrong = 0;
  OnThreads(4, [&](int) {
    for (int i = 0; i < 20; ++i) {
      Numbers seen;
      const Result<void> wrote = db().Write([&](Tx& tx) -> Result<void> {
        seen.clear();
        TRY_ASSIGN(const int64_t before, Get(tx, 1));
        TRY(Set(tx, 1, before + 1));
        TRY_ASSIGN(const int64_t after, Get(tx, 1));
        seen = {before, after};
        return Ok();
      });
      if (wrote.ok() && (seen.size() != 2 || seen[1] != seen[0] + 1)) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(DbContract, AReadSeesEveryWriteThatReturnedBefore) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}})), "ok");
  std::atomic<int64_t> returned = 0;
  std::atomic<bool> done = false;
  std::atomic<int> stale = 0;
  std::thread writer([&] {
    for (int64_t n = 1; n <= 200; ++n) {
      if (db().Write([&](Tx& tx) { return Set(tx, 1, n); }).ok()) returned = n;
    }
    done = true;
  });
  OnThreads(3, [&](int) {
    while (!done) {
      const int64_t least = returned;
      int64_t seen = 0;
      const Result<void> read = db().Read([&](Tx& tx) -> Result<void> {
        TRY_ASSIGN(seen, Get(tx, 1));
        return Ok();
      });
      if (!read.ok() || seen < least) ++stale;
    }
  });
  writer.join();
  EXPECT_EQ(returned, 200);
  EXPECT_EQ(stale, 0);
}

TEST_P(DbContract, AReadIsOneSnapshot) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{1}})), "ok");
  int64_t first = 0;
  int64_t second = 0;
  const Result<void> read = db().Read([&](Tx& tx) -> Result<void> {
    TRY_ASSIGN(first, Get(tx, 1));
    std::thread([&] {
      EXPECT_EQ(Outcome(db().Write([](Tx& other) { return Set(other, 1, 2); })), "ok");
    }).join();
    TRY_ASSIGN(second, Get(tx, 1));
    return Ok();
  });
  EXPECT_EQ(Outcome(read), "ok");
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  EXPECT_EQ(Integers(kRead, {int64_t{1}}), Numbers{2});
}

TEST_P(DbContract, MoreReadersThanConnectionsTakeTurns) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{5}})), "ok");
  std::atomic<int> wrong = 0;
  OnThreads(24, [&](int) {
    for (int i = 0; i < 20; ++i) {
      if (Integers(kRead, {int64_t{1}}) != Numbers{5}) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(DbContract, WhatWasWrittenIsThereForAnotherProcess) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{5}})), "ok");
  const std::unique_ptr<Db> other = database().Open();
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(Outcome(other->Write([](Tx& tx) { return Set(tx, 1, 6); })), "ok");
  EXPECT_EQ(Integers(kRead, {int64_t{1}}), Numbers{6});
}

}  // namespace
}  // namespace gantry::db::contract
