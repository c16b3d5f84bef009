#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "db/db.h"
#include "io/file_system.h"
#include "log/log.h"
#include "server/config.h"
#include "server/data_folder.h"

namespace gantry::server {

// Where an installation keeps what it stores, opened. The members go in reverse order.
struct Stores {
  std::unique_ptr<db::Db> db;
  std::unique_ptr<io::FileSystem> files;
  std::unique_ptr<blob::BlobStore> blobs;

  // The database of the configuration and the blob store in `folder`. `logger` outlives them.
  static Result<Stores> Open(const Config::Database& database, const DataFolder& folder,
                             log::Logger& logger);
};

}  // namespace gantry::server
