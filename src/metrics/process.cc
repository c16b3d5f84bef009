#include "metrics/process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>

namespace gantry::metrics {
namespace {

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The second number of /proc/self/statm is pages.
std::optional<int64_t> ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0;
  int64_t resident = 0;
  if (!(file >> total >> resident)) return std::nullopt;
  return resident * sysconf(_SC_PAGESIZE);
}

std::optional<int64_t> OpenDescriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return std::nullopt;
  int64_t entries = 0;
  while (readdir(folder.get()) != nullptr) ++entries;
  return entries - 3;  // ".", ".." and the one that reads them
}

void WriteProcess(TextWriter& writer, Time started) {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    writer.Family("process_cpu_seconds_total", "Processor time used, user and system.",
                  Type::kCounter);
    writer.Sample({}, SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime));
  }
  if (const auto bytes = ResidentBytes()) {
    writer.Family("process_resident_memory_bytes", "Memory in use.", Type::kGauge);
    writer.Sample({}, *bytes);
  }
  if (const auto open = OpenDescriptors()) {
    writer.Family("process_open_fds", "Open file descriptors.", Type::kGauge);
    writer.Sample({}, *open);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    writer.Family("process_max_fds", "File descriptors that may be open.", Type::kGauge);
    writer.Sample({}, static_cast<double>(limit.rlim_cur));
  }
  writer.Family("process_start_time_seconds", "When the process began, since 1970.", Type::kGauge);
  writer.Sample({}, static_cast<double>(started.micros) / 1e6);
}

}  // namespace

void AddProcessMetrics(Registry& registry, Time started) {
  registry.AddCollector([started](TextWriter& writer) { WriteProcess(writer, started); });
}

}  // namespace gantry::metrics
