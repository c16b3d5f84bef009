#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "retention/image.h"
#include "retention/tag_pattern.h"

// The one model behind the three forms in which people write what to keep: ECR lifecycle policies,
// Artifact Registry cleanup policies, Harbor tag retention.
namespace gantry::retention {

// How a policy was written.
enum class Form : uint8_t { kEcr, kCleanup, kHarbor };
// "ecr", "cleanup", "harbor".
std::string_view FormName(Form form);
std::optional<Form> FindForm(std::string_view name);

// What the rules of a policy make of each other's hits.
enum class Mode : uint8_t {
  kFirstMatch,  // ordered; an image that a rule selects is out of reach of the rules after it (ECR)
  kKeepWins,    // any rule may expire, any rule that retains wins (Artifact Registry)
  kRetainUnion,  // rules retain; where one covers the repository, what none retains expires
                 // (Harbor)
};

enum class ActionKind : uint8_t {
  kExpire,   // into the trash
  kArchive,  // ECR: transition to the storage class archive
  kRetain,   // out of reach of the rules after it
  kUntag,    // the tags that match go, the image stays
};

enum class TagState : uint8_t { kAny, kTagged, kUntagged };

// One requirement on the tags of an image.
struct TagTest {
  enum class Quantifier : uint8_t {
    kEach,     // each pattern matches some tag (ECR, R9)
    kSome,     // some pattern matches some tag (Artifact Registry G2, Harbor "matches")
    kOutside,  // some tag matches no pattern (Harbor "excludes")
  };
  Quantifier quantifier = Quantifier::kEach;
  std::vector<TagPattern> patterns;
  bool untagged_passes = false;

  bool Passes(const Image& image) const;
};

// Which images of which repositories a rule is about.
struct Selector {
  // A requirement on the repository's name in its project.
  struct RepositoryTest {
    bool exclude = false;
    std::vector<TagPattern> patterns;  // some pattern matches, or with `exclude` none
  };

  TagState tag_state = TagState::kAny;
  std::vector<TagTest> tags;                  // all pass
  std::vector<TagPattern> digests;            // some matches; empty: all
  std::vector<RepositoryTest> repositories;   // all pass
  std::optional<StorageClass> storage_class;  // nullopt: both

  bool CoversRepository(std::string_view name_in_project) const;
  // What some tag of every image begins with that it selects; "" where that is not known.
  std::string_view TagHead() const;
  // REQUIRES: it covers the image's repository.
  bool Selects(const Image& image) const;
};

// When a selected image is hit. Ages are micros; a count counts the selected images of one
// repository from the youngest.
struct Condition {
  enum class Measure : uint8_t {
    kPushOrder,      // rank by push, youngest first (R12, R16)
    kPullOrder,      // rank by last pull, then by push
    kPushAge,        // since the push, or since it came back from the archive (R13, R16)
    kPullOrPushAge,  // since the last pull; never pulled: as kPushAge (R14)
    kPullAge,        // since the last pull; never pulled: for ever
    kArchiveAge,     // since it was archived (R15)
  };
  Measure measure = Measure::kPushOrder;
  bool within = false;  // hit up to the limit rather than beyond it
  int64_t limit = 0;

  bool IsCount() const { return measure == Measure::kPushOrder || measure == Measure::kPullOrder; }
};

struct Rule {
  std::string name;  // "2" (the priority), or the id of a cleanup policy
  std::string description;
  Selector selector;
  std::vector<Condition> conditions;  // all hit; none: every selected image is hit
  ActionKind action = ActionKind::kExpire;
};

// A checked policy. A value; const methods from any thread.
struct Policy {
  Form form = Form::kEcr;
  Mode mode = Mode::kFirstMatch;
  std::vector<Rule> rules;  // in the order in which they apply
  // The policy in its own form as it is given back: compact JSON, rules in order, without nulls.
  std::string text;
  // For people: what is allowed and probably not meant ("keeps only: deletes nothing").
  std::vector<std::string> warnings;
};

// ECR's form, with Gantry's additions (docs/user/lifecycle.md). Errors have ECR's whole sentence as
// the message: invalid_argument/lifecycle_policy_invalid.
Result<Policy> ParseEcrPolicy(std::string_view text);

// A list of cleanup policies as gcloud's file has it, or a map by id as the API has it. Enumerators
// as words in any case or numbers, fields in camel or snake case, durations "30d", "12h", "86400s".
// invalid_argument/cleanup_policy_invalid, with the place in the message.
Result<Policy> ParseCleanupPolicies(std::string_view text);

// Harbor's retention policy: {"algorithm":"or","rules":[…]}; "trigger", "scope" and "id" are kept
// in the text and mean nothing here. invalid_argument/retention_policy_invalid.
Result<Policy> ParseHarborRetention(std::string_view text);

// By form.
Result<Policy> ParsePolicy(Form form, std::string_view text);

}  // namespace gantry::retention
