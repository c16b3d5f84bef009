#include "server/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "db/migrate.h"
#include "io/posix_file_system.h"
#include "meta/schema.h"
#include "server/data_folder.h"
#include "server/registry.h"
#include "server/stores.h"

namespace gantry::server {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

// REQUIRES: nobody else writes to `folder`: it is locked.
Result<core::BackupProgress> CopyInto(const core::Store& from, const Config::Database& database,
                                      const DataFolder& folder) {
  TRY_ASSIGN(const Stores to, Stores::Open(database, folder, from.logger));
  TRY(db::Migrate(*to.db, meta::Migrations()));
  return core::CopyStore(from, *to.db, *to.blobs, nullptr);
}

Result<void> CopyFile(io::FileSystem& from, io::FileSystem& to, const std::string& name) {
  TRY_ASSIGN(const auto source, from.Open(name, io::OpenMode::kRead));
  if (!source) return Ok();
  TRY(to.Remove(name));
  TRY_ASSIGN(const auto target, to.Create(name));
  std::string piece;
  for (int64_t at = 0;; at += static_cast<int64_t>(piece.size())) {
    piece.clear();
    TRY((*source)->ReadAt(at, kCopyBytes, piece));
    if (piece.empty()) break;
    TRY(target->WriteAt(at, piece));
  }
  return target->SyncData();
}

// The key that opens what the database keeps sealed, and the audit log. The checkpoints go first:
// the log that is growing meanwhile then reaches at least to the last of them.
Result<void> CopyAccess(const std::string& from_path, const std::string& to_path) {
  TRY_ASSIGN(const auto from, io::OpenPosixFileSystem(from_path));
  TRY_ASSIGN(const auto to, io::OpenPosixFileSystem(to_path));
  TRY(CopyFile(*from, *to, "secrets.key"));
  TRY(to->MakeDirectory("audit"));
  TRY_ASSIGN(auto names, from->List("audit"));
  std::sort(names.begin(), names.end(), std::greater<>());  // "checkpoints" before the digits
  for (const std::string& name : names) TRY(CopyFile(*from, *to, "audit/" + name));
  TRY(to->SyncDirectory("audit"));
  return to->SyncDirectory("");
}

}  // namespace

Result<core::BackupProgress> BackUp(const core::Store& from, const std::string& data,
                                    const std::string& directory) {
  TRY_ASSIGN(const auto folder, DataFolder::Lock(directory));
  TRY(CopyAccess(data, directory));
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
  TRY(CopyAccess(from, config.data));
  return CopyInto(registry->store(), config.database, *folder);
}

}  // namespace gantry::server
