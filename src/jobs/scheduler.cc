#include "jobs/scheduler.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/background.h"
#include "meta/schedules.h"

namespace gantry::jobs {
namespace {

constexpr Duration kLease = Hours(1);
constexpr Duration kRetry = Seconds(60);  // when another node has the task, or it failed

}  // namespace

Scheduler::Scheduler(db::Db& db, const Clock& clock, log::Logger& logger, std::vector<Task> tasks,
                     Duration tick)
    : db_(db),
      clock_(clock),
      logger_(logger),
      tasks_(std::move(tasks)),
      tick_(tick),
      look_at_(tasks_.size()) {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Scheduler::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.SignalAll();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::Loop() {
  StandBehind();
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      wake_.WaitFor(mutex_, std::chrono::microseconds(tick_.micros));
      if (stopping_) return;
    }
    RunDue();
  }
}

bool Scheduler::Stopping() {
  MutexLock lock(mutex_);
  return stopping_;
}

void Scheduler::RunDue() {
  for (size_t i = 0; i < tasks_.size() && !Stopping(); ++i) {
    if (clock_.Now() < look_at_[i]) continue;
    const auto next = RunOne(tasks_[i]);
    if (next.ok()) {
      look_at_[i] = *next;
      continue;
    }
    look_at_[i] = clock_.Now() + std::min(tasks_[i].interval, kRetry);
    log::Warning(logger_, "task_failed")
        .Field("task", tasks_[i].name)
        .Field("error", next.error().ToString());
  }
}

Result<Time> Scheduler::RunOne(const Task& task) {
  std::optional<std::string> cursor;
  const Time now = clock_.Now();
  const Time lease_until = now + kLease;
  TRY(db_.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(cursor, meta::ClaimSchedule(tx, task.name, now + task.interval, now, lease_until));
    return Ok();
  }));
  if (!cursor) return now + std::min(task.interval, kRetry);
  auto next_cursor = task.run(*cursor);
  const std::string keep = next_cursor.ok() ? *next_cursor : *cursor;
  const Duration wait = next_cursor.ok() ? task.interval : std::min(task.interval, kRetry);
  const Time next_at = clock_.Now() + wait;
  bool finished = false;
  TRY(db_.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(finished, meta::FinishSchedule(tx, task.name, lease_until, next_at, keep));
    return Ok();
  }));
  // It took longer than the lease, and another node has begun it anew.
  if (!finished) log::Warning(logger_, "task_lease_lost").Field("task", task.name);
  if (!next_cursor.ok()) return std::move(next_cursor).error();
  return next_at;
}

}  // namespace gantry::jobs
