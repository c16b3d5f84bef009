// The planner against a second evaluator, written from the rules as the vendors' documentation has
// them, without any of the planner's shortcuts: 10,000 random repositories and policies each.
#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "retention/testing.h"
#include "retention/testing_random.h"

namespace gantry::retention {
namespace {

constexpr int kRounds = 10'000;

using Names = std::set<std::string>;
// digest → "expire 1" / "archive 2" / "untag 3" / "expire" ; what is kept is not in it
using Outcomes = std::map<std::string, std::string>;

// The images by name, with what hangs on what.
class World {
 public:
  explicit World(const std::vector<Image>& images) : images_(images) {}

  const std::vector<Image>& images() const { return images_; }
  const Image& Get(const std::string& name) const {
    return *std::find_if(images_.begin(), images_.end(),
                         [&](const Image& image) { return image.digest == name; });
  }
  Names Indexes(const Image& child) const {
    Names names;
    for (const Image& image : images_) {
      for (const uint32_t position : image.children) {
        if (images_[position].digest == child.digest) names.insert(image.digest);
      }
    }
    return names;
  }
  Names Owners(const Image& image) const {
    Names names = Indexes(image);
    if (image.subject != Image::kNone) names.insert(images_[image.subject].digest);
    return names;
  }
  bool IsMember(const Image& image) const {
    return image.subject != Image::kNone || (image.tags.empty() && !Indexes(image).empty());
  }
  Time Base(const Image& image) const {
    return image.activated_at.micros != 0 ? image.activated_at : image.pushed_at;
  }
  Time LastPull(const Image& image) const {
    Time last = image.last_pulled_at;
    for (const uint32_t child : image.children) last = std::max(last, LastPull(images_[child]));
    return last;
  }
  bool Younger(const Image& a, const Image& b) const {
    if (Base(a) != Base(b)) return Base(b) < Base(a);
    return a.digest < b.digest;
  }
  // Pinned itself, or needed by what is.
  bool Pinned(const Image& image) const {
    if (!image.pin.empty()) return true;
    for (const Image& other : images_) {
      if (Owners(other).count(image.digest) > 0 && Pinned(other)) return true;
    }
    return false;
  }

  // What the marks of a policy come to: pins, indexes before children, members with their owners.
  Outcomes Settle(const Outcomes& marks) const {
    Outcomes outcomes;
    for (const Image& image : images_) {
      const std::string outcome = OutcomeFor(image, marks);
      if (outcome != "keep") outcomes[image.digest] = outcome;
    }
    return outcomes;
  }

 private:
  static int Strength(const std::string& outcome) {
    if (outcome.starts_with("expire")) return 0;
    return outcome.starts_with("archive") ? 1 : 2;
  }
  std::string OutcomeFor(const Image& image, const Outcomes& marks) const {
    if (Pinned(image)) return "keep";
    const auto mark = marks.find(image.digest);
    const bool member = IsMember(image);
    if (!member && mark == marks.end()) return "keep";
    std::string outcome = member ? "expire" : mark->second;
    for (const std::string& owner : Owners(image)) {
      const std::string theirs = OutcomeFor(Get(owner), marks);
      if (Strength(theirs) > Strength(outcome))
        outcome = Strength(theirs) == 2 ? "keep" : "archive";
    }
    return outcome;
  }

