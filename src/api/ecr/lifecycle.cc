#include "retention/lifecycle.h"

#include <optional>
#include <utility>

#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/page.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"
#include "base/encoding.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

Error PolicyNotFound(const Call& call) {
  return NotFound("lifecycle_policy_unknown",
                  "Lifecycle policy does not exist for " + RepositoryText(call));
}

// The engine's errors in ECR's sentences.
Error InWordsOfEcr(const Call& call, const Error& error) {
  if (error.reason() == "lifecycle_policy_unknown") return PolicyNotFound(call);
  if (error.reason() == "lifecycle_preview_unknown") {
    return NotFound("lifecycle_preview_unknown",
                    "Lifecycle policy preview does not exist for " + RepositoryText(call));
  }
  if (error.reason() == "lifecycle_preview_in_progress") {
    return Error(Code::kConflict, "lifecycle_preview_running",
                 "A lifecycle policy preview is in progress for " + RepositoryText(call));
  }
  return error;
}

void WritePolicy(const Call& call, const retention::StoredPolicy& policy, json::Writer& writer) {
  WriteHead(call, writer);
  writer.Key("lifecyclePolicyText").String(policy.text);
  WriteTime(writer, "lastEvaluatedAt", policy.last_evaluated_at);
}

Result<retention::Scope> ScopeOf(const Call& call) {
  TRY_ASSIGN(const auto key, call.Key());
  return retention::Scope::Repository(key);
}

Result<void> PutLifecyclePolicy(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto scope, ScopeOf(call));
  const auto put = call.services.lifecycle.PutPolicy(scope, retention::Form::kEcr,
                                                     call.Text("lifecyclePolicyText"));
  if (!put.ok()) return InWordsOfEcr(call, put.error());
  WriteHead(call, writer);
  writer.Key("lifecyclePolicyText").String(put->text);
  return Ok();
}

Result<void> GetLifecyclePolicy(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto scope, ScopeOf(call));
  const auto policy = call.services.lifecycle.GetPolicy(scope, retention::Form::kEcr);
  if (!policy.ok()) return InWordsOfEcr(call, policy.error());
  WritePolicy(call, *policy, writer);
  return Ok();
}

Result<void> DeleteLifecyclePolicy(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto scope, ScopeOf(call));
  const auto policy = call.services.lifecycle.DeletePolicy(scope, retention::Form::kEcr);
  if (!policy.ok()) return InWordsOfEcr(call, policy.error());
  WritePolicy(call, *policy, writer);
  return Ok();
}

Result<void> StartLifecyclePolicyPreview(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  std::optional<std::string> text;
  if (call.Find("lifecyclePolicyText")) text = call.Text("lifecyclePolicyText");
  const auto started = call.services.lifecycle.StartPreview(key, text);
  if (!started.ok()) return InWordsOfEcr(call, started.error());
  WriteHead(call, writer);
  writer.Key("lifecyclePolicyText").String(*started);
  writer.Key("status").String("IN_PROGRESS");
  return Ok();
}

std::string_view StatusText(retention::PreviewStatus status) {
  switch (status) {
    case retention::PreviewStatus::kInProgress:
      return "IN_PROGRESS";
    case retention::PreviewStatus::kComplete:
      return "COMPLETE";
    case retention::PreviewStatus::kExpired:
      return "EXPIRED";
    case retention::PreviewStatus::kFailed:
      break;
  }
  return "FAILED";
}

// The images of the input by digest; a tag stands for what it names now.
Result<void> ReadWanted(const Call& call, const meta::RepositoryKey& key,
                        retention::PreviewQuery& query) {
  if (!call.Find("imageIds")) return Ok();
  TRY(RequireUnpaged(call, "imageIds"));
  for (const json::Value item : ItemsOf(call.Find("imageIds"))) {
    const ImageId id = ImageIdOf(item);
    TRY_ASSIGN(const auto found, FindImage(call, key, id));
    // One that is not there is in no preview.
    query.digests.push_back(found.image ? found.image->digest : "sha256:");
  }
  return Ok();
}

void WriteResult(const retention::PreviewImage& image, json::Writer& writer) {
  const bool archived = image.outcome == retention::Outcome::kArchive;
  const std::optional<int64_t> priority = ParseDecimal(image.rule);
  writer.BeginObject();
  if (!image.tags.empty()) {
    writer.Key("imageTags").BeginArray();
    for (const std::string& tag : image.tags) writer.String(tag);
    writer.EndArray();
  }
  writer.Key("imageDigest").String(image.digest);
  WriteTime(writer, "imagePushedAt", image.pushed_at);
  writer.Key("action").BeginObject().Key("type").String(archived ? "TRANSITION" : "EXPIRE");
  if (archived) writer.Key("targetStorageClass").String("ARCHIVE");
  writer.EndObject();
  if (priority) writer.Key("appliedRulePriority").Int(*priority);
  const bool is_archive = image.storage_class == retention::StorageClass::kArchive;
  writer.Key("storageClass").String(is_archive ? "ARCHIVE" : "STANDARD").EndObject();
}

void WriteSummary(const retention::PreviewSummary& summary, json::Writer& writer) {
  writer.Key("summary").BeginObject();
  writer.Key("expiringImageTotalCount").Int(summary.expired);
  writer.Key("transitioningImageTotalCounts").BeginArray();
  if (summary.archived > 0) {
    writer.BeginObject().Key("targetStorageClass").String("ARCHIVE");
    writer.Key("imageTotalCount").Int(summary.archived).EndObject();
  }
  writer.EndArray().EndObject();
}

Result<void> GetLifecyclePolicyPreview(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  retention::PreviewQuery query;
  TRY(ReadWanted(call, key, query));
  TRY_ASSIGN(query.after, PageStart(call));
  query.limit = PageSize(call);
  const json::Value filter = call.Find("filter");
  const json::Value state = filter ? filter.Find("tagStatus") : json::Value();
  const std::string_view state_text = state ? state.String().value_or("") : "";
  if (state_text == "TAGGED") query.tag_state = retention::TagState::kTagged;
  if (state_text == "UNTAGGED") query.tag_state = retention::TagState::kUntagged;
  const auto page = call.services.lifecycle.GetPreview(key, query);
  if (!page.ok()) return InWordsOfEcr(call, page.error());
  WriteHead(call, writer);
  writer.Key("lifecyclePolicyText").String(page->policy_text);
  writer.Key("status").String(StatusText(page->status));
  if (page->status != retention::PreviewStatus::kComplete) return Ok();
  writer.Key("previewResults").BeginArray();
  for (const retention::PreviewImage& image : page->images) WriteResult(image, writer);
  writer.EndArray();
  WriteSummary(page->summary, writer);
  if (page->more && !page->images.empty()) WriteNextToken(call, page->images.back().digest, writer);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"PutLifecyclePolicy", iam::Action::kRepositoryUpdate, Target::kRepository, Weight::kChange,
     PutLifecyclePolicy},
    {"GetLifecyclePolicy", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook,
     GetLifecyclePolicy},
    {"DeleteLifecyclePolicy", iam::Action::kRepositoryUpdate, Target::kRepository, Weight::kChange,
     DeleteLifecyclePolicy},
    {"StartLifecyclePolicyPreview", iam::Action::kRepositoryUpdate, Target::kRepository,
     Weight::kLook, StartLifecyclePolicyPreview},
    {"GetLifecyclePolicyPreview", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook,
     GetLifecyclePolicyPreview},
};

}  // namespace

std::span<const Operation> LifecycleOperations() { return kOperations; }

}  // namespace gantry::api::ecr
