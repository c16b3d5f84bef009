#pragma once

#include <sqlite3.h>

#include <atomic>
#include <string>

namespace gantry::db::sqlite {

// For tests: SQLite's file system layer with write-ahead logs that fail on demand, and count. Give
// name() as `vfs`. Threads: all members from any thread; outlives every connection that uses it.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const char* name() const { return name_.c_str(); }

  // What the next writes or syncs of a log return; SQLITE_OK for no fault.
  std::atomic<int> log_write_fault = SQLITE_OK;
  std::atomic<int> log_sync_fault = SQLITE_OK;
  // Syncs of a log that succeeded.
  std::atomic<int> log_syncs = 0;

 private:
  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* opened);
  static int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset);
  static int Sync(sqlite3_file* file, int flags);

  const std::string name_;
  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
};

}  // namespace gantry::db::sqlite
