#include "server/serve.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "cli/exit_code.h"
#include "server/composition.h"
#include "server/data_folder.h"
#include "server/notify.h"
#include "server/signals.h"

namespace gantry::server {
namespace {

int Fail(const Error& error) {
  std::fprintf(stderr, "gantry: %s\n", error.message().c_str());
  return cli::kFailed;
}

// One descriptor a connection, one a file being sent.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void Announce(const Composition& composition, const Config& config, log::Logger& logger) {
  const char* scheme = config.tls.certificate.empty() ? "http://" : "https://";
  const std::vector<std::string> addresses = composition.addresses();
  for (const std::string& address : addresses)
    log::Info(logger, "listening").Field("address", scheme + address).Field("pid", getpid());
  std::printf("listening on %s%s\n", scheme, addresses.front().c_str());
  std::fflush(stdout);
  NotifySupervisor("READY=1");
}

void Reload(Composition& composition, const Config& config, log::Logger& logger) {
  if (config.tls.certificate.empty()) return;
  const Result<void> reloaded = composition.ReloadTls();
  if (reloaded.ok()) {
    log::Info(logger, "certificate_reloaded").Field("file", config.tls.certificate);
  } else {
    log::Failure(logger, "certificate_not_reloaded").Field("error", reloaded.error().ToString());
  }
}

void WaitForEnd(Signals& signals, Composition& composition, const Config& config,
                log::Logger& logger) {
  while (signals.Wait() != Signals::Event::kEnd) Reload(composition, config, logger);
}

// Drains; a second signal meanwhile ends the process.
void Drain(Signals& signals, Composition& composition, const Config& config, log::Logger& logger) {
  NotifySupervisor("STOPPING=1");
  log::Info(logger, "draining").Field("timeout_ms", config.drain_timeout.micros / 1000);
  std::thread drainer([&] {
    composition.Drain(config.drain_timeout);
    signals.Wake();
  });
  for (;;) {
    const Signals::Event event = signals.Wait();
    if (event == Signals::Event::kWoken) break;
    if (event == Signals::Event::kReload) continue;
    // Nothing acknowledged is lost by this: it was durable before it was answered.
    log::Warning(logger, "ended_while_draining");
    logger.Flush();
    _exit(cli::kFailed);
  }
  drainer.join();
}

}  // namespace

int Serve(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  umask(077);
  RaiseFileLimit();
  auto signals = Signals::Catch();
  if (!signals.ok()) return Fail(signals.error());
  const SystemClock clock;
  log::Logger logger(STDERR_FILENO, config.log.level);
  for (const std::string& warning : loaded.warnings)
    log::Warning(logger, "configuration").Field("message", warning);
  const auto folder = DataFolder::Lock(config.data);
  if (!folder.ok()) return Fail(folder.error());
  auto composition = Composition::Start(config, **folder, clock, logger, Composition::Mode::kServe);
  if (!composition.ok()) return Fail(composition.error());

  Announce(**composition, config, logger);
  WaitForEnd(*signals, **composition, config, logger);
  Drain(*signals, **composition, config, logger);
  composition->reset();
  log::Info(logger, "stopped");
  return cli::kDone;
}

}  // namespace gantry::server
