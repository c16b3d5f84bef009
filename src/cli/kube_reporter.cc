#include "cli/kube_reporter.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "cli/exit_code.h"
#include "cli/registry_url.h"
#include "cli/text.h"
#include "kube/kubeconfig.h"
#include "kube/registry_http.h"
#include "kube/reporter.h"
#include "log/log.h"

namespace gantry::cli {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;
constexpr Duration kTick = Millis(500);

// SIGTERM and SIGINT, from construction on blocked in this thread and in those it starts.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~EndSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // False: the time has passed without one.
  bool Wait(Duration timeout) const {
    const timespec time{timeout.micros / 1'000'000, timeout.micros % 1'000'000 * 1000};
    return sigtimedwait(&set_, nullptr, &time) > 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// Set once; who waits for it wakes up.
class Ending {
 public:
  void Set() {
    MutexLock lock(mutex_);
    is_set_ = true;
    changed_.SignalAll();
  }
  bool IsSet() const {
    MutexLock lock(mutex_);
    return is_set_;
  }
  void WaitFor(Duration time) {
    MutexLock lock(mutex_);
    if (!is_set_) changed_.WaitFor(mutex_, std::chrono::microseconds(time.micros));
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  bool is_set_ GUARDED_BY(mutex_) = false;
};

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty()) return NotFound("file_unreadable", path + " cannot be read, or is empty");
  return text;
}

Result<kube::ClusterAccess> FindCluster(Program& program, const Surroundings& surroundings,
                                        const KubeReporterOptions& options) {
  if (!options.kubernetes_url.empty()) {
    kube::ClusterAccess access;
    access.url = options.kubernetes_url;
    while (access.url.ends_with('/')) access.url.pop_back();
    return access;
  }
  if (options.kubeconfig.empty()) {
    if (auto access = kube::InClusterAccess(surroundings.environment)) return std::move(*access);
    return InvalidArgument("no_cluster",
                           "which cluster? This is no pod of one: give --kubeconfig FILE");
  }
  TRY_ASSIGN(const std::string yaml, ReadFile(options.kubeconfig));
  TRY_ASSIGN(const std::string text, program.YamlAsJson(yaml));
  TRY_ASSIGN(const json::Document config, json::Document::Parse(text));
  const auto folder = std::filesystem::path(options.kubeconfig).parent_path();
  return kube::ReadKubeconfig(config.root(), options.context,
                              folder.empty() ? "." : folder.string(), ReadFile);
}

kube::Api::Token TokenOf(const kube::ClusterAccess& access) {
  return [access]() -> Result<std::string> {
    if (access.token_file.empty()) return access.token;
    return ReadSecretFile(access.token_file);
  };
}

std::unique_ptr<httpc::Client> MakeClusterClient(const kube::ClusterAccess& access) {
  httpc::ClientOptions options;
  options.ca_file = access.ca_file;
  options.ca_pem = access.ca_pem;
  options.certificate_pem = access.certificate_pem;
  options.key_pem = access.key_pem;
  options.user_agent = "gantry-kube-reporter";
  return httpc::MakeClient(std::move(options));
}

// Our credential at the registry; a token is exchanged anew when four fifths of its time are over.
class RegistryCredential {
 public:
  RegistryCredential(const Surroundings& surroundings, const KubeReporterOptions& options,
                     WorkloadOptions workload)
      : surroundings_(surroundings), options_(options), workload_(std::move(workload)) {}

  Result<std::string> Authorization(bool renew) {
    if (!options_.username.empty()) {
      TRY_ASSIGN(const std::string password, ReadSecretFile(options_.password_file));
      return "Basic " + Base64Encode(options_.username + ":" + password);
    }
    const Time now = clock_.Monotonic();
    if (!renew && !token_.empty() && now < renew_at_) return "Bearer " + token_;
    TRY_ASSIGN(const auto id_token, FindIdToken(surroundings_, workload_));
    if (!id_token) return std::string();
    TRY_ASSIGN(RegistryToken token, ExchangeIdToken(surroundings_, workload_, *id_token));
    token_ = std::move(token.token);
    renew_at_ = now + Seconds(token.expires_in_seconds * 4 / 5);
    return "Bearer " + token_;
  }

