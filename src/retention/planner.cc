#include "retention/planner.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gantry::retention {
namespace {

constexpr size_t kPoliciesMax = 16;

bool IsExplicitKeep(const Verdict& verdict) { return verdict.cause == Cause::kRetained; }
bool Acts(const Verdict& verdict) { return verdict.outcome != Outcome::kKeep; }

Verdict Undecided() {
  Verdict verdict;
  verdict.cause = Cause::kNoRule;
  return verdict;
}

Verdict ByRule(Outcome outcome, Cause cause, uint16_t rule, int64_t number) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.cause = cause;
  verdict.rule = rule;
  verdict.number = number;
  return verdict;
}

Outcome OutcomeOf(ActionKind action) {
  switch (action) {
    case ActionKind::kExpire:
      return Outcome::kExpire;
    case ActionKind::kArchive:
      return Outcome::kArchive;
    case ActionKind::kUntag:
      return Outcome::kUntag;
    case ActionKind::kRetain:
      return Outcome::kKeep;
  }
  return Outcome::kKeep;
}

// What two policies say together: what one retains stays, else the first that acts, acts.
void Combine(const Verdict& next, Verdict& verdict) {
  if (IsExplicitKeep(verdict)) return;
  if (IsExplicitKeep(next) || (Acts(next) && !Acts(verdict)) || verdict.cause == Cause::kNoRule) {
    verdict = next;
  }
}

// An untagged image stays: for what hangs on it, it is kept.
Outcome ForMembers(Outcome outcome) {
  return outcome == Outcome::kUntag ? Outcome::kKeep : outcome;
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kExpire:
      return "expire";
    case Outcome::kArchive:
      return "archive";
    case Outcome::kUntag:
      return "untag";
    case Outcome::kKeep:
      return "keep";
  }
  return "";
}

Planner::Planner(std::vector<const Policy*> policies) : policies_(std::move(policies)) {
  GANTRY_ASSERT(policies_.size() <= kPoliciesMax);
}

std::span<const Verdict> Planner::Plan(std::string_view name_in_project,
                                       std::span<const Image> images, Time now) {
  units_.Build(images);
  verdicts_.assign(images.size(), Undecided());
  age_limits_.clear();
  room_ = INT64_MAX;
  any_push_may_act_ = false;
  for (size_t i = 0; i < policies_.size(); ++i) {
    Apply(static_cast<uint16_t>(i), name_in_project, images, now);
  }
  ProtectPins(images);
  Resolve();
  return verdicts_;
}

void Planner::Apply(uint16_t policy, std::string_view name_in_project,
                    std::span<const Image> images, Time now) {
  FindRules(*policies_[policy], name_in_project, images);
  if (active_.empty()) return;
  const auto decide = [&](auto&& rules) {
    for (const uint32_t position : units_.ByPush()) {
      ReadHeads(images[position]);
      Verdict next = rules(images[position], position);
      if (next.cause != Cause::kNoRule) next.policy = policy;
      Combine(next, verdicts_[position]);
    }
  };
  switch (policies_[policy]->mode) {
    case Mode::kFirstMatch:
      decide([&](const Image& image, uint32_t at) { return FirstMatch(image, at, now); });
      break;
    case Mode::kKeepWins:
      decide([&](const Image& image, uint32_t at) { return KeepWins(image, at, now); });
      break;
    case Mode::kRetainUnion:
      decide([&](const Image& image, uint32_t at) { return RetainUnion(image, at, now); });
      break;
  }
  NoteLimits(policies_[policy]->mode);
}

