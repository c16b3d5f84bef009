#include "server/serve.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

constexpr Duration kTakeDownMax = Seconds(10);  // after draining

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

// The one-time password of a first start goes to a terminal and nowhere else: what a supervisor
// collects is kept and read by many.
void TellAdministrator(const Composition& composition, const Config& config, log::Logger& logger) {
  const auto& first = composition.first_start();
  if (!first || config.anonymous) return;
  if (isatty(STDOUT_FILENO) == 1) {
    std::printf(
        "the first administrator is %s, with the one-time password %s\n"
        "choose another one:  gantry user password %s\n",
        first->user.c_str(), first->password.c_str(), first->user.c_str());
    std::fflush(stdout);
  } else {
    log::Info(logger, "administrator_made")
        .Field("user", first->user)
        .Field("message", "choose a password with: gantry user password " + first->user);
  }
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

[[noreturn]] void EndAtOnce(log::Logger& logger, const char* event, int code) {
  // Nothing acknowledged is lost by this: it was durable before it was answered.
  log::Warning(logger, event);
  logger.Flush();
  _exit(code);
}

// Drains and takes everything down. A second signal meanwhile ends the process, and so does work
// that does not end, a backup for example.
void End(Signals& signals, std::unique_ptr<Composition> composition, const Config& config,
         log::Logger& logger) {
  NotifySupervisor("STOPPING=1");
  log::Info(logger, "draining").Field("timeout_ms", config.drain_timeout.micros / 1000);
  std::thread drainer([&] {
    composition->Drain(config.drain_timeout);
    composition.reset();
    signals.Wake();
  });
  const SystemClock clock;
  const Time deadline = clock.Monotonic() + config.drain_timeout + kTakeDownMax;
  for (;;) {
    const Duration left = std::max(deadline - clock.Monotonic(), Duration{0});
    const Signals::Event event = signals.Wait(left);
    if (event == Signals::Event::kWoken) break;
    if (event == Signals::Event::kEnd) EndAtOnce(logger, "ended_while_draining", cli::kFailed);
    if (event == Signals::Event::kTimeout) EndAtOnce(logger, "ended_with_work_left", cli::kDone);
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
  TellAdministrator(**composition, config, logger);
  WaitForEnd(*signals, **composition, config, logger);
  End(*signals, std::move(composition).value(), config, logger);
  log::Info(logger, "stopped");
  return cli::kDone;
}

}  // namespace gantry::server
