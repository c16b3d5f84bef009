#include "db/sqlite/dialect.h"

#include <gtest/gtest.h>

namespace gantry::db::sqlite {
namespace {

TEST(DialectTest, KeysBecomeRowIds) {
  EXPECT_EQ(ToSqlite("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT)"),
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT)");
}

TEST(DialectTest, UnwrapsItsComments) {
  EXPECT_EQ(ToSqlite("a /*sqlite: WITHOUT ROWID*/; b /* kept */ /*sqlite:x*/"),
            "a  WITHOUT ROWID; b /* kept */ x");
  EXPECT_EQ(ToSqlite("/*sqlite: open"), "/*sqlite: open");
}

}  // namespace
}  // namespace gantry::db::sqlite