void Planner::FindRules(const Policy& policy, std::string_view name_in_project,
                        std::span<const Image> images) {
  active_.clear();
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    if (!rule.selector.CoversRepository(name_in_project)) continue;
    ActiveRule active;
    active.rule = &rule;
    active.head = Head(rule.selector.TagHead());
    active.position = static_cast<uint16_t>(i);
    for (const Condition& condition : rule.conditions) {
      if (condition.measure == Condition::Measure::kPushOrder) active.counts_pushes = true;
      if (condition.measure != Condition::Measure::kPullOrder) continue;
      active.pull_ranks.resize(images.size());
      uint32_t rank = 0;
      for (const uint32_t position : units_.ByPull()) {
        ReadHeads(images[position]);
        if (Selects(active, images[position])) active.pull_ranks[position] = ++rank;
      }
    }
    active_.push_back(std::move(active));
  }
}

void Planner::ReadHeads(const Image& image) {
  heads_.clear();
  for (const std::string& tag : image.tags) heads_.emplace_back(tag);
}

// Most rules of a long policy are about other tags: that is seen without looking at their patterns.
bool Planner::Selects(const ActiveRule& active, const Image& image) const {
  const auto begins = [&](const Head& tag) { return active.head.Begins(tag); };
  if (!active.head.empty() && std::none_of(heads_.begin(), heads_.end(), begins)) return false;
  return active.rule->selector.Selects(image);
}

// Where an age begins.
Time Planner::MeasuredFrom(Condition::Measure measure, const Image& image,
                           uint32_t position) const {
  using Measure = Condition::Measure;
  if (measure == Measure::kPullAge) return units_.LastPull(position);
  if (measure == Measure::kArchiveAge) return image.archived_at;
  if (measure == Measure::kPullOrPushAge && units_.LastPull(position).micros != 0) {
    // R14: a pull before it came back does not count
    return std::max(units_.LastPull(position), image.activated_at);
  }
  return units_.Base(position);
}

// REQUIRES: the rule selects the image, which is the last one it selected. `number` becomes what
// its first condition measured.
bool Planner::Hits(const Rule& rule, const Image& image, uint32_t position, size_t slot, Time now,
                   int64_t& number) {
  using Measure = Condition::Measure;
  bool hits = true;
  for (size_t i = 0; i < rule.conditions.size(); ++i) {
    const Condition& condition = rule.conditions[i];
    int64_t measured = 0;
    if (condition.measure == Measure::kPushOrder) {
      measured = active_[slot].selected;
    } else if (condition.measure == Measure::kPullOrder) {
      measured = active_[slot].pull_ranks[position];
    } else {
      measured = (now - MeasuredFrom(condition.measure, image, position)).micros;
    }
    if (i == 0) number = measured;
    hits = hits && (condition.within ? measured <= condition.limit : measured > condition.limit);
  }
  return hits;
}

// ECR, R1 to R5: every rule counts all it selects, whatever happens to it; the first rule that
// selects an image shields it from the rules after, hit or not. A rule that retains shields what it
// hits only.
Verdict Planner::FirstMatch(const Image& image, uint32_t position, Time now) {
  Verdict verdict = Undecided();
  bool seen = false;
  for (size_t slot = 0; slot < active_.size(); ++slot) {
    ActiveRule& active = active_[slot];
    if (seen && !active.counts_pushes) continue;
    if (!Selects(active, image)) continue;
    ++active.selected;
    if (seen) continue;
    int64_t number = 0;
    const bool hit = Hits(*active.rule, image, position, slot, now, number);
    const bool retains = active.rule->action == ActionKind::kRetain;
    if (retains && !hit) continue;
    seen = true;
    verdict = ByRule(hit ? OutcomeOf(active.rule->action) : Outcome::kKeep,
                     !hit ? Cause::kWithinLimit : (retains ? Cause::kRetained : Cause::kRule),
                     active.position, number);
  }
  return verdict;
}

// Artifact Registry, G6.
Verdict Planner::KeepWins(const Image& image, uint32_t position, Time now) {
  Verdict verdict = Undecided();
  for (size_t slot = 0; slot < active_.size(); ++slot) {
    ActiveRule& active = active_[slot];
    if (!Selects(active, image)) continue;
    ++active.selected;
    int64_t number = 0;
    if (!Hits(*active.rule, image, position, slot, now, number)) continue;
    const bool retains = active.rule->action == ActionKind::kRetain;
    Combine(ByRule(OutcomeOf(active.rule->action), retains ? Cause::kRetained : Cause::kRule,
                   active.position, number),
            verdict);
  }
  return verdict;
}

