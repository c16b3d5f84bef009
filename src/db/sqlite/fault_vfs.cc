#include "db/sqlite/fault_vfs.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace gantry::db::sqlite {
namespace {

// What stands behind the real layer's part of a log's sqlite3_file. The real methods work on the
// same object, so that only the two that can fail are replaced.
struct Extra {
  FaultVfs* owner;
  const sqlite3_io_methods* real;
  sqlite3_io_methods methods;
};

size_t ExtraOffset(const sqlite3_vfs* real) {
  constexpr size_t kAlign = alignof(Extra);
  return (static_cast<size_t>(real->szOsFile) + kAlign - 1) / kAlign * kAlign;
}

Extra* ExtraOf(sqlite3_file* file, const sqlite3_vfs* real) {
  return reinterpret_cast<Extra*>(reinterpret_cast<char*>(file) + ExtraOffset(real));
}

// The methods of a log are the first member that finds the rest of its Extra.
Extra* ExtraOf(sqlite3_file* file) {
  const sqlite3_io_methods* const methods = file->pMethods;
  return reinterpret_cast<Extra*>(reinterpret_cast<uintptr_t>(methods) - offsetof(Extra, methods));
}

}  // namespace

FaultVfs::FaultVfs()
    : name_("faults" + std::to_string(reinterpret_cast<uintptr_t>(this))),
      real_(sqlite3_vfs_find(nullptr)),
      vfs_(*real_) {
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(ExtraOffset(real_) + sizeof(Extra));
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.xOpen = Open;
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

int FaultVfs::Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* opened) {
  auto* const self = static_cast<FaultVfs*>(vfs->pAppData);
  const int code = self->real_->xOpen(self->real_, path, file, flags, opened);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return code;
  Extra* const extra =
      new (ExtraOf(file, self->real_)) Extra{self, file->pMethods, *file->pMethods};
  extra->methods.xWrite = Write;
  extra->methods.xSync = Sync;
  file->pMethods = &extra->methods;
  return SQLITE_OK;
}

int FaultVfs::Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const Extra* const extra = ExtraOf(file);
  const int fault = extra->owner->log_write_fault;
  return fault != SQLITE_OK ? fault : extra->real->xWrite(file, data, size, offset);
}

int FaultVfs::Sync(sqlite3_file* file, int flags) {
  const Extra* const extra = ExtraOf(file);
  const int fault = extra->owner->log_sync_fault;
  if (fault != SQLITE_OK) return fault;
  const int code = extra->real->xSync(file, flags);
  if (code == SQLITE_OK) ++extra->owner->log_syncs;
  return code;
}

}  // namespace gantry::db::sqlite
