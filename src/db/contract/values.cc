// What goes in comes out: types, extremes, byte order, large values.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "db/contract/suite.h"

namespace gantry::db::contract {
namespace {

constexpr const char* kValues =
    "CREATE TABLE v (id BIGINT PRIMARY KEY, i BIGINT, t TEXT COLLATE \"C\", b BYTEA)";
constexpr Sql kInsert{"INSERT INTO v (id, i, t, b) VALUES ($1, $2, $3, $4)"};
constexpr Sql kSelect{"SELECT i, t, b FROM v WHERE id = $1"};

struct Values {
  bool null_i = false, null_t = false, null_b = false;
  int64_t i = 0;
  std::string t, b;
};

Values Load(Db& db, int64_t id) {
  Values values;
  int rows = 0;
  const Result<void> read = db.Read([&](Tx& tx) {
    return tx.Query(kSelect, {id}, [&](const Row& row) {
      values = {row.IsNull(0),
                row.IsNull(1),
                row.IsNull(2),
                row.Integer(0),
                std::string(row.Text(1)),
                std::string(row.Bytes(2))};
      ++rows;
      return Ok();
    });
  });
  EXPECT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_EQ(rows, 1);
  return values;
}

TEST_P(DbContract, NullComesBackAsNull) {
  Script(kValues);
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, Value(), Value(), Value()})), "ok");
  const Values values = Load(db(), 1);
  EXPECT_TRUE(values.null_i && values.null_t && values.null_b);
  EXPECT_EQ(values.i, 0);
  EXPECT_EQ(values.t, "");
  EXPECT_EQ(values.b, "");
}

TEST_P(DbContract, TheSameStatementTakesNullAndValuesInAnyOrder) {
  Script(kValues);
  const std::string bytes("\0\1", 2);
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, Value(), "x", Value()})), "ok");
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{2}, int64_t{7}, Value(), Value::Bytes(bytes)})),
            "ok");
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{3}, Value(), Value(), Value()})), "ok");
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{4}, int64_t{8}, "y", Value::Bytes(bytes)})), "ok");
  EXPECT_TRUE(Load(db(), 1).null_i);
  EXPECT_EQ(Load(db(), 1).t, "x");
  EXPECT_EQ(Load(db(), 2).i, 7);
  EXPECT_EQ(Load(db(), 2).b, bytes);
  EXPECT_TRUE(Load(db(), 3).null_b);
  EXPECT_EQ(Load(db(), 4).t, "y");
}

TEST_P(DbContract, ANullDoesNotDecideTheTypeOfLaterArguments) {
  constexpr Sql kOrNothing{"SELECT COALESCE($1, 0)"};
  const int64_t big = int64_t{1} << 40;
  EXPECT_EQ(Integers(kOrNothing, {Value()}), std::vector<int64_t>{0});
  EXPECT_EQ(Integers(kOrNothing, {big}), std::vector<int64_t>{big});
  EXPECT_EQ(Integers(kOrNothing, {Value()}), std::vector<int64_t>{0});
}

TEST_P(DbContract, IntegersKeepTheirExtremes) {
  Script(kValues);
  const int64_t extremes[] = {0,
                              -1,
                              std::numeric_limits<int32_t>::max(),
                              int64_t{std::numeric_limits<int32_t>::max()} + 1,
                              std::numeric_limits<int64_t>::max(),
                              std::numeric_limits<int64_t>::min()};
  int64_t id = 0;
  for (const int64_t value : extremes) {
    ++id;
    ASSERT_EQ(Outcome(Execute(kInsert, {id, value, Value(), Value()})), "ok");
    EXPECT_EQ(Load(db(), id).i, value);
  }
}

TEST_P(DbContract, EmptyTextAndBytesAreNotNull) {
  Script(kValues);
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}, std::string_view(),
                                      Value::Bytes(std::string_view())})),
            "ok");
  const Values values = Load(db(), 1);
  EXPECT_FALSE(values.null_t);
  EXPECT_FALSE(values.null_b);
  EXPECT_EQ(values.t, "");
  EXPECT_EQ(values.b, "");
}

