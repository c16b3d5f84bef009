#include "server/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include "db/migrate.h"
#include "meta/schema.h"
#include "server/data_folder.h"
#include "server/registry.h"
#include "server/stores.h"

namespace gantry::server {
namespace {

// REQUIRES: nobody else writes to `folder`: it is locked.
Result<core::BackupProgress> CopyInto(const core::Store& from, const Config::Database& database,
                                      const DataFolder& folder) {
  TRY_ASSIGN(const Stores to, Stores::Open(database, folder, from.logger));
  TRY(db::Migrate(*to.db, meta::Migrations()));
  return core::CopyStore(from, *to.db, *to.blobs, nullptr);
}

}  // namespace

Result<core::BackupProgress> BackUp(const core::Store& from, const std::string& directory) {
  TRY_ASSIGN(const auto folder, DataFolder::Lock(directory));
  return CopyInto(from, {}, *folder);
}

Result<core::BackupProgress> RestoreFrom(const std::string& from, const Config& config) {
  umask(077);
  const SystemClock clock;
  log::Logger logger(STDERR_FILENO, log::Level::kWarning);
  if (access((from + "/gantry.db").c_str(), R_OK) != 0) {
    return InvalidArgument("no_backup", from + " holds no backup: there is no gantry.db in it");
  }
  TRY_ASSIGN(const auto source_folder, DataFolder::Lock(from));
  TRY_ASSIGN(const auto folder, DataFolder::Lock(config.data));
  TRY_ASSIGN(const Stores source, Stores::Open({}, *source_folder, logger));
  TRY_ASSIGN(const auto registry,
             Registry::Open(*source.db, *source.blobs, clock, logger, core::Settings()));
  return CopyInto(registry->store(), config.database, *folder);
}

}  // namespace gantry::server
