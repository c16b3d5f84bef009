#include "db/sqlite/group.h"

#include <utility>

#include "db/sqlite/tx.h"

namespace gantry::db::sqlite {
namespace {

constexpr Sql kBegin{"BEGIN IMMEDIATE"};
constexpr Sql kSavepoint{"SAVEPOINT one"};
constexpr Sql kRelease{"RELEASE one"};
constexpr Sql kUndo{"ROLLBACK TO one"};

}  // namespace

void Group::Run(WriteQueue::Ticket& ticket) {
  Result<void> result = Start();
  if (result.ok()) {
    SqliteTx tx(connection_, /*writable=*/true);
    result = (*ticket.function)(tx);
    result = tx.Outcome(std::move(result));
    if (result.ok() && !pending_.empty()) result = connection_.Run(kRelease);
  }
  if (result.ok()) {
    pending_.push_back(&ticket);
    return;
  }
  ticket.result = std::move(result);
  Undo();
}

void Group::Commit() {
  CommitPending();
  const std::vector<WriteQueue::Ticket*> again = std::exchange(innocent_, {});
  for (WriteQueue::Ticket* const ticket : again) {
    Run(*ticket);
    CommitPending();
  }
}

// The first function needs no savepoint: to undo it is to undo the transaction.
Result<void> Group::Start() {
  if (refused_) return *refused_;
  if (!pending_.empty()) return connection_.Run(kSavepoint);
  Result<void> begun = connection_.Run(kBegin);
  if (!begun.ok()) refused_ = begun.error();
  return begun;
}

void Group::Undo() {
  if (!pending_.empty() && connection_.InTransaction() && connection_.Run(kUndo).ok() &&
      connection_.Run(kRelease).ok()) {
    return;
  }
  connection_.Rollback();
  innocent_.insert(innocent_.end(), pending_.begin(), pending_.end());
  pending_.clear();
}

void Group::CommitPending() {
  if (pending_.empty()) return;
  Result<void> committed = connection_.Commit();
  if (!committed.ok()) connection_.Rollback();
  for (WriteQueue::Ticket* const ticket : pending_) ticket->result = committed;
  pending_.clear();
}

}  // namespace gantry::db::sqlite
