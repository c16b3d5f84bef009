#pragma once

#include <deque>
#include <span>

#include "base/mutex.h"
#include "base/result.h"
#include "db/db.h"

namespace gantry::db::sqlite {

// Who writes next. The thread at the front leads: it runs the functions of those that wait behind
// it and commits for all, while the next group gathers here. Threads: all methods from any thread.
class WriteQueue {
 public:
  // A place in the queue, on the stack of the thread that waits. `result` is the leader's to set
  // until the ticket is finished.
  struct Ticket {
    // nullptr: this thread wants the writer for itself, no other runs in its group.
    const TxFunction* function = nullptr;
    Result<void> result;

   private:
    friend class WriteQueue;
    bool finished_ = false;
    CondVar woken_;
  };

  // Waits. True: lead now, and call Finish; false: another leader finished the ticket.
  [[nodiscard]] bool Lead(Ticket& ticket);

  // For the leader: takes the next ticket of its group off the queue; nullptr when none waits.
  Ticket* Next();

  // For the leader, once: wakes `group`, which includes its own ticket, and the next leader.
  void Finish(std::span<Ticket* const> group);

 private:
  Mutex mutex_;
  bool led_ GUARDED_BY(mutex_) = false;
  std::deque<Ticket*> waiting_ GUARDED_BY(mutex_);
};

}  // namespace gantry::db::sqlite
