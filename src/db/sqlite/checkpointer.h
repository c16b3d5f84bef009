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
// Threads: all methods from any thread.
class Checkpointer {
 public:
  // Copies whenever the log has grown by `frames` pages. `queue` outlives this.
  Checkpointer(std::unique_ptr<Connection> connection, WriteQueue& queue, int frames);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The log holds `frames` pages since the commit just made.
  void Notice(int frames);

 private:
  void Loop();
  // The pages that are left in the log.
  int Checkpoint();
  bool WaitUntilWanted();

  const std::unique_ptr<Connection> connection_;
  WriteQueue& queue_;
  const int frames_;
  std::atomic<int> due_at_;  // pages in the log
  Mutex mutex_;
  CondVar changed_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace gantry::db::sqlite
