#include "kube/watcher.h"

#include <random>
#include <utility>

#include "kube/back_off.h"

namespace gantry::kube {
namespace {

constexpr int64_t kWatchSeconds = 240;

std::string UidOf(json::Value object) {
  const json::Value metadata = object.Find("metadata");
  const json::Value uid = metadata ? metadata.Find("uid") : metadata;
  return std::string(uid ? uid.String().value_or("") : "");
}

}  // namespace

Result<void> Watcher::Step() {
  const auto done = version_.empty() ? List() : Watch();
  if (done.ok()) return done;
  const Error& error = done.error();
  if (error.code() == Code::kCancelled) return done;
  if (error.reason() == "kube_gone") {
    version_.clear();
    log::Info(parts_.logger, "kube_relist")
        .Field("resource", resource_.plural)
        .Field("reason", error.message());
    return Ok();
  }
  SetAnswering(false);
  log::Warning(parts_.logger, "kube_failed")
      .Field("resource", resource_.plural)
      .Field("doing", version_.empty() ? "list" : "watch")
      .Field("error", error.ToString());
  return done;
}

void Watcher::Run(const std::function<bool()>& is_cancelled,
                  const std::function<void(Duration)>& pause) {
  std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> unit(0, 1);
  BackOff back_off;
  while (!is_cancelled()) {
    if (Step().ok()) back_off.Reset();
    pause(back_off.Next(unit(random)));
  }
}

Result<void> Watcher::List() {
  {
    MutexLock lock(parts_.shared.mutex);
    parts_.shared.state.BeginList(resource_.kind);
  }
  int64_t objects = 0;
  TRY_ASSIGN(std::string version, parts_.api.List(resource_, [&](json::Value object) {
    Put(object);
    ++objects;
    return Ok();
  }));
  {
    MutexLock lock(parts_.shared.mutex);
    parts_.shared.state.EndList(resource_.kind);
  }
  version_ = std::move(version);
  SetAnswering(true);
  log::Info(parts_.logger, "kube_listed")
      .Field("resource", resource_.plural)
      .Field("objects", objects);
  return Ok();
}

Result<void> Watcher::Watch() {
  return parts_.api.Watch(
      resource_, kWatchSeconds, version_, [this] { SetAnswering(true); },
      [this](Api::Change change, json::Value object) {
        if (change == Api::Change::kPut) {
          Put(object);
        } else {
          MutexLock lock(parts_.shared.mutex);
          parts_.shared.state.Remove(UidOf(object));
        }
        return Ok();
      });
}

void Watcher::Put(json::Value object) {
  const auto workload = ReadWorkload(resource_.kind, object, parts_.registries);
  if (!workload) return;
  MutexLock lock(parts_.shared.mutex);
  parts_.shared.state.Put(*workload);
}

void Watcher::SetAnswering(bool answering) {
  MutexLock lock(mutex_);
  if (answering) {
    failing_since_.reset();
  } else if (!failing_since_) {
    failing_since_ = parts_.clock.Monotonic();
  }
}

std::optional<Time> Watcher::FailingSince() const {
  MutexLock lock(mutex_);
  return failing_since_;
}

}  // namespace gantry::kube
