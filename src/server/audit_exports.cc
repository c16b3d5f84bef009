#include "server/audit_exports.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/syslog_target.h"
#include "base/encoding.h"
#include "server/audit_s3_target.h"

namespace gantry::server {
namespace {

constexpr Duration kEvery = Seconds(1);
constexpr Duration kS3Every = Seconds(60);  // an object each, unless there is much
constexpr Duration kRetryAfter = Seconds(5);
constexpr Duration kRetentionEvery = Seconds(3600);
// The time of a record is when its request began, which may be long before it is in the log.
constexpr Duration kRequestMax = Hours(24);
constexpr int kSyslogPort = 514;
constexpr int kSyslogTlsPort = 6514;

// What messages call this machine.
std::string HostName() {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0) return "";
  return name;
}

// SCHEME://HOST[:PORT]
Result<audit::SyslogOptions> SyslogOf(const Config::Audit& config) {
  using Transport = audit::SyslogOptions::Transport;
  const std::string& url = config.export_syslog;
  const Error invalid = InvalidArgument(
      "bad_value", "audit.export.syslog: \"" + url +
                       "\" is not udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT");
  const size_t colon = url.find("://");
  if (colon == url.npos) return invalid;
  const std::string scheme = url.substr(0, colon);
  std::string host = url.substr(colon + 3);
  audit::SyslogOptions options;
  if (scheme != "udp" && scheme != "tcp" && scheme != "tls") return invalid;
  options.transport = scheme == "udp"   ? Transport::kUdp
                      : scheme == "tcp" ? Transport::kTcp
                                        : Transport::kTls;
  int64_t port = scheme == "tls" ? kSyslogTlsPort : kSyslogPort;
  const size_t end = host.rfind(':');
  if (end != host.npos && host.find(']', end) == host.npos) {
    const auto number = ParseDecimal(std::string_view(host).substr(end + 1));
    if (!number || *number < 1 || *number > 65'535) return invalid;
    port = *number;
    host.resize(end);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty()) return invalid;
  options.host = host;
  options.port = static_cast<uint16_t>(port);
  options.ca_file = config.export_syslog_ca_file;
  options.hostname = HostName();
  return options;
}

}  // namespace

struct AuditExports::Target {
  Target(const char* target_name, Duration period, std::unique_ptr<audit::ExportTarget> to,
         audit::Log& log, io::FileSystem& files, metrics::Counter& failed)
      : name(target_name),
        every(period),
        target(std::move(to)),
        exporter(log, files, std::string("export-") + target_name + ".cursor", *target),
        failures(failed) {}

  const std::string name;
  const Duration every;
  const std::unique_ptr<audit::ExportTarget> target;
  audit::Exporter exporter;
  metrics::Counter& failures;
  // Until when it has everything, in microseconds; 0: not known yet.
  std::atomic<int64_t> complete_at{0};
};

AuditExports::AuditExports(audit::Log& log, const Clock& clock, log::Logger& logger,
                           Duration retention)
    : log_(log), clock_(clock), logger_(logger), retention_(retention) {}

Result<std::unique_ptr<AuditExports>> AuditExports::Start(const Config::Audit& config,
                                                          audit::Log& log, io::FileSystem& files,
                                                          const Clock& clock, log::Logger& logger,
                                                          metrics::Registry& metrics) {
  std::unique_ptr<AuditExports> exports(new AuditExports(log, clock, logger, config.retention));
  if (!config.export_file.empty()) {
    exports->Add("file", kEvery, std::make_unique<audit::FileTarget>(config.export_file), files,
                 metrics);
  }
  if (!config.export_syslog.empty()) {
    TRY_ASSIGN(audit::SyslogOptions options, SyslogOf(config));
    exports->Add("syslog", kEvery, std::make_unique<audit::SyslogTarget>(std::move(options)), files,
                 metrics);
  }
  if (!config.export_s3.endpoint.empty()) {
    httpc::ClientOptions options;
    options.ca_file = config.export_s3.ca_file;
    exports->client_ = httpc::MakeClient(std::move(options));
    exports->Add("s3", kS3Every,
                 std::make_unique<AuditS3Target>(config.export_s3, *exports->client_, clock), files,
                 metrics);
  }
  for (const auto& target : exports->targets_)
    exports->threads_.emplace_back([&exports = *exports, &to = *target] { exports.Run(to); });
  if (config.retention.micros > 0)
    exports->threads_.emplace_back([&exports = *exports] { exports.RunRetention(); });
  return exports;
}

AuditExports::~AuditExports() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stopped_.SignalAll();
  for (std::thread& thread : threads_) thread.join();
}

void AuditExports::Add(const char* name, Duration every,
                       std::unique_ptr<audit::ExportTarget> target, io::FileSystem& files,
                       metrics::Registry& metrics) {
  metrics::Counter& failures =
      metrics.AddCounter("gantry_audit_export_failures_total",
                         "Attempts to export audit records that failed.", {{"target", name}});
  targets_.push_back(
      std::make_unique<Target>(name, every, std::move(target), log_, files, failures));
  // What its thread knows is read when it is asked for.
  const Target& added = *targets_.back();
  const std::string suffix(name);
  metrics.AddGauge("gantry_audit_export_" + suffix + "_lag_records",
                   "Audit records that were not exported to the target yet.", [this, &added] {
                     const uint64_t end = log_.durable_sequence();
                     const uint64_t sent = added.exporter.cursor();
                     return sent >= end ? 0.0 : static_cast<double>(end - sent);
                   });
}

void AuditExports::Run(Target& target) {
  bool failing = false;
  for (;;) {
    const Time started = clock_.Now();
    const auto sent = target.exporter.Step();
    if (sent.ok()) {
      if (failing) log::Info(logger_, "audit_export_resumed").Field("target", target.name);
      failing = false;
      // All that was durable before `started` has been sent.
      if (*sent < audit::Exporter::kStepMax) target.complete_at.store(started.micros);
      if (*sent == audit::Exporter::kStepMax && Sleep(Duration{0})) continue;
    } else {
      target.failures.Add();
      if (!failing)
        log::Failure(logger_, "audit_export_failed")
            .Field("target", target.name)
            .Field("error", sent.error().ToString());
      failing = true;
    }
    if (!Sleep(sent.ok() ? target.every : kRetryAfter)) return;
  }
}

void AuditExports::RunRetention() {
  do {
    std::vector<Time> complete_at;
    for (const auto& target : targets_) complete_at.push_back({target->complete_at.load()});
    const Time before = RemoveBefore(clock_.Now(), retention_, complete_at);
    const auto removed = log_.RemoveBefore(before);
    if (!removed.ok()) {
      log::Failure(logger_, "audit_retention_failed").Field("error", removed.error().ToString());
    } else if (*removed > 0) {
      log::Info(logger_, "audit_segments_removed").Field("segments", *removed);
    }
  } while (Sleep(kRetentionEvery));
}

Time AuditExports::RemoveBefore(Time now, Duration retention,
                                const std::vector<Time>& complete_at) {
  Time before = now - retention;
  for (const Time complete : complete_at) before = std::min(before, complete - kRequestMax);
  return before;
}

bool AuditExports::Sleep(Duration duration) {
  MutexLock lock(mutex_);
  if (!stopping_ && duration.micros > 0)
    stopped_.WaitFor(mutex_, std::chrono::microseconds(duration.micros));
  return !stopping_;
}

}  // namespace gantry::server