  const std::vector<Image>& images_;
};

// --- ECR ---

struct EcrRule {
  int priority = 0;
  std::string status;
  std::vector<std::string> words;
  bool archive = false;
  std::string count_type;  // "" with a retain
  int64_t number = 0;
  std::string action;
};

EcrRule RandomEcrRule(Rng& rng, bool last) {
  EcrRule rule;
  const int64_t kind = rng.Below(10);
  rule.status = last && kind < 4 ? "any" : (kind < 8 ? "tagged" : "untagged");
  rule.archive = rng.Chance(15);
  const char* types[] = {"imageCountMoreThan", "sinceImagePushed", "sinceImagePulled"};
  rule.count_type = rule.archive ? "sinceImageTransitioned" : types[rng.Below(3)];
  rule.number = 1 + rng.Below(7);
  const char* actions[] = {"expire", "expire", "expire", "transition", "retain", "untag"};
  rule.action = rule.archive ? "expire" : actions[rng.Below(6)];
  if (rule.action == "untag") rule.status = "tagged";
  if (rule.action == "retain" && rng.Chance(40)) rule.count_type = "";
  if (rule.status == "tagged") {
    for (int64_t n = 1 + rng.Below(2); n > 0; --n) {
      rule.words.push_back(Words()[static_cast<size_t>(rng.Below(5))]);
    }
  }
  return rule;
}

std::string TextOf(const EcrRule& rule, bool patterns) {
  std::string text = R"({"rulePriority":)" + std::to_string(rule.priority) +
                     R"(,"selection":{"tagStatus":")" + rule.status + '"';
  if (rule.status == "tagged") {
    text += patterns ? R"(,"tagPatternList":[)" : R"(,"tagPrefixList":[)";
    for (size_t i = 0; i < rule.words.size(); ++i) {
      text += (i > 0 ? ",\"" : "\"") + rule.words[i] + (patterns ? "*\"" : "\"");
    }
    text += ']';
  }
  if (rule.archive) text += R"(,"storageClass":"archive")";
  if (!rule.count_type.empty()) {
    text +=
        R"(,"countType":")" + rule.count_type + R"(","countNumber":)" + std::to_string(rule.number);
    if (rule.count_type != "imageCountMoreThan") text += R"(,"countUnit":"days")";
  }
  text += R"(},"action":{"type":")" + rule.action + '"';
  if (rule.action == "transition") text += R"(,"targetStorageClass":"archive")";
  return text + "}}";
}

bool TagsMatch(const EcrRule& rule, const Image& image) {
  if (rule.status == "any") return true;
  if (rule.status == "untagged") return image.tags.empty();
  for (const std::string& word : rule.words) {
    bool found = false;
    for (const std::string& tag : image.tags) found = found || tag.substr(0, word.size()) == word;
    if (!found) return false;
  }
  return !image.tags.empty();
}

Outcomes EvaluateEcr(const World& world, std::vector<EcrRule> rules) {
  std::sort(rules.begin(), rules.end(),
            [](const EcrRule& a, const EcrRule& b) { return a.priority < b.priority; });
  Outcomes marks;
  Names seen;
  for (const EcrRule& rule : rules) {
    std::vector<const Image*> identified;
    for (const Image& image : world.images()) {
      const bool archive = image.storage_class == StorageClass::kArchive;
      if (!world.IsMember(image) && archive == rule.archive && TagsMatch(rule, image)) {
        identified.push_back(&image);
      }
    }
    Names beyond;
    for (const Image* image : identified) {
      const int64_t limit = rule.number * Hours(24).micros;
      bool is_beyond = false;
      if (rule.count_type == "imageCountMoreThan") {
        int64_t younger = 0;
        for (const Image* other : identified) younger += world.Younger(*other, *image) ? 1 : 0;
        is_beyond = younger >= rule.number;
      } else if (rule.count_type == "sinceImagePushed") {
        is_beyond = (kNow - world.Base(*image)).micros > limit;
      } else if (rule.count_type == "sinceImageTransitioned") {
        is_beyond = (kNow - image->archived_at).micros > limit;
      } else if (rule.count_type == "sinceImagePulled") {
        const Time pull = world.LastPull(*image);
        Time used = pull;
        if (image->activated_at.micros != 0 && (pull.micros == 0 || pull < image->activated_at)) {
          used = image->activated_at;
        } else if (pull.micros == 0) {
          used = image->pushed_at;
        }
        is_beyond = (kNow - used).micros > limit;
      }
      if (is_beyond) beyond.insert(image->digest);
    }
    for (const Image* image : identified) {
      const bool hit = beyond.count(image->digest) > 0;
      if (seen.count(image->digest) > 0) continue;
      if (rule.action == "retain") {
        if (!hit) seen.insert(image->digest);
        continue;
      }
      seen.insert(image->digest);
      if (!hit) continue;
      marks[image->digest] = (rule.action == "transition" ? "archive" : rule.action) + " by " +
                             std::to_string(rule.priority);
    }
  }
  return world.Settle(marks);
}