TEST_P(DbContract, BytesAndUtf8ComeBackExactly) {
  Script(kValues);
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  const std::string text = "ä€𐍈 'quoted' \"$1\" \\x00 \n";
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}, text, Value::Bytes(all)})), "ok");
  EXPECT_EQ(Load(db(), 1).t, text);
  EXPECT_EQ(Load(db(), 1).b, all);
}

TEST_P(DbContract, TextWithNulIsRefusedNotCut) {
  Script(kValues);
  const std::string text("a\0b", 3);
  EXPECT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}, text, Value()})),
            "internal/sql_error");
  EXPECT_EQ(Integers({"SELECT COUNT(*) FROM v"}), std::vector<int64_t>{0});
}

TEST_P(DbContract, FourMebibytesOfBytes) {
  Script(kValues);
  std::string body(4 << 20, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 4096);
  ASSERT_EQ(Outcome(Execute(kInsert, {int64_t{1}, int64_t{0}, Value(), Value::Bytes(body)})), "ok");
  EXPECT_EQ(Load(db(), 1).b, body);
}

TEST_P(DbContract, TextKeysOrderByBytes) {
  Script("CREATE TABLE k (name TEXT COLLATE \"C\" PRIMARY KEY)");
  const std::vector<std::string> ordered = {"",   "-",  "/",  "0", "10", "9",  "A", "Z", "Za", "a",
                                            "a-", "aB", "aa", "b", "z",  "zz", "ä", "ö", "€"};
  for (auto name = ordered.rbegin(); name != ordered.rend(); ++name) {
    ASSERT_EQ(Outcome(Execute({"INSERT INTO k (name) VALUES ($1)"}, {*name})), "ok");
  }
  EXPECT_EQ(Texts({"SELECT name FROM k ORDER BY name"}), ordered);
  EXPECT_EQ(Texts({"SELECT name FROM k WHERE name > $1 ORDER BY name LIMIT $2"}, {"Z", int64_t{2}}),
            (std::vector<std::string>{"Za", "a"}));
  EXPECT_EQ(Texts({"SELECT MAX(name) FROM k WHERE name < $1"}, {"ä"}),
            std::vector<std::string>{"zz"});
}

TEST_P(DbContract, SumsCountsAndTruthAreIntegers) {
  MakeCounters();
  const int64_t big = 4'000'000'000'000'000'000;
  ASSERT_EQ(Outcome(Execute({"INSERT INTO t (id, n) VALUES (1, $1), (2, $2), (3, -$1), (4, 10000)"},
                            {big, int64_t{120'034}})),
            "ok");
  EXPECT_EQ(Integers({"SELECT SUM(n) FROM t"}), std::vector<int64_t>{130'034});
  EXPECT_EQ(Integers({"SELECT SUM(n) FROM t WHERE id = 1"}), std::vector<int64_t>{big});
  EXPECT_EQ(Integers({"SELECT SUM(n) FROM t WHERE id = 3"}), std::vector<int64_t>{-big});
  EXPECT_EQ(Integers({"SELECT SUM(n) FROM t WHERE id = 4"}), std::vector<int64_t>{10'000});
  EXPECT_EQ(Integers({"SELECT SUM(n) FROM t WHERE id > 4"}), std::vector<int64_t>{-1});
  EXPECT_EQ(Integers({"SELECT COALESCE(SUM(n), 0) FROM t WHERE id > 4"}), std::vector<int64_t>{0});
  EXPECT_EQ(Integers({"SELECT COUNT(*) FROM t"}), std::vector<int64_t>{4});
  EXPECT_EQ(Integers({"SELECT EXISTS (SELECT 1 FROM t WHERE id = $1)"}, {int64_t{2}}),
            std::vector<int64_t>{1});
  EXPECT_EQ(Integers({"SELECT n IS NULL FROM t WHERE id = 1"}), std::vector<int64_t>{0});
}

}  // namespace
}  // namespace gantry::db::contract
