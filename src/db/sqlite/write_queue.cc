#include "db/sqlite/write_queue.h"

namespace gantry::db::sqlite {

bool WriteQueue::Lead(Ticket& ticket) {
  const MutexLock lock(mutex_);
  waiting_.push_back(&ticket);
  while (!ticket.finished_ && (led_ || waiting_.front() != &ticket)) ticket.woken_.Wait(mutex_);
  if (ticket.finished_) return false;
  waiting_.pop_front();
  led_ = true;
  return true;
}

WriteQueue::Ticket* WriteQueue::Next() {
  const MutexLock lock(mutex_);
  if (waiting_.empty() || waiting_.front()->function == nullptr) return nullptr;
  Ticket* const ticket = waiting_.front();
  waiting_.pop_front();
  return ticket;
}

void WriteQueue::Finish(std::span<Ticket* const> group) {
  const MutexLock lock(mutex_);
  led_ = false;
  // Signalled under the lock: a ticket is gone as soon as its thread sees that it is finished.
  for (Ticket* const ticket : group) {
    ticket->finished_ = true;
    ticket->woken_.SignalOne();
  }
  if (!waiting_.empty()) waiting_.front()->woken_.SignalOne();
}

}  // namespace gantry::db::sqlite
