// What a quiet repository is held for: 20,000 random ones, with random pushes and time.
#include <set>
#include <string>

#include "retention/testing.h"
#include "retention/testing_random.h"

namespace gantry::retention {
namespace {

constexpr int kRounds = 20'000;

// ECR's form or cleanup policies, some of which act at any push.
Policy RandomPolicy(Rng& rng) {
  const auto number = [&] { return std::to_string(1 + rng.Below(9)); };
  const auto word = [&] { return Words()[static_cast<size_t>(rng.Below(5))]; };
  if (rng.Chance(25)) {
    std::string text = R"([{"name":"d","action":"Delete","condition":{"tagState":"ANY")";
    if (rng.Chance(80)) text += R"(,"olderThan":")" + number() + "d\"";
    text += "}}";
    if (rng.Chance(60))
      text +=
          R"(,{"name":"k","action":"Keep","mostRecentVersions":{"keepCount":)" + number() + "}}";
    return Must(ParseCleanupPolicies(text + "]"));
  }
  std::string rules;
  const int64_t count = 1 + rng.Below(3);
  for (int64_t i = 0; i < count; ++i) {
    const bool any = i + 1 == count && rng.Chance(50);
    rules += (i > 0 ? "," : "") + std::string(R"({"rulePriority":)") + std::to_string(i + 1) +
             R"(,"selection":{)" +
             (any ? std::string(R"("tagStatus":"any",)")
                  : R"("tagStatus":"tagged","tagPrefixList":[")" + word() + std::to_string(i) +
                        "\",\"" + word() + "\"],") +
             R"("countNumber":)" + number() + R"(,"countType":)";
    const char* types[] = {R"("imageCountMoreThan")", R"("sinceImagePushed","countUnit":"days")",
                           R"("sinceImagePulled","countUnit":"days")"};
    rules += types[rng.Below(3)];
    rules +=
        rng.Chance(30) ? R"(},"action":{"type":"retain"}})" : R"(},"action":{"type":"expire"}})";
  }
  return Must(ParseEcrPolicy(R"({"rules":[)" + rules + "]}"));
}

// Younger than all, with tags that no image has: each push makes its own.
void PushNew(Rng& rng, Time at, int number, std::vector<Image>& images) {
  Image image;
  image.digest = "new" + std::to_string(number);
  image.pushed_at = at;
  for (int64_t t = rng.Below(3); t > 0; --t) {
    image.tags.push_back(Words()[static_cast<size_t>(rng.Below(5))] + std::to_string(rng.Below(3)) +
                         "-" + std::to_string(number) + "-" + std::to_string(t));
  }
  if (rng.Chance(20) && !images.empty()) {
    image.subject = static_cast<uint32_t>(rng.Below(static_cast<int64_t>(images.size())));
  }
  if (rng.Chance(20) && !images.empty()) {
    image.children = {static_cast<uint32_t>(rng.Below(static_cast<int64_t>(images.size())))};
  }
  images.push_back(std::move(image));
}

bool Acts(Planner& planner, const std::vector<Image>& images, Time now) {
  for (const Verdict& verdict : planner.Plan("app", images, now)) {
    if (verdict.outcome != Outcome::kKeep) return true;
  }
  return false;
}

TEST(LookAheadTest, WhatIsHeldForQuietIsQuiet) {
  int quiet = 0;
  int moved = 0;  // what was not, and acted
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Rng rng{std::mt19937_64(seed)};
    const Policy policy = RandomPolicy(rng);
    Planner planner({&policy});
    std::vector<Image> images = RandomImages(rng);
    if (Acts(planner, images, kNow)) continue;
    const auto outlook = planner.LookAhead(images, kNow);
    const Time then = kNow + Hours(rng.Below(24 * 4));
    const int64_t pushes = rng.Below(4);
    for (int i = 0; i < pushes; ++i) {
      PushNew(rng, kNow + Micros(rng.Below((then - kNow).micros + 1)), i, images);
    }
    for (Image& image : images) {
      if (rng.Chance(10)) image.last_pulled_at = then;
    }
    const bool acts = Acts(planner, images, then);
    if (!outlook || then >= outlook->next_due || pushes > outlook->room) {
      moved += acts ? 1 : 0;
      continue;
    }
    ++quiet;
    ASSERT_FALSE(acts) << "seed " << seed << '\n' << policy.text;
  }
  EXPECT_GT(quiet, kRounds / 50);
  EXPECT_GT(moved, kRounds / 50);
}

TEST(LookAheadTest, SaysUntilWhenAndForHowMany) {
  const Policy policy = Must(ParseEcrPolicy(
      R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPrefixList":["v"],"countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}},)"
      R"({"rulePriority":2,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":10},"action":{"type":"expire"}}]})"));
  const std::vector<Image> images = {ImageOf("a", {"v1"}, 3), ImageOf("b", {"x"}, 4)};
  Planner planner({&policy});
  ASSERT_FALSE(Acts(planner, images, kNow));
  const auto outlook = planner.LookAhead(images, kNow);
  ASSERT_TRUE(outlook);
  EXPECT_EQ(outlook->next_due, kNow + Hours(24 * 6));
  EXPECT_EQ(outlook->room, 29);
}

TEST(LookAheadTest, DoesNotSayWherePinsHoldWhatWouldGo) {
  const Policy policy = Must(ParseEcrPolicy(
      R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":1},"action":{"type":"expire"}}]})"));
  std::vector<Image> images = {ImageOf("a", {"v1"}, 3)};
  images[0].pin = "runs";
  Planner planner({&policy});
  ASSERT_FALSE(Acts(planner, images, kNow));
  EXPECT_FALSE(planner.LookAhead(images, kNow));
}

}  // namespace
}  // namespace gantry::retention