TEST(PlannerRandomTest, EcrPoliciesAsTheDocumentationHasThem) {
  int checked = 0;
  int64_t acted_on = 0;
  for (uint64_t seed = 0; checked < kRounds; ++seed) {
    Rng rng{std::mt19937_64(seed)};
    std::vector<EcrRule> rules(static_cast<size_t>(1 + rng.Below(5)));
    for (size_t i = 0; i < rules.size(); ++i) {
      rules[i] = RandomEcrRule(rng, i + 1 == rules.size());
      rules[i].priority = static_cast<int>(10 * i + 1 + static_cast<size_t>(rng.Below(9)));
    }
    std::string text;
    const bool patterns = rng.Chance(50);
    std::vector<EcrRule> shuffled = rules;
    std::shuffle(shuffled.begin(), shuffled.end(), rng.engine);
    for (const EcrRule& rule : shuffled) text += (text.empty() ? "" : ",") + TextOf(rule, patterns);
    const auto policy = ParseEcrPolicy(R"({"rules":[)" + text + "]}");
    if (!policy.ok()) continue;  // two rules with one list, for example
    ++checked;
    const auto images = RandomImages(rng);
    const Outcomes expected = EvaluateEcr(World(images), rules);
    ASSERT_EQ(ActedOn({*policy}, images), expected) << "seed " << seed << '\n' << policy->text;
    acted_on += static_cast<int64_t>(expected.size());
  }
  EXPECT_GT(acted_on, kRounds / 2);
}

// --- Artifact Registry ---

TEST(PlannerRandomTest, CleanupPoliciesAsTheDocumentationHasThem) {
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Rng rng{std::mt19937_64(seed)};
    struct One {
      std::string id;
      bool keep = false;
      int64_t newest = 0;  // of mostRecentVersions, else 0
      std::string state;
      std::vector<std::string> prefixes;
      int64_t older = -1;
      int64_t newer = -1;
      std::string package;
    };
    std::vector<One> all(static_cast<size_t>(1 + rng.Below(4)));
    std::string text;
    for (size_t i = 0; i < all.size(); ++i) {
      One& one = all[i];
      one.id = "p" + std::to_string(i);
      one.keep = rng.Chance(40);
      if (one.keep && rng.Chance(40)) one.newest = 1 + rng.Below(4);
      const char* states[] = {"TAGGED", "UNTAGGED", "ANY"};
      one.state = states[rng.Below(3)];
      if (one.state == "TAGGED" && rng.Chance(60))
        one.prefixes = {Words()[static_cast<size_t>(rng.Below(5))], "rc"};
      if (rng.Chance(50)) one.older = rng.Below(9);
      if (rng.Chance(20)) one.newer = rng.Below(9);
      if (rng.Chance(30)) one.package = rng.Chance(50) ? "ap" : "web";
      const std::string package =
          one.package.empty() ? "" : R"(,"packageNamePrefixes":[")" + one.package + "\"]";
      text += (i > 0 ? "," : "") + std::string(R"({"name":")") + one.id + R"(","action":")" +
              (one.keep ? "Keep" : "Delete") + "\",";
      if (one.newest > 0) {
        text +=
            R"("mostRecentVersions":{"keepCount":)" + std::to_string(one.newest) + package + "}}";
        continue;
      }
      text += R"("condition":{"tagState":")" + one.state + '"' + package;
      if (!one.prefixes.empty()) text += R"(,"tagPrefixes":[")" + one.prefixes[0] + R"(","rc"])";
      if (one.older >= 0) text += R"(,"olderThan":")" + std::to_string(one.older) + "d\"";
      if (one.newer >= 0) text += R"(,"newerThan":")" + std::to_string(one.newer * 24) + "h\"";
      text += "}}";
    }
    const Policy policy = Must(ParseCleanupPolicies("[" + text + "]"));
    const auto images = RandomImages(rng);
    const World world(images);
    const auto matches = [&](const One& one, const Image& image) {
      if (std::string("app").compare(0, one.package.size(), one.package) != 0) return false;
      const int64_t age = (kNow - world.Base(image)).micros;
      const int64_t day = Hours(24).micros;
      if (one.newest > 0) {
        int64_t younger = 0;
        for (const Image& other : images) {
          younger += !world.IsMember(other) && world.Younger(other, image) ? 1 : 0;
        }
        return younger < one.newest;
      }
      if (one.state == "TAGGED" && image.tags.empty()) return false;
      if (one.state == "UNTAGGED" && !image.tags.empty()) return false;
      bool prefix = one.prefixes.empty();
      for (const auto& tag : image.tags) {
        for (const auto& each : one.prefixes) prefix = prefix || tag.find(each) == 0;
      }
      return prefix && (one.older < 0 || age > one.older * day) &&
             (one.newer < 0 || age < one.newer * day);
    };
    Outcomes marks;
    for (const Image& image : images) {
      if (world.IsMember(image)) continue;
      std::string deleted_by;
      bool kept = false;
      for (const One& one : all) {
        if (!matches(one, image)) continue;
        kept = kept || one.keep;
        if (!one.keep && deleted_by.empty()) deleted_by = one.id;
      }
      if (!kept && !deleted_by.empty()) marks[image.digest] = "expire by " + deleted_by;
    }
    ASSERT_EQ(ActedOn({policy}, images), world.Settle(marks)) << "seed " << seed << '\n' << text;
  }
}

