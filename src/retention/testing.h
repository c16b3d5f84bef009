#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "retention/planner.h"

// What the tests of this folder share: small repositories, told by ages in days.
namespace gantry::retention {

constexpr Time kNow{1'700'000'000'000'000};

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().ToString();
    std::abort();
  }
  return std::move(result).value();
}

inline Time DaysAgo(int64_t days) { return kNow - Hours(24 * days); }

inline Image ImageOf(std::string digest, std::vector<std::string> tags, int64_t age_days) {
  Image image;
  image.digest = std::move(digest);
  image.tags = std::move(tags);
  image.pushed_at = DaysAgo(age_days);
  return image;
}

// {"A": "expire by 1", …}, without what is kept.
inline std::map<std::string, std::string> ActedOn(const std::vector<Policy>& policies,
                                                  const std::vector<Image>& images,
                                                  std::string_view name = "app") {
  std::vector<const Policy*> pointers;
  for (const Policy& policy : policies) pointers.push_back(&policy);
  Planner planner(pointers);
  const auto verdicts = planner.Plan(name, images, kNow);
  std::map<std::string, std::string> acted_on;
  for (size_t i = 0; i < images.size(); ++i) {
    const Verdict& verdict = verdicts[i];
    EXPECT_NE(Explain(pointers, images, verdict), "");
    if (verdict.outcome == Outcome::kKeep) continue;
    std::string text(OutcomeName(verdict.outcome));
    if (verdict.rule != Verdict::kNoPosition) {
      text += " by " + policies[verdict.policy].rules[verdict.rule].name;
    }
    acted_on[images[i].digest] = text;
  }
  return acted_on;
}

// The reason for the image at that position.
inline std::string ReasonFor(const std::vector<Policy>& policies, const std::vector<Image>& images,
                             size_t position) {
  std::vector<const Policy*> pointers;
  for (const Policy& policy : policies) pointers.push_back(&policy);
  Planner planner(pointers);
  return Explain(pointers, images, planner.Plan("app", images, kNow)[position]);
}

}  // namespace gantry::retention
