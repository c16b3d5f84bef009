// Lifecycle policies: the first line says in which form the rest is ("ecr", "cleanup", "harbor").
// Parsing never crashes and refuses for the documented reasons only; what is accepted is given back
// in a form that is read as the same, and decides about a small repository, twice alike.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "retention/planner.h"

namespace gantry::retention {
namespace {

constexpr Time kNow{1'700'000'000'000'000};

std::vector<Image> SmallRepository() {
  std::vector<Image> images(6);
  const char* tags[] = {"v1.2.3", "latest", "", "branch-x", "sha-1", ""};
  for (size_t i = 0; i < images.size(); ++i) {
    images[i].digest = "sha256:" + std::to_string(i);
    if (*tags[i] != 0) images[i].tags = {tags[i]};
    images[i].pushed_at = kNow - Hours(static_cast<int64_t>(24 * 20 * i));
    images[i].last_pulled_at = i % 2 == 0 ? Time{} : kNow - Hours(48);
  }
  images[0].children = {2};
  images[0].kind = oci::ManifestKind::kIndex;
  images[5].subject = 0;
  images[3].pin = "pinned";
  return images;
}

void CheckDecides(const Policy& policy) {
  const std::vector<Image> images = SmallRepository();
  Planner planner({&policy});
  const auto first = planner.Plan("app", images, kNow);
  const std::vector<Verdict> verdicts(first.begin(), first.end());
  Planner again({&policy});
  const auto second = again.Plan("app", images, kNow);
  for (size_t i = 0; i < verdicts.size(); ++i) {
    GANTRY_ASSERT(verdicts[i] == second[i]);
    GANTRY_ASSERT(!Explain(planner.policies(), images, verdicts[i]).empty());
    if (verdicts[i].outcome == Outcome::kUntag && verdicts[i].cause == Cause::kRule) {
      GANTRY_ASSERT(!TagsToRemove(policy, verdicts[i], images[i]).empty());
    }
  }
  GANTRY_ASSERT(verdicts[3].outcome == Outcome::kKeep);
}

void CheckInput(std::string_view input) {
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return;
  const auto form = FindForm(input.substr(0, line));
  if (!form) return;
  const auto policy = ParsePolicy(*form, input.substr(line + 1));
  if (!policy.ok()) {
    const std::string_view reason = policy.error().reason();
    GANTRY_ASSERT(reason == "lifecycle_policy_invalid" || reason == "cleanup_policy_invalid" ||
                  reason == "retention_policy_invalid" || reason == "retention_rule_duplicate");
    GANTRY_ASSERT(policy.error().message().size() < 20'000);
    return;
  }
  const auto again = ParsePolicy(*form, policy->text);
  if (again.ok()) GANTRY_ASSERT(again->text == policy->text);
  CheckDecides(*policy);
}

}  // namespace
}  // namespace gantry::retention

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gantry::retention::CheckInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
