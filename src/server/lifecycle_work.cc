#include "server/lifecycle_work.h"

#include <charconv>
#include <string>

namespace gantry::server {
namespace {

constexpr Duration kHourly = Seconds(3600);
constexpr Duration kAfterPushes = Seconds(60);

// Where a pass stands, kept as text: "<since> <last pass began> <key to go on behind>".
struct Progress {
  Time since;  // what changed before is not looked at
  Time begun;  // of this pass
  std::string after;
};

Time TakeTime(std::string_view& text) {
  Time time;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), time.micros);
  text.remove_prefix(static_cast<size_t>(result.ptr - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return time;
}

Progress ParseProgress(std::string_view text) {
  Progress progress;
  progress.since = TakeTime(text);
  progress.begun = TakeTime(text);
  progress.after = text;
  return progress;
}

std::string FormatProgress(const Progress& progress) {
  return std::to_string(progress.since.micros) + " " + std::to_string(progress.begun.micros) + " " +
         progress.after;
}

}  // namespace

LifecycleWork::LifecycleWork(const core::Store& store, core::Manifests& manifests,
                             const core::Traffic& traffic, const std::atomic<bool>& stopping)
    : clock_(store.clock), lifecycle_(store), executor_(store, manifests, &traffic, stopping) {}

// A piece at a time until the pass is over: a piece is some repositories.
Result<std::string> LifecycleWork::RunPass(const std::string& cursor, const char* cause,
                                           Duration interval, bool all) {
  Progress progress = ParseProgress(cursor);
  if (progress.after.empty()) {
    // A new pass looks at what has changed since the one before began, and a little before: two
    // nodes' clocks differ.
    progress.since = progress.begun - interval;
    progress.begun = clock_.Now();
  }
  const Time since = all ? Time{} : progress.since;
  const Time until = clock_.Now() + Seconds(30);
  do {
    TRY_ASSIGN(progress.after, executor_.RunSome(progress.after, since, cause));
  } while (!progress.after.empty() && clock_.Now() < until);
  return FormatProgress(progress);
}

std::vector<jobs::Task> LifecycleWork::Tasks() {
  jobs::Task hourly;
  hourly.name = "lifecycle";
  hourly.interval = kHourly;
  hourly.run = [this](const std::string& cursor) {
    return RunPass(cursor, "schedule", kHourly, true);
  };
  jobs::Task pushed;
  pushed.name = "lifecycle_pushes";
  pushed.interval = kAfterPushes;
  pushed.run = [this](const std::string& cursor) {
    return RunPass(cursor, "push", kAfterPushes, false);
  };
  return {hourly, pushed};
}

}  // namespace gantry::server
