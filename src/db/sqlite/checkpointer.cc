#include "db/sqlite/checkpointer.h"

#include <sqlite3.h>

#include <utility>

namespace gantry::db::sqlite {
namespace {

// How long writers may be held for readers that still use the log; they try again next time.
constexpr int kHoldMs = 20;

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, WriteQueue& queue, int frames)
    : connection_(std::move(connection)), queue_(queue), frames_(frames), due_at_(frames) {
  sqlite3_busy_timeout(connection_->handle(), kHoldMs);
  thread_ = std::thread([this] { Loop(); });
}

Checkpointer::~Checkpointer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalOne();
  }
  thread_.join();
  int frames = 0;
  if (!failed()) Copy(SQLITE_CHECKPOINT_TRUNCATE, &frames);
}

void Checkpointer::Notice(int frames) {
  if (frames < due_at_.load(std::memory_order_relaxed)) return;
  const MutexLock lock(mutex_);
  wanted_ = true;
  changed_.SignalOne();
}

void Checkpointer::Loop() {
  while (WaitUntilWanted() && !failed()) {
    const int left = Checkpoint();
    due_at_.store(left + frames_, std::memory_order_relaxed);
    const MutexLock lock(mutex_);
    wanted_ = false;
  }
}

bool Checkpointer::WaitUntilWanted() {
  const MutexLock lock(mutex_);
  while (!wanted_ && !stopping_) changed_.Wait(mutex_);
  return !stopping_;
}

// A failure to write loses nothing: the log keeps the pages, and the next round copies them.
int Checkpointer::Checkpoint() {
  int frames = 0;
  // The second pass copies what was committed during the first, so that hardly any is left.
  for (int pass = 0; pass < 2 && !failed(); ++pass) {
    Copy(SQLITE_CHECKPOINT_PASSIVE, &frames);
    SyncDatabase();
  }
  WriteQueue::Ticket ticket;
  if (!queue_.Lead(ticket)) return frames;
  const bool complete = !failed() && Copy(SQLITE_CHECKPOINT_RESTART, &frames);
  WriteQueue::Ticket* const group[] = {&ticket};
  queue_.Finish(group);
  return complete ? 0 : frames;
}

bool Checkpointer::Copy(int mode, int* frames) {
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, frames, nullptr);
  if (code == SQLITE_IOERR_FSYNC) failed_ = true;
  return code == SQLITE_OK;
}

// SQLite itself syncs only when the whole log is copied, which happens while writers are held; what
// is written out here is not left for then.
void Checkpointer::SyncDatabase() {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection_->handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr) return;
  const int code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (code != SQLITE_OK) failed_ = true;
}

}  // namespace gantry::db::sqlite
