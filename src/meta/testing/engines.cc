#include <memory>

#include "db/testing/postgres_server.h"
#include "db/testing/temp_folder.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

TestDatabase NewSqlite() {
  auto folder = std::make_shared<db::TempFolder>();
  db::SqliteOptions options;
  options.path = folder->path() + "/meta.db";
  return {folder, Must(db::OpenSqlite(options))};
}

// Databases on one server, each used by one test after another: emptying one costs less than
// creating one.
class PostgresDatabases {
 public:
  // The connection string of an empty database.
  std::string Take() {
    if (free_.empty()) return Must(server_->CreateDatabase());
    std::string conninfo = std::move(free_.back());
    free_.pop_back();
    return conninfo;
  }
  void GiveBack(std::string conninfo) { free_.push_back(std::move(conninfo)); }

 private:
  std::unique_ptr<db::PostgresServer> server_ = Must(db::PostgresServer::Start());
  std::vector<std::string> free_;
};

// Started by the first test that needs it, stopped when the program ends.
PostgresDatabases& Databases() {
  static PostgresDatabases databases;
  return databases;
}

std::unique_ptr<db::Db> Open(const std::string& conninfo) {
  db::PostgresOptions options;
  options.conninfo = conninfo;
  options.connections_max = 2;
  return Must(db::OpenPostgres(options));
}

TestDatabase NewPostgres() {
  const std::string conninfo = Databases().Take();
  TestDatabase database;
  database.keep =
      std::shared_ptr<void>(nullptr, [conninfo](void*) { Databases().GiveBack(conninfo); });
  database.db = Open(conninfo);
  Must(database.db->Write(
      [](db::Tx& tx) { return tx.Script("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); }));
  return database;
}

}  // namespace

std::vector<Engine> Engines() { return {{"sqlite", NewSqlite}, {"postgres", NewPostgres}}; }

}  // namespace gantry::meta