// --- Harbor ---

TEST(PlannerRandomTest, RetentionAsHarborHasIt) {
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Rng rng{std::mt19937_64(seed)};
    struct One {
      std::string name;
      int64_t number = 0;
      std::string word;
      bool excludes = false;
      bool untagged = false;
      bool covers = true;
    };
    std::vector<One> all(static_cast<size_t>(1 + rng.Below(4)));
    std::string text;
    for (size_t i = 0; i < all.size(); ++i) {
      One& one = all[i];
      const char* names[] = {"latestPushedK", "latestPulledN", "nDaysSinceLastPush",
                             "nDaysSinceLastPull", "always"};
      one.name = names[rng.Below(5)];
      one.number = 10 * static_cast<int64_t>(i) / 10 + rng.Below(6);
      one.word = Words()[static_cast<size_t>(rng.Below(5))];
      one.excludes = rng.Chance(30);
      one.untagged = rng.Chance(50);
      one.covers = rng.Chance(80);
      text +=
          (i > 0 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) +
          R"(,"action":"retain","template":")" + one.name + R"(","params":{")" + one.name +
          R"(":)" + std::to_string(one.number) +
          R"(},"tag_selectors":[{"kind":"doublestar","decoration":")" +
          (one.excludes ? "excludes" : "matches") + R"(","pattern":")" + one.word +
          R"(*","extras":"{\"untagged\":)" + (one.untagged ? "true" : "false") +
          R"(}"}],"scope_selectors":{"repository":[{"kind":"doublestar","decoration":"repoMatches","pattern":")" +
          (one.covers ? "a*" : "b*") + "\"}]}}";
    }
    const auto policy = ParseHarborRetention(R"({"rules":[)" + text + "]}");
    if (!policy.ok()) continue;  // the same rule twice
    const auto images = RandomImages(rng);
    const World world(images);
    Names retained;
    bool covered = false;
    for (const One& one : all) {
      if (!one.covers) continue;
      covered = true;
      std::vector<const Image*> selected;
      for (const Image& image : images) {
        if (world.IsMember(image)) continue;
        bool inside = false;
        bool outside = false;
        for (const auto& tag : image.tags) (tag.find(one.word) == 0 ? inside : outside) = true;
        const bool passes =
            image.tags.empty() ? one.untagged != one.excludes : (one.excludes ? outside : inside);
        if (passes) selected.push_back(&image);
      }
      const bool by_pull = one.name == "latestPulledN";
      std::sort(selected.begin(), selected.end(), [&](const Image* a, const Image* b) {
        if (by_pull && world.LastPull(*a) != world.LastPull(*b)) {
          return world.LastPull(*b) < world.LastPull(*a);
        }
        return world.Younger(*a, *b);
      });
      const Time since = DaysAgo(one.number);
      for (size_t i = 0; i < selected.size(); ++i) {
        const Image& image = *selected[i];
        const bool first = i < static_cast<size_t>(one.number);
        bool keep = one.name == "always";
        if (one.name == "latestPushedK" || by_pull) keep = first;
        if (one.name == "nDaysSinceLastPush") keep = world.Base(image) >= since;
        if (one.name == "nDaysSinceLastPull") keep = world.LastPull(image) >= since;
        if (keep) retained.insert(image.digest);
      }
    }
    Outcomes marks;
    for (const Image& image : images) {
      if (covered && retained.count(image.digest) == 0) marks[image.digest] = "expire";
    }
    ASSERT_EQ(ActedOn({*policy}, images), world.Settle(marks)) << "seed " << seed << '\n' << text;
  }
}

}  // namespace
}  // namespace gantry::retention
