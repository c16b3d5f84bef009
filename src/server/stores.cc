#include "server/stores.h"

#include "blob/fs/fs_blob_store.h"
#include "io/posix_file_system.h"

namespace gantry::server {
namespace {

Result<std::unique_ptr<db::Db>> OpenDatabase(const Config::Database& database,
                                             const DataFolder& folder) {
  if (database.engine == DatabaseEngine::kPostgres) {
    db::PostgresOptions options;
    options.conninfo = database.conninfo;
    options.connections_max = database.connections_max;
    return db::OpenPostgres(options);
  }
  db::SqliteOptions options;
  options.path = database.path.empty() ? folder.path() + "/gantry.db" : database.path;
  return db::OpenSqlite(options);
}

}  // namespace

Result<Stores> Stores::Open(const Config::Database& database, const DataFolder& folder,
                            log::Logger& logger) {
  Stores stores;
  TRY_ASSIGN(stores.db, OpenDatabase(database, folder));
  TRY_ASSIGN(stores.files, io::OpenPosixFileSystem(folder.path()));
  TRY_ASSIGN(stores.blobs, blob::FsBlobStore::Open(*stores.files, logger, {}));
  return stores;
}

}  // namespace gantry::server
