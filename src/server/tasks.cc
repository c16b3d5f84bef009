#include "server/tasks.h"

#include <algorithm>

#include "base/encoding.h"

namespace gantry::server {
namespace {

// A piece of a scrub reads for this long, then the scheduler runs what else is due.
constexpr Duration kScrubPiece = Seconds(30);
constexpr Duration kScrubPause = Seconds(10);
constexpr const char* kDone = "done";

struct ScrubMetrics {
  explicit ScrubMetrics(metrics::Registry& registry)
      : bytes(registry.AddCounter("gantry_scrub_bytes_total", "Bytes of blobs that were checked.")),
        damaged(registry.AddCounter("gantry_scrub_damaged_total",
                                    "Blobs that were found with other bytes than their digest's.")),
        missing(registry.AddCounter("gantry_scrub_missing_total",
                                    "Blobs that were found without bytes.")),
        passes(registry.AddCounter("gantry_scrub_passes_total",
                                   "Scrubs of the whole store that were finished.")) {}

  metrics::Counter& bytes;
  metrics::Counter& damaged;
  metrics::Counter& missing;
  metrics::Counter& passes;
};

class ScrubTask {
 public:
  ScrubTask(const Config::Storage& config, core::Scrubber& scrubber, metrics::Registry& metrics,
            const Clock& clock, log::Logger& logger, const std::atomic<bool>& stopping)
      : bytes_per_second_(config.scrub_bytes_per_second),
        interval_(config.scrub_interval),
        scrubber_(scrubber),
        metrics_(metrics),
        clock_(clock),
        logger_(logger),
        stopping_(stopping) {}

  Result<std::string> Run(const std::string& cursor) const {
    const Time now = clock_.Now();
    ScrubProgress progress = ParseScrubProgress(cursor, now);
    if (progress.done) {
      if (now - progress.started < interval_) return FormatScrubProgress(progress);
      progress = {now, false, ""};
    }
    core::Scrubber::Options options;
    options.bytes_per_second = bytes_per_second_;
    options.bytes_max = std::max<int64_t>(1, bytes_per_second_ * kScrubPiece.micros / 1'000'000);
    options.after = progress.after;
    options.on_progress = [this](const core::ScrubReport&) { return !stopping_.load(); };
    TRY_ASSIGN(core::ScrubReport report, scrubber_.Check(options));
    progress.after = report.cursor;
    progress.done = report.cursor.empty();
    if (progress.done) TRY(scrubber_.RemoveOrphans(report));
    Count(report, progress);
    if (report.damaged + report.missing + report.orphans > 0 || progress.done)
      Log(report, progress);
    return FormatScrubProgress(progress);
  }

 private:
  void Count(const core::ScrubReport& report, const ScrubProgress& progress) const {
    metrics_.bytes.Add(report.bytes_checked);
    metrics_.damaged.Add(report.damaged);
    metrics_.missing.Add(report.missing);
    if (progress.done) metrics_.passes.Add();
  }

  void Log(const core::ScrubReport& report, const ScrubProgress& progress) const {
    log::Info(logger_, progress.done ? "scrub_done" : "scrub_piece")
        .Field("damaged", report.damaged)
        .Field("missing", report.missing)
        .Field("orphans", report.orphans)
        .Field("orphan_bytes", report.orphan_bytes);
  }

  const int64_t bytes_per_second_;
  const Duration interval_;
  core::Scrubber& scrubber_;
  const ScrubMetrics metrics_;
  const Clock& clock_;
  log::Logger& logger_;
  const std::atomic<bool>& stopping_;
};

class CollectionTask {
 public:
  CollectionTask(core::Collector& collector, metrics::Registry& metrics, const Clock& clock,
                 log::Logger& logger)
      : collector_(collector),
        durations_(metrics.AddHistogram("gantry_collection_duration_seconds",
                                        "How long collections took.")),
        blobs_(metrics.AddCounter("gantry_collection_blobs_removed_total",
                                  "Blobs that collections removed.")),
        bytes_(metrics.AddCounter("gantry_collection_bytes_freed_total",
                                  "Bytes that collections freed.")),
        clock_(clock),
        logger_(logger) {}

  Result<std::string> Run() const {
    const Time started = clock_.Monotonic();
    TRY_ASSIGN(const core::Collection done, collector_.Run());
    durations_.Observe(clock_.Monotonic() - started);
    blobs_.Add(done.blobs_removed);
    bytes_.Add(done.bytes_freed);
    log::Info(logger_, "collection_done")
        .Field("trash_purged", done.trash_purged)
        .Field("uploads_expired", done.uploads_expired)
        .Field("links_removed", done.links_removed)
        .Field("blobs_removed", done.blobs_removed)
        .Field("bytes_freed", done.bytes_freed);
    return std::string();
  }

 private:
  core::Collector& collector_;
  metrics::Histogram& durations_;
  metrics::Counter& blobs_;
  metrics::Counter& bytes_;
  const Clock& clock_;
  log::Logger& logger_;
};

}  // namespace

std::vector<jobs::Task> MakeTasks(const Config::Storage& config, core::Collector& collector,
                                  core::Scrubber& scrubber, metrics::Registry& registry,
                                  const Clock& clock, log::Logger& logger,
                                  const std::atomic<bool>& stopping) {
  std::vector<jobs::Task> tasks;
  if (config.collection_interval.micros > 0) {
    const CollectionTask collection(collector, registry, clock, logger);
    tasks.push_back({"collection", config.collection_interval,
                     [collection](const std::string&) { return collection.Run(); }});
  }
  if (config.scrub_interval.micros > 0) {
    const ScrubTask scrub(config, scrubber, registry, clock, logger, stopping);
    tasks.push_back(
        {"scrub", kScrubPause, [scrub](const std::string& cursor) { return scrub.Run(cursor); }});
  }
  return tasks;
}

std::string FormatScrubProgress(const ScrubProgress& progress) {
  return std::to_string(progress.started.micros) + " " + (progress.done ? kDone : progress.after);
}

ScrubProgress ParseScrubProgress(const std::string& text, Time now) {
  if (text.empty()) return {now, true, ""};
  const size_t space = text.find(' ');
  if (space == std::string::npos) return {now, false, ""};
  const auto started = ParseDecimal(std::string_view(text).substr(0, space));
  if (!started) return {now, false, ""};
  const std::string after = text.substr(space + 1);
  if (after == kDone) return {Time{*started}, true, ""};
  return {Time{*started}, false, after};
}

}  // namespace gantry::server
