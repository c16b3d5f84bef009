// When policies that had nothing to do may act next. The declarations are in retention/planner.h.
//
// New images alone change two things: ages grow, and counts grow by as many as are pushed. So a
// repository in which no age has passed its limit since, and in which no count has reached it, has
// the same plan: none. The rest (tags that move, what is deleted, restored or unpinned, other
// policies) is for the caller to see, who plans anew then.
#include <algorithm>

#include "retention/planner.h"

namespace gantry::retention {
namespace {

using Measure = Condition::Measure;

bool IsOfPulls(const Condition& condition) {
  return condition.measure == Measure::kPullAge || condition.measure == Measure::kPullOrPushAge;
}

// Whether the condition spares an image that was pushed just now, for as long as its limit is not
// passed.
bool SparesTheNew(const Condition& condition) {
  return !condition.within && condition.limit > 0 && condition.measure != Measure::kPullAge &&
         condition.measure != Measure::kPullOrder;
}

// Whether a push, or a pull, can make the rule act at once, whatever the limits say.
bool MayActAtAnyPush(const Rule& rule) {
  const auto& conditions = rule.conditions;
  const auto has = [&](auto&& test) {
    return std::any_of(conditions.begin(), conditions.end(), test);
  };
  if (has([](const Condition& one) { return one.measure == Measure::kPullOrder; })) return true;
  if (rule.action == ActionKind::kRetain) {
    return has([](const Condition& one) { return IsOfPulls(one) && !one.within; });
  }
  return !has(SparesTheNew) ||
         has([](const Condition& one) { return IsOfPulls(one) && one.within; });
}

}  // namespace

// REQUIRES: every image was decided by the active rules.
void Planner::NoteLimits(Mode mode) {
  // What no rule retains goes: so may the next push.
  if (mode == Mode::kRetainUnion) any_push_may_act_ = true;
  for (const ActiveRule& active : active_) {
    any_push_may_act_ = any_push_may_act_ || MayActAtAnyPush(*active.rule);
    for (const Condition& condition : active.rule->conditions) {
      if (condition.measure == Measure::kPushOrder) {
        room_ = std::min(room_, std::max<int64_t>(0, condition.limit - active.selected));
      } else if (!condition.IsCount()) {
        const AgeLimit limit{condition.measure, condition.limit};
        const bool known =
            std::find(age_limits_.begin(), age_limits_.end(), limit) != age_limits_.end();
        if (!known) age_limits_.push_back(limit);
      }
    }
  }
}

std::optional<Planner::Outlook> Planner::LookAhead(std::span<const Image> images, Time now) const {
  if (any_push_may_act_) return std::nullopt;
  const auto pinned = [](const Verdict& verdict) { return verdict.cause == Cause::kPinned; };
  if (std::any_of(verdicts_.begin(), verdicts_.end(), pinned)) return std::nullopt;
  Outlook outlook{Time{INT64_MAX}, room_};
  for (const auto& [measure, limit] : age_limits_) {
    // What is pushed from now on has that long.
    outlook.next_due = std::min(outlook.next_due, now + Micros(limit));
    for (const uint32_t position : units_.ByPush()) {
      const Time due = MeasuredFrom(measure, images[position], position) + Micros(limit);
      if (due >= now) outlook.next_due = std::min(outlook.next_due, due);
    }
  }
  return outlook;
}

}  // namespace gantry::retention
