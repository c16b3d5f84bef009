#include "db/sqlite/fault_vfs.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace gantry::db::sqlite {
namespace {

// What stands behind the real layer's part of the sqlite3_file of a log or database. The real
// methods work on the same object, so that only the two that can fail are replaced.
struct Extra {
  FaultVfs* owner;
  bool log;
  const sqlite3_io_methods* real;
  sqlite3_io_methods methods;
};

sqlite3_vfs* RealVfs() { return sqlite3_vfs_find(nullptr); }

size_t ExtraOffset() {
  constexpr size_t kAlign = alignof(Extra);
  return (static_cast<size_t>(RealVfs()->szOsFile) + kAlign - 1) / kAlign * kAlign;
}

// The methods of such a file are a member of its Extra.
const Extra* ExtraOf(const sqlite3_file* file) {
  return reinterpret_cast<const Extra*>(reinterpret_cast<uintptr_t>(file->pMethods) -
                                        offsetof(Extra, methods));
}

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const Extra* const extra = ExtraOf(file);
  const int fault = extra->log ? extra->owner->log_write_fault.load() : SQLITE_OK;
  return fault != SQLITE_OK ? fault : extra->real->xWrite(file, data, size, offset);
}

int Sync(sqlite3_file* file, int flags) {
  const Extra* const extra = ExtraOf(file);
  const FaultVfs& owner = *extra->owner;
  const int fault = extra->log ? owner.log_sync_fault : owner.database_sync_fault;
  if (fault != SQLITE_OK) return fault;
  const int code = extra->real->xSync(file, flags);
  if (code == SQLITE_OK && extra->log) ++extra->owner->log_syncs;
  return code;
}

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* opened) {
  const int code = RealVfs()->xOpen(RealVfs(), path, file, flags, opened);
  if (code != SQLITE_OK || (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB)) == 0) return code;
  const bool log = (flags & SQLITE_OPEN_WAL) != 0;
  void* const place = reinterpret_cast<char*>(file) + ExtraOffset();
  auto* const owner = static_cast<FaultVfs*>(vfs->pAppData);
  auto* const extra = new (place) Extra{owner, log, file->pMethods, *file->pMethods};
  extra->methods.xWrite = Write;
  extra->methods.xSync = Sync;
  file->pMethods = &extra->methods;
  return SQLITE_OK;
}

}  // namespace

struct FaultVfs::Layer {
  sqlite3_vfs vfs;
};

FaultVfs::FaultVfs()
    : name_("faults" + std::to_string(reinterpret_cast<uintptr_t>(this))),
      layer_(new Layer{*RealVfs()}) {
  sqlite3_vfs& vfs = layer_->vfs;
  vfs.zName = name_.c_str();
  vfs.szOsFile = static_cast<int>(ExtraOffset() + sizeof(Extra));
  vfs.pNext = nullptr;
  vfs.pAppData = this;
  vfs.xOpen = Open;
  sqlite3_vfs_register(&vfs, /*makeDflt=*/0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&layer_->vfs); }

}  // namespace gantry::db::sqlite