// Harbor. REQUIRES: a rule covers the repository.
Verdict Planner::RetainUnion(const Image& image, uint32_t position, Time now) {
  Verdict verdict = ByRule(Outcome::kExpire, Cause::kNotRetained, Verdict::kNoPosition, 0);
  for (size_t slot = 0; slot < active_.size(); ++slot) {
    ActiveRule& active = active_[slot];
    if (!Selects(active, image)) continue;
    ++active.selected;
    int64_t number = 0;
    if (!Hits(*active.rule, image, position, slot, now, number)) continue;
    Combine(ByRule(Outcome::kKeep, Cause::kRetained, active.position, number), verdict);
  }
  return verdict;
}

// A pin protects the image, and all that needs it: the indexes that list it, the subject it refers
// to, and what they hang on in turn. What hangs on those is protected by Resolve.
void Planner::ProtectPins(std::span<const Image> images) {
  std::vector<uint8_t> protected_by_pin(images.size(), 0);
  std::vector<uint32_t> next;
  for (uint32_t pinned = 0; pinned < images.size(); ++pinned) {
    if (images[pinned].pin.empty()) continue;
    next.push_back(pinned);
    while (!next.empty()) {
      const uint32_t position = next.back();
      next.pop_back();
      // An image's own pin says more than that of another.
      if (protected_by_pin[position] != 0 && position != pinned) continue;
      protected_by_pin[position] = 1;
      Verdict& verdict = verdicts_[position];
      verdict = Undecided();
      verdict.cause = Cause::kPinned;
      verdict.other = images[position].pin.empty() ? pinned : position;
      for (const uint32_t owner : units_.OwnersOf(position)) {
        if (protected_by_pin[owner] == 0) next.push_back(owner);
      }
    }
  }
}

// From the images that hang on nothing down to their members. What a circle keeps from being
// reached stays.
void Planner::Resolve() {
  const uint32_t count = static_cast<uint32_t>(verdicts_.size());
  owners_left_.resize(count);
  ready_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    owners_left_[i] = units_.OwnerCount(i);
    if (owners_left_[i] == 0) ready_.push_back(i);
  }
  size_t settled = 0;
  for (; settled < ready_.size(); ++settled) {
    const uint32_t position = ready_[settled];
    Settle(position);
    for (const uint32_t owned : units_.OwnedBy(position)) {
      if (--owners_left_[owned] == 0) ready_.push_back(owned);
    }
  }
  if (settled == count) return;
  for (uint32_t i = 0; i < count; ++i) {
    if (owners_left_[i] == 0 || verdicts_[i].cause == Cause::kPinned) continue;
    verdicts_[i] = Verdict{};
  }
}

// REQUIRES: all its owners are settled.
void Planner::Settle(uint32_t position) {
  Verdict& verdict = verdicts_[position];
  const auto owners = units_.OwnersOf(position);
  if (owners.empty() || verdict.cause == Cause::kPinned) return;
  uint32_t strongest = owners[0];
  for (const uint32_t owner : owners) {
    if (ForMembers(verdicts_[owner].outcome) > ForMembers(verdicts_[strongest].outcome)) {
      strongest = owner;
    }
  }
  const Outcome outcome = ForMembers(verdicts_[strongest].outcome);
  const bool member = units_.IsMember(position);
  if (!member && ForMembers(verdict.outcome) >= outcome) return;
  verdict = Undecided();
  verdict.outcome = outcome;
  verdict.cause = member && outcome != Outcome::kKeep ? Cause::kFollows : Cause::kHeld;
  verdict.other = strongest;
}

}  // namespace gantry::retention
