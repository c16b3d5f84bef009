#include "db/sqlite/errors.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace gantry::db::sqlite {
namespace {

std::string Outcome(int code) {
  const Error error = FromSqlite(nullptr, code, "SELECT 1");
  return std::string(CodeName(error.code())) + "/" + std::string(error.reason());
}

TEST(SqliteErrorsTest, ReasonsOfTheContract) {
  EXPECT_EQ(Outcome(SQLITE_CONSTRAINT_UNIQUE), "already_exists/unique_violation");
  EXPECT_EQ(Outcome(SQLITE_CONSTRAINT_PRIMARYKEY), "already_exists/unique_violation");
  EXPECT_EQ(Outcome(SQLITE_CONSTRAINT_FOREIGNKEY), "failed_precondition/constraint_violation");
  EXPECT_EQ(Outcome(SQLITE_FULL), "resource_exhausted/disk_full");
  EXPECT_EQ(Outcome(SQLITE_NOMEM), "resource_exhausted/out_of_memory");
  EXPECT_EQ(Outcome(SQLITE_IOERR_FSYNC), "unavailable/database_unavailable");
  EXPECT_EQ(Outcome(SQLITE_CANTOPEN), "unavailable/database_unavailable");
  EXPECT_EQ(Outcome(SQLITE_CORRUPT_INDEX), "corruption/database_corrupt");
  EXPECT_EQ(Outcome(SQLITE_NOTADB), "corruption/database_corrupt");
  EXPECT_EQ(Outcome(SQLITE_BUSY), "deadline_exceeded/database_busy");
  EXPECT_EQ(Outcome(SQLITE_BUSY_SNAPSHOT), "deadline_exceeded/database_busy");
  EXPECT_EQ(Outcome(SQLITE_ERROR), "internal/sql_error");
}

}  // namespace
}  // namespace gantry::db::sqlite
