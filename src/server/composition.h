#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"
#include "jobs/scheduler.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "server/access.h"
#include "server/config.h"
#include "server/data_folder.h"
#include "server/health.h"
#include "server/lifecycle_work.h"
#include "server/observe.h"
#include "server/registry.h"
#include "server/stores.h"

namespace gantry::server {

// The composition root: the only place that names concrete backends. Builds every part in the order
// of the members, owns them, and takes them down in the reverse order.
// Threads: one, except where a method says otherwise.
class Composition {
 public:
  enum class Mode {
    kServe,    // the addresses of the configuration, the control socket, recurring tasks
    kOffline,  // the control socket only
  };

  // Opens what is stored and serves it. `folder`, `clock` and `logger` outlive the composition.
  // Errors are meant for people: what could not be opened, bound or read, and why.
  static Result<std::unique_ptr<Composition>> Start(const Config& config, const DataFolder& folder,
                                                    const Clock& clock, log::Logger& logger,
                                                    Mode mode);
  ~Composition();

  // The bound addresses of the configuration, with real ports.
  std::vector<std::string> addresses() const;
  // The administrator that this start made.
  const std::optional<auth::FirstStart>& first_start() const { return access_->first_start(); }
  Result<void> ReloadTls() { return server_->ReloadTls(); }
  // /readyz turns 503; no new connections; returns when the requests in flight have ended or
  // `timeout` has passed. Any thread.
  void Drain(Duration timeout);

 private:
  Composition(const Config& config, log::Logger& logger);
  Result<void> OpenStores(const DataFolder& folder, const Clock& clock);
  std::vector<http::Route> MakeRoutes();
  Result<void> StartServer(const DataFolder& folder, const Clock& clock, Mode mode);
  void StartTasks(const Clock& clock);

  const Config config_;
  log::Logger& logger_;
  std::atomic<bool> stopping_{false};
  metrics::Registry metrics_;
  Stores stores_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<LifecycleWork> lifecycle_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<jobs::Scheduler> scheduler_;
};

}  // namespace gantry::server
