#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace gantry::db::sqlite {

// For tests: SQLite's file system layer, which fails on demand and counts. Give name() as `vfs`.
// Threads: all members from any thread; outlives every connection that uses it.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const char* name() const { return name_.c_str(); }

  // What the next writes or syncs of a log return, for example SQLITE_FULL; 0 for no fault.
  std::atomic<int> log_write_fault = 0;
  std::atomic<int> log_sync_fault = 0;
  // The same for the database file.
  std::atomic<int> database_sync_fault = 0;
  // Syncs of a log that succeeded.
  std::atomic<int> log_syncs = 0;

 private:
  struct Layer;

  const std::string name_;
  const std::unique_ptr<Layer> layer_;
};

}  // namespace gantry::db::sqlite
