#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "retention/head.h"
#include "retention/image.h"
#include "retention/policy.h"
#include "retention/units.h"

namespace gantry::retention {

// What happens to an image. In this order: a later one protects more, and what hangs on an image is
// protected at least as much.
enum class Outcome : uint8_t { kExpire, kArchive, kUntag, kKeep };
// "expire", "archive", "untag", "keep".
std::string_view OutcomeName(Outcome outcome);

enum class Cause : uint8_t {
  kNoRule,       // kept: no rule selects it
  kWithinLimit,  // kept: the first rule that selects it does not hit it
  kRetained,     // kept: a rule retains it
  kPinned,       // kept: it is pinned, or something that needs it is (`other`)
  kHeld,         // kept, or archived rather than expired: as an index that lists it, or its subject
  kRule,         // a rule hit it
  kNotRetained,  // expires: no rule of a retention policy retains it
  kFollows,      // goes with all that list it, or with its subject
  kCircle,       // kept: by their tags, images are each other's signatures
};

struct Verdict {
  static constexpr uint16_t kNoPosition = UINT16_MAX;

  Outcome outcome = Outcome::kKeep;
  Cause cause = Cause::kCircle;
  uint16_t policy = kNoPosition;  // position among the policies
  uint16_t rule = kNoPosition;    // position in Policy::rules
  uint32_t other = Image::kNone;  // position of the image that decided (kPinned, kHeld, kFollows)
  int64_t number = 0;  // of the rule's first condition: a rank from 1, or an age in micros

  bool operator==(const Verdict&) const = default;
};

// Decides about the images of one repository at a time. Pure: what it is told is all it knows.
//
// The unit is an image: an index with its children, and the referrers of either. Children without a
// tag and referrers are no images of their own: no rule selects or counts them, they go when all
// that they hang on goes (R17, R18). A child that has a tag is an image of its own that cannot go
// before the indexes that list it. A pull of a child is a pull of its index.
// Several policies: what any policy retains stays; else the first that acts, acts. Pins beat all.
// Threads: one at a time (it keeps its buffers from repository to repository).
class Planner {
 public:
  // The policies outlive the planner; at most 16.
  explicit Planner(std::vector<const Policy*> policies);

  // The verdict about each image, in the order of `images`; valid until the next call.
  // `name_in_project`: of the repository, without its project ("app/api" of "shop/app/api").
  std::span<const Verdict> Plan(std::string_view name_in_project, std::span<const Image> images,
                                Time now);

  // Positions in an order in which images can be deleted: an index before what it lists. Without
  // those that stay because of a circle. Valid until the next call of Plan.
  std::span<const uint32_t> Order() const { return ready_; }

  const std::vector<const Policy*>& policies() const { return policies_; }

  // When the policies may act next, if now they had nothing to do; nullopt: at any push.
  // `images` and `now` as of the last Plan.
  struct Outlook {
    Time next_due;     // from then on some age is beyond its limit
    int64_t room = 0;  // so many more images leave every count within its limit
  };
  std::optional<Outlook> LookAhead(std::span<const Image> images, Time now) const;

 private:
  void Apply(uint16_t policy, std::string_view name_in_project, std::span<const Image> images,
             Time now);
  void FindRules(const Policy& policy, std::string_view name_in_project,
                 std::span<const Image> images);
  void NoteLimits(Mode mode);
  Time MeasuredFrom(Condition::Measure measure, const Image& image, uint32_t position) const;
  void ReadHeads(const Image& image);
  bool Hits(const Rule& rule, const Image& image, uint32_t position, size_t slot, Time now,
            int64_t& number);
  Verdict FirstMatch(const Image& image, uint32_t position, Time now);
  Verdict KeepWins(const Image& image, uint32_t position, Time now);
  Verdict RetainUnion(const Image& image, uint32_t position, Time now);
  void ProtectPins(std::span<const Image> images);
  void Resolve();
  void Settle(uint32_t position);

  // A rule that covers the repository in hand.
  struct ActiveRule {
    const Rule* rule = nullptr;
    Head head;  // what a tag must begin with; empty: anything
    uint16_t position = 0;
    bool counts_pushes = false;
    int64_t selected = 0;              // images so far, youngest first
    std::vector<uint32_t> pull_ranks;  // by position; empty unless the rule ranks by pull
  };

  // REQUIRES: ReadHeads of that image.
  bool Selects(const ActiveRule& active, const Image& image) const;

  std::vector<const Policy*> policies_;
  Units units_;
  std::vector<ActiveRule> active_;
  std::vector<Head> heads_;  // of the tags of the image in hand
  std::vector<Verdict> verdicts_;
  // For LookAhead, over all policies.
  struct AgeLimit {
    Condition::Measure measure;
    int64_t limit;
    bool operator==(const AgeLimit&) const = default;
  };
  std::vector<AgeLimit> age_limits_;
  int64_t room_ = 0;
  bool any_push_may_act_ = false;
  std::vector<uint32_t> owners_left_;
  std::vector<uint32_t> ready_;
};

// The tags that an untag rule takes from an image. REQUIRES: the verdict is kUntag of that policy.
std::vector<std::string> TagsToRemove(const Policy& policy, const Verdict& verdict,
                                      const Image& image);

// The reason of a verdict as a sentence for people, without the outcome: "rule 2 (old builds): 12th
// newest of those it selects, and 10 stay". `policies` and `images` as given to the planner.
std::string Explain(std::span<const Policy* const> policies, std::span<const Image> images,
                    const Verdict& verdict);

}  // namespace gantry::retention
