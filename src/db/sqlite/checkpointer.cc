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
}

void Checkpointer::Notice(int frames) {
  if (frames < due_at_.load(std::memory_order_relaxed)) return;
  const MutexLock lock(mutex_);
  wanted_ = true;
  changed_.SignalOne();
}

void Checkpointer::Loop() {
  while (WaitUntilWanted()) {
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

// A failure here loses nothing: the log keeps the pages, and the next round copies them.
int Checkpointer::Checkpoint() {
  sqlite3* const handle = connection_->handle();
  int frames = 0;
  // The second pass copies what was committed during the first, so that hardly any is left.
  for (int pass = 0; pass < 2; ++pass) {
    sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, nullptr);
  }
  WriteQueue::Ticket ticket;
  if (!queue_.Lead(ticket)) return frames;
  const int code =
      sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_RESTART, &frames, nullptr);
  WriteQueue::Ticket* const group[] = {&ticket};
  queue_.Finish(group);
  return code == SQLITE_OK ? 0 : frames;
}

}  // namespace gantry::db::sqlite
