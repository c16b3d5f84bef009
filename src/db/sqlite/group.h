#pragma once

#include <optional>
#include <vector>

#include "db/sqlite/connection.h"
#include "db/sqlite/write_queue.h"

namespace gantry::db::sqlite {

// One group commit: functions that run one after another in one transaction and share its fsync.
// Each function's own failure undoes its own changes only. Where SQLite gives up the whole
// transaction because of one function (disk full, I/O error), the functions before it run again,
// each in a transaction of its own. Threads: the leader's.
class Group {
 public:
  // The connection outlives the group and is in no transaction.
  explicit Group(Connection& connection) : connection_(connection) {}

  // Runs the ticket's function. Sets its result if it failed; otherwise Commit does.
  void Run(WriteQueue::Ticket& ticket);

  // Commits what succeeded and sets the results. After a failed commit nothing of it is there.
  void Commit();

 private:
  Result<void> Start();
  void Undo();
  void CommitPending();

  Connection& connection_;
  std::optional<Error> refused_;               // why no transaction can begin
  std::vector<WriteQueue::Ticket*> pending_;   // succeeded in the transaction that is open
  std::vector<WriteQueue::Ticket*> innocent_;  // succeeded in one that SQLite gave up
};

}  // namespace gantry::db::sqlite