 private:
  const Surroundings& surroundings_;
  const KubeReporterOptions& options_;
  const WorkloadOptions workload_;
  const SystemClock clock_;
  std::string token_;  // "": none yet
  Time renew_at_;
};

// The reporter with a watcher for each kind of objects.
class Reporting {
 public:
  Reporting(const KubeReporterOptions& options, const kube::ClusterAccess& access,
            const kube::Registries& registries, kube::Registry& registry)
      : client_(MakeClusterClient(access)),
        api_(*client_, access.url, TokenOf(access), [this] { return ending_.IsSet(); }),
        reporter_({shared_, registry, clock_, logger_},
                  {options.cluster, Seconds(options.heartbeat_seconds),
                   Seconds(options.resolve_seconds)}),
        stale_after_(Seconds(2 * options.heartbeat_seconds)) {
    const kube::Watcher::Parts parts{api_, registries, shared_, clock_, logger_};
    for (const kube::Resource& resource : kube::Resources())
      watchers_.push_back(std::make_unique<kube::Watcher>(resource, parts));
  }

  Result<void> Once() {
    for (const auto& watcher : watchers_) TRY(watcher->Step());
    return reporter_.ReportOnce();
  }

  void UntilSignal(const EndSignals& signals) {
    std::vector<std::thread> threads;
    for (const auto& watcher : watchers_) {
      threads.emplace_back([this, &watcher] {
        watcher->Run([this] { return ending_.IsSet(); },
                     [this](Duration pause) { ending_.WaitFor(pause); });
      });
    }
    while (!signals.Wait(kTick)) reporter_.Tick(IsCurrent());
    ending_.Set();
    for (std::thread& thread : threads) thread.join();
  }

  log::Logger& logger() { return logger_; }

 private:
  bool IsCurrent() const {
    const Time now = clock_.Monotonic();
    for (const auto& watcher : watchers_) {
      const auto since = watcher->FailingSince();
      if (since && now - *since > stale_after_) return false;
    }
    return true;
  }

  const SystemClock clock_;
  log::Logger logger_{STDERR_FILENO, log::Level::kInfo};
  Ending ending_;
  kube::SharedState shared_;
  const std::unique_ptr<httpc::Client> client_;
  const kube::Api api_;
  std::vector<std::unique_ptr<kube::Watcher>> watchers_;
  kube::Reporter reporter_;
  const Duration stale_after_;
};

kube::HttpRegistry::Options RegistryOptions(const KubeReporterOptions& options,
                                            const std::string& server) {
  const int64_t silent = options.silent_after_seconds > 0 ? options.silent_after_seconds
                                                          : 5 * options.heartbeat_seconds;
  return {RegistryUrl(server), "kube:" + options.cluster, options.account, Seconds(silent)};
}

int Usage(const Error& error) {
  Complain(error);
  return kUsage;
}

}  // namespace

int RunKubeReporter(Program& program, const Surroundings& surroundings,
                    const KubeReporterOptions& options) {
  const EndSignals signals;
  const auto registries = kube::Registries::Make(options.registries);
  if (!registries.ok()) return Usage(registries.error());
  const auto access = FindCluster(program, surroundings, options);
  if (!access.ok()) return Usage(access.error());
  WorkloadOptions workload = WithEnvironment(surroundings, options.workload);
  if (workload.server.empty()) workload.server = registries->url();
  RegistryCredential credential(surroundings, options, workload);
  kube::HttpRegistry registry(
      surroundings.client, *registries,
      [&credential](bool renew) { return credential.Authorization(renew); },
      RegistryOptions(options, workload.server));
  Reporting reporting(options, *access, *registries, registry);
  log::Info(reporting.logger(), "reporting")
      .Field("cluster", options.cluster)
      .Field("kubernetes", access->url)
      .Field("registry", RegistryUrl(workload.server));
  if (options.once) {
    const auto done = reporting.Once();
    return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
  }
  reporting.UntilSignal(signals);
  return kDone;
}

}  // namespace gantry::cli
