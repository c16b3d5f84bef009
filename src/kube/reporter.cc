#include "kube/reporter.h"

#include <algorithm>
#include <utility>

namespace gantry::kube {
namespace {

// So that a rollout is told in a few pieces, not pod by pod.
constexpr Duration kSettle = Seconds(1);
constexpr Duration kAllInterval = Hours(1);

}  // namespace

void Reporter::Tick(bool is_current) {
  const Time now = parts_.clock.Monotonic();
  if (now < pause_until_) return;
  {
    MutexLock lock(parts_.shared.mutex);
    if (!parts_.shared.state.complete()) return;
  }
  const auto resolved = Resolve(now);
  if (!resolved.ok()) Fail("resolve", resolved.error(), now);  // what is known is told all the same
  if (const auto told = Tell(now); !told.ok()) return Fail("tell", told.error(), now);
  if (is_current) {
    if (const auto beat = Beat(now); !beat.ok()) return Fail("heartbeat", beat.error(), now);
  }
  if (resolved.ok()) back_off_.Reset();
}

Result<void> Reporter::ReportOnce() {
  {
    MutexLock lock(parts_.shared.mutex);
    if (!parts_.shared.state.complete()) {
      return Error(Code::kFailedPrecondition, "kube_incomplete",
                   "not everything of the cluster could be read; nothing was told to the registry");
    }
  }
  const Time now = parts_.clock.Monotonic();
  const auto resolved = Resolve(now);
  TRY(Tell(now));
  return resolved;
}

Result<void> Reporter::Resolve(Time now) {
  std::vector<Image> images;
  {
    MutexLock lock(parts_.shared.mutex);
    const uint64_t version = parts_.shared.state.version();
    if (resolved_state_ == version && tags_.complete() && now - resolved_at_ < options_.resolve)
      return Ok();
    images = parts_.shared.state.TaggedImages();
    resolved_state_ = version;
  }
  resolved_at_ = now;
  return tags_.Update(images,
                      [this](const Image& image) { return parts_.registry.Resolve(image); });
}

Result<void> Reporter::Tell(Time now) {
  all_needed_ = all_needed_ || now - all_told_at_ >= kAllInterval;
  PinSet wanted;
  uint64_t state_version = 0;
  {
    MutexLock lock(parts_.shared.mutex);
    state_version = parts_.shared.state.version();
    const bool is_told = told_ && state_version == told_state_ && tags_.version() == told_tags_;
    if (is_told && !all_needed_) return Ok();
    if (!all_needed_ && now - last_told_at_ < kSettle) return Ok();
    wanted = parts_.shared.state.Pins(options_.cluster,
                                      [this](const Image& image) { return tags_.Find(image); });
  }
  // Counts of pods can wait.
  if (!all_needed_ && SameKeys(sent_, wanted) && now - last_told_at_ < options_.heartbeat)
    return Ok();
  TRY(TellChanges(std::move(wanted), now));
  told_state_ = state_version;
  told_tags_ = tags_.version();
  // With a tag that could not be asked for, something may be left to take back.
  told_ = tags_.complete();
  return Ok();
}

Result<void> Reporter::TellChanges(PinSet wanted, Time now) {
  const bool all = all_needed_;
  if (all) {
    TRY(parts_.registry.Announce());
    TRY_ASSIGN(const std::vector<PinKey> there, parts_.registry.ListPins());
    sent_.clear();
    for (const PinKey& key : there) sent_.emplace(key, PinText{});
  }
  PinChanges changes = Difference(sent_, wanted);
  if (!tags_.complete()) {
    for (const PinKey& key : changes.removes) wanted.emplace(key, sent_[key]);
    changes.removes.clear();
  }
  if (!changes.empty()) {
    all_needed_ = true;  // if it fails, nobody knows how far it came
    TRY(parts_.registry.Apply(changes));
  }
  all_needed_ = false;
  last_told_at_ = now;
  if (all) all_told_at_ = now;
  sent_ = std::move(wanted);
  if (!all && changes.empty()) return Ok();
  last_sign_at_ = now;
  log::Info(parts_.logger, "pins_told")
      .Field("all", all)
      .Field("pins", sent_.size())
      .Field("put", changes.puts.size())
      .Field("removed", changes.removes.size());
  return Ok();
}

Result<void> Reporter::Beat(Time now) {
  if (now - last_sign_at_ < options_.heartbeat) return Ok();
  const auto beat = parts_.registry.Heartbeat();
  if (!beat.ok()) {
    all_needed_ = all_needed_ || beat.error().code() == Code::kNotFound;
    return beat;
  }
  last_sign_at_ = now;
  return Ok();
}

void Reporter::Fail(const char* doing, const Error& error, Time now) {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  pause_until_ = now + back_off_.Next(random);
  log::Warning(parts_.logger, "report_failed")
      .Field("doing", doing)
      .Field("error", error.ToString());
}

}  // namespace gantry::kube
