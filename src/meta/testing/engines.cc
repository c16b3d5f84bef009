#include <memory>

#include "db/testing/temp_folder.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

TestDatabase NewSqlite() {
  auto folder = std::make_shared<db::testing::TempFolder>();
  db::SqliteOptions options;
  options.path = folder->path() + "/meta.db";
  return {folder, Must(db::OpenSqlite(options))};
}

}  // namespace

std::vector<Engine> Engines() { return {{"sqlite", NewSqlite}}; }

}  // namespace gantry::meta
