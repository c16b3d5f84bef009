// What a record costs: the thread that appends it, and the whole process; and searches in a log of
// BENCH_RECORDS (10,000,000) records, made in a temporary folder under BENCH_DIR (the current one).
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audit/log.h"
#include "audit/verify.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "io/posix_file_system.h"

namespace gantry::audit {
namespace {

// Pulls of 2,000 repositories by 500 principals with 100,000 digests, of which a tenth makes up
// half; one record in 1,000 is denied.
class Pulls {
 public:
  Pulls() {
    for (int i = 0; i < 100'000; ++i)
      digests_.push_back("sha256:" + HexEncode(crypto::Sha256(std::to_string(i))));
    for (int i = 0; i < 2000; ++i)
      repositories_.push_back("team-" + std::to_string(i % 50) + "/service-" + std::to_string(i));
    for (int i = 0; i < 500; ++i) principals_.push_back("robot:ci-" + std::to_string(i));
    for (int i = 0; i < 4096; ++i) {
      tokens_.push_back(HexEncode(crypto::Sha256("t" + std::to_string(i))).substr(0, 32));
      requests_.push_back(HexEncode(crypto::Sha256("r" + std::to_string(i))).substr(0, 32));
    }
  }

  RecordView operator()(uint64_t n) const {
    const uint64_t mixed = (n * 0x9e3779b97f4a7c15U) >> 16;
    RecordView record;
    record.time = {1'700'000'000'000'000 + static_cast<int64_t>(n) * 100};
    record.action = mixed % 50 == 0 ? "push" : "pull";
    record.outcome = mixed % 1000 == 1 ? Outcome::kDenied : Outcome::kOk;
    record.status = record.outcome == Outcome::kOk ? 200 : 403;
    record.account = "000000000000";
    record.principal = principals_[mixed % principals_.size()];
    record.credential = "key-1";
    record.token = tokens_[(n / 16) % tokens_.size()];
    record.peer = "10.20.30.40";
    record.user_agent = "containerd/1.7.13";
    record.repository = repositories_[(mixed >> 8) % repositories_.size()];
    record.digest = digests_[Skewed(mixed >> 5, digests_.size())];
    record.request_id = requests_[n % requests_.size()];
    return record;
  }
  const std::string& repository(size_t i) const { return repositories_[i]; }
  const std::string& digest(size_t i) const { return digests_[i]; }

 private:
  // A tenth of the numbers below `count` comes up half of the time.
  static size_t Skewed(uint64_t random, size_t count) {
    const double u = static_cast<double>(random % 1'000'003) / 1'000'003.0;
    return static_cast<size_t>(u * u * u * static_cast<double>(count));
  }

  std::vector<std::string> digests_, repositories_, principals_, tokens_, requests_;
};

double ProcessSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    const char* parent = std::getenv("BENCH_DIR");
    path_ =
        std::string(parent == nullptr ? "." : parent) + "/audit_bench." + std::to_string(getpid());
    fs_ = *io::OpenPosixFileSystem(path_);
  }
  ~Folder() {
    fs_.reset();
    std::filesystem::remove_all(path_);
  }
  io::FileSystem& fs() { return *fs_; }

