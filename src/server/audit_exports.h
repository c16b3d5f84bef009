#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "audit/exporter.h"
#include "audit/log.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "httpc/client.h"
#include "io/file_system.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "server/config.h"

namespace gantry::server {

// Copies the audit log to where the configuration says, and removes what is older than it says.
// Each target has a thread and, in the log's folder, a file that says how far it got: a restart
// loses nothing, and may send the last step again. A target that does not take records is tried
// again, and its lag grows; nothing is removed that a target has not got.
// Threads: one for the methods.
class AuditExports {
 public:
  // All references outlive this; `files` has the log. invalid_argument/bad_value: an address of the
  // configuration is none.
  static Result<std::unique_ptr<AuditExports>> Start(const Config::Audit& config, audit::Log& log,
                                                     io::FileSystem& files, const Clock& clock,
                                                     log::Logger& logger,
                                                     metrics::Registry& metrics);
  ~AuditExports();
  AuditExports(const AuditExports&) = delete;
  AuditExports& operator=(const AuditExports&) = delete;

  // What may be removed at `now`: whatever is older than `retention`, and than a day before the
  // moment until which every target had everything. For tests.
  static Time RemoveBefore(Time now, Duration retention, const std::vector<Time>& complete_at);

 private:
  struct Target;
  AuditExports(audit::Log& log, const Clock& clock, log::Logger& logger, Duration retention);

  void Add(const char* name, Duration every, std::unique_ptr<audit::ExportTarget> target,
           io::FileSystem& files, metrics::Registry& metrics);
  void Run(Target& target);
  void RunRetention();
  // False: it is to stop.
  bool Sleep(Duration duration);

  audit::Log& log_;
  const Clock& clock_;
  log::Logger& logger_;
  const Duration retention_;  // 0: for ever
  std::unique_ptr<httpc::Client> client_;
  std::vector<std::unique_ptr<Target>> targets_;
  Mutex mutex_;
  CondVar stopped_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace gantry::server
