#include <memory>
#include <string>

#include "db/contract/suite.h"
#include "db/testing/temp_folder.h"

namespace gantry::db::contract {
namespace {

class SqliteDatabase final : public TestDatabase {
 public:
  std::unique_ptr<Db> Open() override {
    auto opened = OpenSqlite({.path = folder_.path() + "/test.db"});
    EXPECT_TRUE(opened.ok()) << opened.error().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

 private:
  TempFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, DbContract,
                         testing::Values(Engine{
                             "sqlite", [] { return std::make_unique<SqliteDatabase>(); }}));

}  // namespace
}  // namespace gantry::db::contract