 private:
  std::string path_;
  std::unique_ptr<io::FileSystem> fs_;
};

struct Bench {
  Folder folder;
  Pulls pulls;
  SystemClock clock;
  log::Logger logger{STDERR_FILENO, log::Level::kWarning};
};

// What the bench itself costs: records are made, and their bytes are read.
double MakingNanoseconds(const Pulls& pulls, uint64_t count) {
  std::string buffer;
  const double before = ProcessSeconds();
  for (uint64_t n = 1; n <= count; ++n) {
    buffer.clear();
    const RecordView record = pulls(n);
    for (const std::string_view* text : TextsOf(record)) buffer.append(*text);
    benchmark::DoNotOptimize(buffer.data());
  }
  return (ProcessSeconds() - before) / static_cast<double>(count) * 1e9;
}

void BM_AppendPull(benchmark::State& state) {
  Bench bench;
  const auto log = *Log::Open(bench.folder.fs(), bench.clock, bench.logger);
  uint64_t n = 0;
  double waited = 0;
  const double before = ProcessSeconds();
  Log::Ticket last;
  for (auto _ : state) {
    Log::Ticket ticket = log->Append(bench.pulls(++n));
    if (ticket.refused()) {
      state.PauseTiming();
      const auto start = bench.clock.Monotonic();
      GANTRY_ASSERT(log->Wait(last).ok());
      waited += static_cast<double>((bench.clock.Monotonic() - start).micros);
      ticket = log->Append(bench.pulls(n));
      state.ResumeTiming();
    }
    last = ticket;
  }
  GANTRY_ASSERT(log->Wait(last).ok());
  const auto count = static_cast<double>(n);
  state.counters["process_ns"] = (ProcessSeconds() - before) / count * 1e9;
  state.counters["bench_ns"] = MakingNanoseconds(bench.pulls, 1'000'000);
  state.counters["waited_ns"] = waited / count * 1e3;
}
// As many as a busy registry has in a minute, so that segments are closed and indexed within.
BENCHMARK(BM_AppendPull)->Iterations(4'000'000)->Unit(benchmark::kNanosecond);

// A record that somebody waits for, alone.
void BM_AppendAndWait(benchmark::State& state) {
  Bench bench;
  const auto log = *Log::Open(bench.folder.fs(), bench.clock, bench.logger);
  uint64_t n = 0;
  for (auto _ : state) GANTRY_ASSERT(log->Wait(log->Append(bench.pulls(++n))).ok());
}
BENCHMARK(BM_AppendAndWait)->Unit(benchmark::kMicrosecond)->UseRealTime();

void Report(const char* name, double milliseconds, const char* unit, size_t found) {
  std::printf("%-44s %10.3f %s %8zu entries\n", name, milliseconds, unit, found);
}

void SearchALargeLog(uint64_t records) {
  Bench bench;
  const auto now = [&] { return static_cast<double>(bench.clock.Monotonic().micros) / 1000; };
  double start = now();
  auto log = *Log::Open(bench.folder.fs(), bench.clock, bench.logger);
  Log::Ticket last;
  for (uint64_t n = 1; n <= records; ++n) {
    Log::Ticket ticket = log->Append(bench.pulls(n));
    while (ticket.refused()) {
      GANTRY_ASSERT(log->Wait(last).ok());
      ticket = log->Append(bench.pulls(n));
    }
    last = ticket;
  }
  GANTRY_ASSERT(log->Wait(last).ok());
  Report("write", now() - start, "ms", static_cast<size_t>(log->durable_sequence()));
  start = now();
  log.reset();
  log = *Log::Open(bench.folder.fs(), bench.clock, bench.logger);
  Report("close and open again", now() - start, "ms", 0);

  const auto search = [&](const char* name, Query query) {
    for (const bool newest_first : {true, false}) {
      query.newest_first = newest_first;
      double best = 1e9, worst = 0;
      size_t found = 0;
      for (int i = 0; i < 5; ++i) {
        const double from = now();
        const auto result = log->Find(query);
        GANTRY_ASSERT(result.ok() && result->damaged.empty());
        found = result->entries.size();
        best = std::min(best, now() - from);
        worst = std::max(worst, now() - from);
      }
      std::printf("%-34s %s  best %8.3f ms, worst %8.3f ms, %zu entries\n", name,
                  newest_first ? "newest" : "oldest", best, worst, found);
    }
  };
  const Time middle = bench.pulls(records / 2).time;
  search("no condition", {});
  search("action=push", {.action = "push"});
  search("outcome=denied", {.outcome = Outcome::kDenied});
  search("account", {.account = "000000000000"});
  search("principal", {.principal = "robot:ci-17"});
  search("repository", {.repository = bench.pulls.repository(77)});
  search("digest", {.digest = bench.pulls.digest(12345)});
  search("digest that is not there", {.digest = "sha256:no"});
  search("time", {.from = middle, .to = middle + Seconds(10)});
  search("principal, denied", {.principal = "robot:ci-17", .outcome = Outcome::kDenied});
  search("principal, repository",
         {.principal = "robot:ci-17", .repository = bench.pulls.repository(77)});
  search("repository, push, time",
         {.to = middle, .action = "push", .repository = bench.pulls.repository(77)});
  search("push and denied (never together)", {.action = "push", .outcome = Outcome::kDenied});
  search("all conditions", {.from = middle,
                            .action = "pull",
                            .account = "000000000000",
                            .principal = "robot:ci-17",
                            .repository = bench.pulls.repository(77),
                            .digest = bench.pulls.digest(12345),
                            .outcome = Outcome::kOk});

  log.reset();
  start = now();
  const auto report = *Verify(bench.folder.fs());
  GANTRY_ASSERT(report.ok());
  Report("verify", now() - start, "ms", static_cast<size_t>(report.records));
  int64_t segments = 0, indexes = 0;
  const auto names = *bench.folder.fs().List("");
  for (const std::string& name : names) {
    const int64_t size = (*bench.folder.fs().Stat(name))->size;
    (name.find(".idx") != std::string::npos ? indexes : segments) += size;
  }
  std::printf("bytes a record: segments %.1f, indexes %.1f\n",
              static_cast<double>(segments) / static_cast<double>(records),
              static_cast<double>(indexes) / static_cast<double>(records));
}

}  // namespace
}  // namespace gantry::audit

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  const char* records = std::getenv("BENCH_RECORDS");
  gantry::audit::SearchALargeLog(records == nullptr ? 10'000'000
                                                    : std::strtoull(records, nullptr, 10));
}
