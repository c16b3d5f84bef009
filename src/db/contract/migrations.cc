#include <array>
#include <atomic>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "db/contract/suite.h"
#include "db/migrate.h"

namespace gantry::db::contract {
namespace {

using Numbers = std::vector<int64_t>;

constexpr std::array<Migration, 3> kSteps{{
    {1, "first", "CREATE TABLE a (id BIGINT PRIMARY KEY); INSERT INTO a (id) VALUES (1)"},
    {2, "second",
     "CREATE TABLE b (name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, a BIGINT NOT NULL REFERENCES a "
     "(id)) /*sqlite: WITHOUT ROWID*/; INSERT INTO b (name, a) SELECT 'x', id FROM a"},
    {3, "third", "ALTER TABLE a ADD COLUMN n BIGINT NOT NULL DEFAULT 7"},
}};
constexpr Sql kApplied{"SELECT version FROM schema_migrations ORDER BY version"};

std::span<const Migration> Steps(size_t count) { return std::span(kSteps).first(count); }

TEST_P(DbContract, MigratesAFreshDatabase) {
  ASSERT_EQ(Outcome(Migrate(db(), kSteps)), "ok");
  EXPECT_EQ(Integers(kApplied), (Numbers{1, 2, 3}));
  EXPECT_EQ(Integers({"SELECT n FROM a"}), Numbers{7});
  EXPECT_EQ(Texts({"SELECT name FROM schema_migrations WHERE version = 2"}),
            std::vector<std::string>{"second"});
  // 2020 in microseconds: a time, not a counter.
  EXPECT_EQ(Integers({"SELECT COUNT(*) FROM schema_migrations WHERE applied_at > $1"},
                     {int64_t{1'577'836'800'000'000}}),
            Numbers{3});
}

TEST_P(DbContract, MigratesOnlyTheMissingSteps) {
  ASSERT_EQ(Outcome(Migrate(db(), Steps(1))), "ok");
  EXPECT_EQ(Integers(kApplied), Numbers{1});
  ASSERT_EQ(Outcome(Migrate(db(), kSteps)), "ok");
  ASSERT_EQ(Outcome(Migrate(db(), kSteps)), "ok");
  EXPECT_EQ(Integers(kApplied), (Numbers{1, 2, 3}));
}

TEST_P(DbContract, RefusesANewerDatabase) {
  ASSERT_EQ(Outcome(Migrate(db(), kSteps)), "ok");
  EXPECT_EQ(Outcome(Migrate(db(), Steps(2))), "failed_precondition/database_newer");
}

TEST_P(DbContract, AFailedStepLeavesNothingBehind) {
  std::vector<Migration> steps(kSteps.begin(), kSteps.begin() + 1);
  steps.push_back(
      {2, "broken", "CREATE TABLE half (id BIGINT PRIMARY KEY); INSERT INTO gone VALUES (1)"});
  EXPECT_EQ(Outcome(Migrate(db(), steps)), "internal/sql_error");
  EXPECT_EQ(Integers(kApplied), Numbers{1});
  steps[1].script = "CREATE TABLE half (id BIGINT PRIMARY KEY)";
  EXPECT_EQ(Outcome(Migrate(db(), steps)), "ok");
  EXPECT_EQ(Integers(kApplied), (Numbers{1, 2}));
}

TEST_P(DbContract, FourProcessesMigrateAtOnce) {
  std::vector<std::unique_ptr<Db>> processes;
  for (int i = 0; i < 4; ++i) processes.push_back(database().Open());
  std::vector<std::string> outcomes(processes.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < processes.size(); ++i) {
    ASSERT_NE(processes[i], nullptr);
    threads.emplace_back([&, i] { outcomes[i] = Outcome(Migrate(*processes[i], kSteps)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(outcomes, std::vector<std::string>(processes.size(), "ok"));
  EXPECT_EQ(Integers(kApplied), (Numbers{1, 2, 3}));
  EXPECT_EQ(Integers({"SELECT COUNT(*) FROM b"}), Numbers{1});
}

}  // namespace
}  // namespace gantry::db::contract
