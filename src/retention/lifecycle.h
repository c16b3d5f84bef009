#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/store.h"
#include "iam/account_id.h"
#include "meta/repository_key.h"
#include "retention/image.h"
#include "retention/planner.h"
#include "retention/policy.h"

namespace gantry::retention {

// What a policy is attached to. An ECR form may stand at any of the three, the nearest to a
// repository is its policy; cleanup policies and Harbor's retention stand at a project, and act
// together with it. An account's `name` is "", that of the root project is "" too.
struct Scope {
  enum class Kind : uint8_t { kAccount, kProject, kRepository };

  static Scope Account(const iam::AccountId& account);
  static Scope Project(const iam::AccountId& account, std::string name);
  static Scope Repository(const meta::RepositoryKey& key);

  Kind kind = Kind::kAccount;
  iam::AccountId account;
  std::string name;
};

struct StoredPolicy {
  Form form = Form::kEcr;
  std::string text;  // as Policy::text
  Time updated_at;
  Time last_evaluated_at;  // of the last run over it; zero: none yet
  std::vector<std::string> warnings;
};

// One image in a preview.
struct PreviewImage {
  std::string digest;
  std::vector<std::string> tags;
  Time pushed_at;
  int64_t size = 0;
  StorageClass storage_class = StorageClass::kStandard;
  Outcome outcome = Outcome::kKeep;
  Cause cause = Cause::kNoRule;
  std::string rule;    // the rule's name (ECR: its priority); "" where no rule decided
  std::string reason;  // for people
};

struct PreviewSummary {
  int64_t images = 0;
  int64_t expired = 0;
  int64_t archived = 0;
  int64_t untagged = 0;
  int64_t pinned = 0;
  // What the images that expire hold: blobs that nothing else in the installation holds, and blobs
  // that something else holds too and that therefore stay.
  int64_t unique_bytes = 0;
  int64_t shared_bytes = 0;
};

enum class PreviewStatus : uint8_t { kInProgress, kComplete, kExpired, kFailed };

struct PreviewQuery {
  std::vector<std::string> digests;  // only these; empty: all
  std::vector<std::string> tags;     // only images with one of these; empty: all
  std::optional<TagState> tag_state;
  bool acted_on_only = true;  // ECR's preview lists what a policy acts on, not what stays
  std::string after;          // the digest that ended the page before; "" from the start
  int64_t limit = 100;
};

struct PreviewPage {
  PreviewStatus status = PreviewStatus::kComplete;
  std::string policy_text;
  PreviewSummary summary;
  std::string fingerprint;           // names the plan; Run takes it
  std::vector<PreviewImage> images;  // in order of digests
  bool more = false;
};

// What a preview is about, beyond the policies of the repository as they are now.
struct PreviewOptions {
  std::optional<std::string> text;  // an ECR form to plan with instead
  std::optional<Time> as_of;        // a past day instead of now
};

// An image about which two policies disagree.
struct PreviewDifference {
  PreviewImage before;  // under the policies of the repository
  PreviewImage after;   // under the other text
};

// Lifecycle policies of a registry: stored, previewed. (Runs: retention/executor.h.)
// Threads: all methods from any thread; all block.
class Lifecycle {
 public:
  explicit Lifecycle(const core::Store& store) : store_(store) {}

  // The checked policy; errors as ParsePolicy.
  static Result<Policy> Validate(Form form, std::string_view text) {
    return ParsePolicy(form, text);
  }

  // Checks and stores; what was there is replaced. Errors: those of ParsePolicy;
  // not_found/name_unknown for a repository that does not exist;
  // invalid_argument/lifecycle_form_not_here for a form that may not stand at that scope.
  Result<StoredPolicy> PutPolicy(const Scope& scope, Form form, std::string_view text);
  // The policy at exactly this scope. not_found/lifecycle_policy_unknown, not_found/name_unknown.
  Result<StoredPolicy> GetPolicy(const Scope& scope, Form form);
  // Deletes and returns it. Errors as GetPolicy.
  Result<StoredPolicy> DeletePolicy(const Scope& scope, Form form);

  // Plans with this text (ECR's form), or with the repository's policies when it is nullopt, and
  // stores the result for a day. Returns the text it plans with (of several policies, the first's).
  // not_found/lifecycle_policy_unknown without text and policy; not_found/name_unknown;
  // conflict/lifecycle_preview_in_progress while another preview of the repository is being made.
  Result<std::string> StartPreview(const meta::RepositoryKey& repository,
                                   const std::optional<std::string>& text);
  // A page of the last preview that was started. not_found/lifecycle_preview_unknown,
  // not_found/name_unknown.
  Result<PreviewPage> GetPreview(const meta::RepositoryKey& repository, const PreviewQuery& query);

  // A preview that is not stored: a page of it, made anew for each page. Errors as StartPreview.
  Result<PreviewPage> Preview(const meta::RepositoryKey& repository, const PreviewOptions& options,
                              const PreviewQuery& query);
  // What would change if `text` (ECR's form) took the place of the repository's policies: at most
  // 1000 images, in order of digests.
  Result<std::vector<PreviewDifference>> Compare(const meta::RepositoryKey& repository,
                                                 const std::string& text);

 private:
  core::Store store_;
};

}  // namespace gantry::retention
