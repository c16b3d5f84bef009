// The SQL both engines share, and what a failing statement reports.
#include <string>
#include <vector>

#include "db/contract/suite.h"

namespace gantry::db::contract {
namespace {

using Numbers = std::vector<int64_t>;

constexpr Sql kInsert{"INSERT INTO t (id, n) VALUES ($1, $2)"};
constexpr Sql kAll{"SELECT id * 100 + n FROM t ORDER BY id"};

TEST_P(DbContract, ExecuteReturnsTheRowsItChanged) {
  MakeCounters();
  EXPECT_EQ(Execute({"INSERT INTO t (id, n) VALUES (1, 1), (2, 1), (3, 2)"}, {}).value(), 3);
  EXPECT_EQ(Execute({"UPDATE t SET n = n + $1 WHERE n = $2"}, {int64_t{5}, int64_t{1}}).value(), 2);
  EXPECT_EQ(Execute({"UPDATE t SET n = 0 WHERE id = $1"}, {int64_t{9}}).value(), 0);
  EXPECT_EQ(Execute({"DELETE FROM t"}, {}).value(), 3);
}

TEST_P(DbContract, ParametersCountByNumberNotByPlace) {
  MakeCounters();
  EXPECT_EQ(Execute({"INSERT INTO t (n, id) VALUES ($2, $1)"}, {int64_t{1}, int64_t{2}}).value(),
            1);
  EXPECT_EQ(Execute({"UPDATE t SET n = $3 WHERE id = $1 AND n = $2 AND $1 < $3"},
                    {int64_t{1}, int64_t{2}, int64_t{3}})
                .value(),
            1);
  EXPECT_EQ(Integers(kAll), Numbers{103});
}

TEST_P(DbContract, UpsertAndReturning) {
  MakeCounters();
  constexpr Sql kUpsert{
      "INSERT INTO t (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n "
      "WHERE t.n < 10 RETURNING n"};
  const auto upsert = [&](int64_t n) {
    Numbers answer;
    const Result<void> wrote = db().Write([&](Tx& tx) {
      answer.clear();
      return tx.Query(kUpsert, {int64_t{1}, n}, [&](const Row& row) {
        answer.push_back(row.Integer(0));
        return Ok();
      });
    });
    EXPECT_EQ(Outcome(wrote), "ok");
    return answer;
  };
  EXPECT_EQ(upsert(5), Numbers{5});
  EXPECT_EQ(upsert(6), Numbers{11});
  EXPECT_EQ(upsert(1), Numbers{});  // the WHERE says no
  EXPECT_EQ(
      Execute({"INSERT INTO t (id, n) VALUES (1, 0) ON CONFLICT (id) DO NOTHING"}, {}).value(), 0);
  EXPECT_EQ(Integers(kAll), Numbers{111});
}

TEST_P(DbContract, WindowFunctionsAndCommonTableExpressions) {
  MakeCounters();
  EXPECT_EQ(
      Execute({"INSERT INTO t (id, n) VALUES (1, 7), (2, 7), (3, 8), (4, 8), (5, 8)"}, {}).value(),
      5);
  EXPECT_EQ(Integers({"WITH ranked AS (SELECT id, ROW_NUMBER() OVER (PARTITION BY n ORDER BY id "
                      "DESC) AS place FROM t) SELECT id FROM ranked WHERE place = $1 ORDER BY id"},
                     {int64_t{1}}),
            (Numbers{2, 5}));
}

TEST_P(DbContract, RowsComeInOrderAndTheCallbackCanStop) {
  MakeCounters();
  ASSERT_EQ(Outcome(Execute({"INSERT INTO t (id, n) VALUES (3, 0), (1, 0), (2, 0)"}, {})), "ok");
  Numbers seen;
  const Result<void> read = db().Read([&](Tx& tx) -> Result<void> {
    seen.clear();
    const Result<void> stopped =
        tx.Query({"SELECT id FROM t ORDER BY id"}, {}, [&](const Row& row) -> Result<void> {
          seen.push_back(row.Integer(0));
          if (row.Integer(0) == 2) return NotFound("enough", "enough");
          return Ok();
        });
    EXPECT_EQ(Outcome(stopped), "not_found/enough");
    // The callback's error spoils nothing.
    return tx.Query({"SELECT id FROM t WHERE id = 3"}, {}, [&](const Row& row) {
      seen.push_back(row.Integer(0));
      return Ok();
    });
  });
  EXPECT_EQ(Outcome(read), "ok");
  EXPECT_EQ(seen, (Numbers{1, 2, 3}));
}

TEST_P(DbContract, ViolationsHaveTheirReasons) {
  Script(
      "CREATE TABLE p (id BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL UNIQUE);"
      "CREATE TABLE c (p BIGINT NOT NULL REFERENCES p (id), n BIGINT CHECK (n > 0))");
  constexpr Sql kParent{"INSERT INTO p (id, name) VALUES ($1, $2)"};
  constexpr Sql kChild{"INSERT INTO c (p, n) VALUES ($1, $2)"};
  ASSERT_EQ(Outcome(Execute(kParent, {int64_t{1}, "a"})), "ok");
  EXPECT_EQ(Outcome(Execute(kParent, {int64_t{1}, "b"})), "already_exists/unique_violation");
  EXPECT_EQ(Outcome(Execute(kParent, {int64_t{2}, "a"})), "already_exists/unique_violation");
  const std::string constraint = "failed_precondition/constraint_violation";
  EXPECT_EQ(Outcome(Execute(kParent, {int64_t{2}, Value()})), constraint);
  EXPECT_EQ(Outcome(Execute(kChild, {int64_t{9}, int64_t{1}})), constraint);
  EXPECT_EQ(Outcome(Execute(kChild, {int64_t{1}, int64_t{0}})), constraint);
  EXPECT_EQ(Outcome(Execute(kChild, {int64_t{1}, int64_t{1}})), "ok");
  EXPECT_EQ(Outcome(Execute({"DELETE FROM p WHERE id = $1"}, {int64_t{1}})), constraint);
}

TEST_P(DbContract, AFailingStatementNamesItself) {
  constexpr Sql kWrong{"SELECT n FROM nowhere"};
  const Result<void> read =
      db().Read([&](Tx& tx) { return tx.Query(kWrong, {}, [](const Row&) { return Ok(); }); });
  ASSERT_EQ(Outcome(read), "internal/sql_error");
  EXPECT_NE(read.error().message().find("nowhere"), std::string::npos) << read.error().message();
  std::string statement;
  for (const auto& [key, value] : read.error().detail()) {
    if (key == "statement") statement = value;
  }
  EXPECT_EQ(statement, kWrong.text);
}

TEST_P(DbContract, MisuseIsAnError) {
  MakeCounters();
  EXPECT_EQ(Outcome(Execute(kInsert, {int64_t{1}})), "internal/sql_error");
  EXPECT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{2}, int64_t{3}})), "internal/sql_error");
  EXPECT_EQ(Outcome(Execute({"SELECT id FROM t"}, {})), "internal/sql_error");
  EXPECT_EQ(Outcome(Execute({"DELETE FROM t; DELETE FROM t"}, {})), "internal/sql_error");
  EXPECT_EQ(Outcome(db().Write([](Tx& tx) { return tx.Script("CREATE TABLE broken ("); })),
            "internal/sql_error");
  EXPECT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{2}})), "ok");
}

TEST_P(DbContract, AReadCannotWrite) {
  MakeCounters();
  EXPECT_EQ(Outcome(db().Read([](Tx& tx) -> Result<void> {
              TRY(tx.Execute(kInsert, {int64_t{1}, int64_t{1}}));
              return Ok();
            })),
            "internal/sql_error");
  EXPECT_EQ(Outcome(db().Read([](Tx& tx) { return tx.Script("DROP TABLE t"); })),
            "internal/sql_error");
  EXPECT_EQ(Integers({"SELECT COUNT(*) FROM t"}), Numbers{0});
}

TEST_P(DbContract, EngineAndPing) {
  EXPECT_EQ(db().engine(), GetParam().name);
  EXPECT_EQ(Outcome(db().Ping()), "ok");
}

}  // namespace
}  // namespace gantry::db::contract
