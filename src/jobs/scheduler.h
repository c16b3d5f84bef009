#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "db/db.h"
#include "log/log.h"

namespace gantry::jobs {

// Work that returns at an interval, for example the collection.
struct Task {
  std::string name;
  Duration interval;
  // Does the next piece of the work, in minutes at most. Gets the cursor that the piece before
  // returned ("" the first time) and returns the next one. After an error the same piece is run
  // again, after 60 seconds or the interval, whichever is shorter.
  std::function<Result<std::string>(const std::string& cursor)> run;
};

// Runs tasks on one thread of its own. When a task is next due, and its cursor, are rows: they
// survive a restart, and of several nodes that share a database one at a time runs a task (a lease
// of one hour keeps the others away; a node that dies loses it). Threads: Start and Stop once each,
// from the owner's.
class Scheduler {
 public:
  // All references outlive this. The thread looks for work every `tick` of real time.
  Scheduler(db::Db& db, const Clock& clock, log::Logger& logger, std::vector<Task> tasks,
            Duration tick = Seconds(5));
  ~Scheduler();  // stops
  void Start();
  // Returns when the piece that is running has ended; none begins after it.
  void Stop();

  // Runs every task that is due now, on the caller's thread; what the thread does in a loop. Ends
  // early when Stop was called. REQUIRES: not started.
  void RunDue();

 private:
  void Loop();
  bool Stopping();
  // Returns when the task need not be looked at before.
  Result<Time> RunOne(const Task& task);

  db::Db& db_;
  const Clock& clock_;
  log::Logger& logger_;
  const std::vector<Task> tasks_;
  const Duration tick_;
  std::vector<Time> look_at_;  // used by the thread that calls RunDue only
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace gantry::jobs
