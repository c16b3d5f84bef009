#include <memory>
#include <string>

#include "db/contract/suite.h"
#include "db/postgres/test_server.h"

namespace gantry::db::contract {
namespace {

class PostgresDatabase final : public TestDatabase {
 public:
  explicit PostgresDatabase(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  std::unique_ptr<Db> Open() override {
    auto opened = OpenPostgres({.conninfo = conninfo_});
    EXPECT_TRUE(opened.ok()) << opened.error().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

 private:
  const std::string conninfo_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, DbContract,
                         testing::Values(Engine{"postgres", [] {
                                                  return std::make_unique<PostgresDatabase>(
                                                      postgres::NewTestDatabase());
                                                }}));

}  // namespace
}  // namespace gantry::db::contract
