#include "db/contract/suite.h"

namespace gantry::db::contract {

void DbContract::SetUp() {
  database_ = GetParam().create();
  ASSERT_NE(database_, nullptr);
  db_ = database_->Open();
  ASSERT_NE(db_, nullptr);
}

void DbContract::Script(const char* text) {
  const Result<void> ran = db().Write([&](Tx& tx) { return tx.Script(text); });
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
}

Result<int64_t> DbContract::Execute(const Sql& sql, Arguments arguments) {
  int64_t changed = 0;
  TRY(db().Write([&](Tx& tx) -> Result<void> {
    TRY_ASSIGN(changed, tx.Execute(sql, arguments));
    return Ok();
  }));
  return changed;
}

std::vector<int64_t> DbContract::Integers(const Sql& sql, Arguments arguments) {
  std::vector<int64_t> answer;
  const Result<void> read = db().Read([&](Tx& tx) {
    answer.clear();
    return tx.Query(sql, arguments, [&](const Row& row) {
      answer.push_back(row.IsNull(0) ? -1 : row.Integer(0));
      return Ok();
    });
  });
  EXPECT_TRUE(read.ok()) << read.error().ToString();
  return answer;
}

std::vector<std::string> DbContract::Texts(const Sql& sql, Arguments arguments) {
  std::vector<std::string> answer;
  const Result<void> read = db().Read([&](Tx& tx) {
    answer.clear();
    return tx.Query(sql, arguments, [&](const Row& row) {
      answer.emplace_back(row.Text(0));
      return Ok();
    });
  });
  EXPECT_TRUE(read.ok()) << read.error().ToString();
  return answer;
}

void DbContract::MakeCounters() {
  Script("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)");
}

}  // namespace gantry::db::contract
