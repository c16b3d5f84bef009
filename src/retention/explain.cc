#include <string>

#include "retention/planner.h"

namespace gantry::retention {
namespace {

std::string Ordinal(int64_t number) {
  const int64_t tens = number % 100;
  const char* ending = "th";
  if (tens < 11 || tens > 13) {
    if (number % 10 == 1) ending = "st";
    if (number % 10 == 2) ending = "nd";
    if (number % 10 == 3) ending = "rd";
  }
  return std::to_string(number) + ending;
}

// "3 days", "1 day", "5 hours": rounded down.
std::string Span(int64_t micros) {
  const int64_t hours = micros / Hours(1).micros;
  const bool days = hours >= 24;
  const int64_t number = days ? hours / 24 : hours;
  return std::to_string(number) + (days ? " day" : " hour") + (number == 1 ? "" : "s");
}

// "rule 2 (old builds)", "policy delete-old".
void AppendRule(const Policy& policy, const Rule& rule, std::string& out) {
  switch (policy.form) {
    case Form::kEcr:
      out += "rule ";
      break;
    case Form::kCleanup:
      out += "policy ";
      break;
    case Form::kHarbor:
      out += "retention rule ";
      break;
  }
  out += rule.name;
  if (!rule.description.empty()) (out += " (") += rule.description + ")";
}

void AppendMeasured(const Condition& condition, int64_t number, std::string& out) {
  using Measure = Condition::Measure;
  const bool never = number > Hours(24 * 366 * 40).micros;  // measured from the year 1970
  switch (condition.measure) {
    case Measure::kPushOrder:
      out += ": " + Ordinal(number) + " newest of those it selects";
      break;
    case Measure::kPullOrder:
      out += ": " + Ordinal(number) + " in order of pulls among those it selects";
      break;
    case Measure::kPushAge:
      out += ": pushed " + Span(number) + " ago";
      break;
    case Measure::kPullOrPushAge:
      out += ": not pulled for " + Span(number);
      break;
    case Measure::kPullAge:
      out += never ? ": never pulled" : ": pulled " + Span(number) + " ago";
      break;
    case Measure::kArchiveAge:
      out += ": archived " + Span(number) + " ago";
      break;
  }
  out += ", limit ";
  out += condition.IsCount() ? std::to_string(condition.limit)
                             : Span(condition.limit + (condition.within ? 1 : 0));
}

std::string RuleReason(const Policy& policy, const Verdict& verdict) {
  std::string out;
  if (verdict.rule == Verdict::kNoPosition) return out;
  const Rule& rule = policy.rules[verdict.rule];
  out.reserve(128);
  AppendRule(policy, rule, out);
  if (rule.conditions.empty()) {
    out += " selects it";
  } else {
    AppendMeasured(rule.conditions[0], verdict.number, out);
  }
  return out;
}

// "<pin>", or whose pin it is.
std::string PinReason(std::span<const Image> images, const Verdict& verdict) {
  const Image& pinned = images[verdict.other];
  return "pinned: " + pinned.pin;
}

// How `other` and the image hang together is seen from what other is.
std::string OwnerReason(std::span<const Image> images, const Verdict& verdict, bool stays) {
  const Image& owner = images[verdict.other];
  std::string out = stays ? "stays with " : "goes with ";
  out += owner.kind == oci::ManifestKind::kIndex ? "the index " : "the image ";
  return out + owner.digest;
}

}  // namespace

std::vector<std::string> TagsToRemove(const Policy& policy, const Verdict& verdict,
                                      const Image& image) {
  std::vector<std::string> removed;
  for (const std::string& tag : image.tags) {
    bool matches = false;
    for (const TagTest& test : policy.rules[verdict.rule].selector.tags) {
      for (const TagPattern& pattern : test.patterns) matches = matches || pattern.Matches(tag);
    }
    if (matches) removed.push_back(tag);
  }
  return removed;
}

std::string Explain(std::span<const Policy* const> policies, std::span<const Image> images,
                    const Verdict& verdict) {
  switch (verdict.cause) {
    case Cause::kNoRule:
      return "no rule selects it";
    case Cause::kWithinLimit:
    case Cause::kRetained:
    case Cause::kRule:
      return RuleReason(*policies[verdict.policy], verdict);
    case Cause::kNotRetained:
      return "no retention rule retains it";
    case Cause::kPinned:
      return PinReason(images, verdict);
    case Cause::kHeld:
      return OwnerReason(images, verdict, true);
    case Cause::kFollows:
      return OwnerReason(images, verdict, false);
    case Cause::kCircle:
      return "its tag makes it the signature of what hangs on it";
  }
  return "";
}

}  // namespace gantry::retention
