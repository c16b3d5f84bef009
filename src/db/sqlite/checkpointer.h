#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/mutex.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/write_queue.h"

namespace gantry::db::sqlite {

// Copies the write-ahead log into the database file on a thread of its own, so that no writer pays
// for it. While it copies, writers append behind it; the little that is left then is copied with
// the writers held, which lets the log start again from its beginning. Readers are never held.
//
// A sync of the database file that failed cannot be repeated: the kernel forgets the pages that it
// could not write, and the next sync succeeds. From then on only the log is right, so it is never
// copied again by this process; the next one to open the database copies all of it.
// Threads: all methods from any thread.
class Checkpointer {
 public:
  // Copies whenever the log has grown by `frames` pages. `queue` outlives this.
  Checkpointer(std::unique_ptr<Connection> connection, WriteQueue& queue, int frames);
  // Copies the whole log and empties it. REQUIRES: nobody reads or writes.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The log holds `frames` pages since the commit just made.
  void Notice(int frames);

  // A sync of the database file has failed; nothing more may be written.
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

 private:
  void Loop();
  // The pages that are left in the log.
  int Checkpoint();
  bool WaitUntilWanted();
  // One run of SQLite's checkpoint; whether it was complete. `frames` is the length of the log.
  bool Copy(int mode, int* frames);
  void SyncDatabase();

  const std::unique_ptr<Connection> connection_;
  WriteQueue& queue_;
  const int frames_;
  std::atomic<int> due_at_;  // pages in the log
  std::atomic<bool> failed_ = false;
  Mutex mutex_;
  CondVar changed_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace gantry::db::sqlite
