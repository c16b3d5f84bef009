#include <utility>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "core/manifests.h"
#include "core/repositories.h"
#include "meta/repository_key.h"
#include "oci/reference.h"

// What repositories are set to; locks of tags; deletions, forced ones too.
namespace gantry::api::admin {
namespace {

constexpr const char* kReason = "admin api";

Result<meta::RepositoryKey> KeyOf(const Call& call) {
  TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(call.request.Parameter("name")));
  return meta::RepositoryKey(call.account, name);
}

struct Shown {
  core::RepositoryDescription description;
  std::vector<meta::Label> labels;
};

void WriteShown(json::Writer& writer, const Shown& shown) {
  const auto& [repository, settings] = shown.description;
  writer.BeginObject();
  writer.Key("account").String(repository.account).Key("name").String(repository.name);
  WriteTime(writer, "created", repository.created_at);
  writer.Key("tagMutability").String(meta::TagMutabilityName(settings.tag_mutability));
  WriteTexts(writer, "mutabilityFilters", settings.mutability_filters);
  writer.Key("scanOnPush").Bool(settings.scan_on_push);
  writer.Key("description").String(settings.description);
  writer.Key("labels").BeginObject();
  for (const auto& [key, value] : shown.labels) writer.Key(key).String(value);
  writer.EndObject().EndObject();
}

// Changes the settings by what the body says of them.
Result<void> ReadSettings(const Body& body, meta::RepositorySettings& settings) {
  TRY_ASSIGN(const auto mutability, body.OptionalText("tagMutability"));
  if (mutability) {
    const auto found = meta::FindTagMutability(*mutability);
    if (!found) {
      return InvalidArgument("field_invalid",
                             "tagMutability is MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION or "
                             "MUTABLE_WITH_EXCLUSION, not \"" +
                                 *mutability + "\"");
    }
    settings.tag_mutability = *found;
    settings.mutability_filters.clear();
  }
  TRY_ASSIGN(auto filters, body.OptionalTexts("mutabilityFilters"));
  if (filters) settings.mutability_filters = *std::move(filters);
  TRY_ASSIGN(const auto scan, body.OptionalBool("scanOnPush"));
  if (scan) settings.scan_on_push = *scan;
  TRY_ASSIGN(auto description, body.OptionalText("description"));
  if (description) settings.description = *std::move(description);
  return Ok();
}

Result<std::vector<meta::Label>> ReadLabels(const Body& body) {
  std::vector<meta::Label> labels;
  const json::Value object = body.Find("labels");
  if (!object) return labels;
  for (const auto [key, value] : object.Members()) {
    const auto text = value.String();
    if (!text) return InvalidArgument("field_invalid", "labels is an object of texts");
    labels.emplace_back(key, *text);
  }
  return labels;
}

Result<http::Response> ShowOf(const Call& call, const meta::RepositoryKey& key, int status) {
  core::Repositories repositories(call.services.store);
  TRY_ASSIGN(auto description, repositories.Describe(key));
  TRY_ASSIGN(auto labels, repositories.Labels(key));
  return ItemAnswer(Shown{std::move(description), std::move(labels)}, WriteShown, status);
}

Result<http::Response> Show(const Call& call) {
  TRY_ASSIGN(const auto key, KeyOf(call));
  return ShowOf(call, key, 200);
}

Result<http::Response> Create(const Call& call) {
  TRY_ASSIGN(const auto key, KeyOf(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"tagMutability", "mutabilityFilters",
                                                        "scanOnPush", "description", "labels"}));
  meta::RepositorySettings settings;
  TRY(ReadSettings(body, settings));
  TRY_ASSIGN(const auto labels, ReadLabels(body));
  TRY(core::Repositories(call.services.store).Create(key, settings, labels));
  return ShowOf(call, key, 201);
}

Result<http::Response> Change(const Call& call) {
  TRY_ASSIGN(const auto key, KeyOf(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"tagMutability", "mutabilityFilters",
                                                        "scanOnPush", "description", "labels"}));
  meta::RepositorySettings checked;
  TRY(ReadSettings(body, checked));
  TRY_ASSIGN(const auto labels, ReadLabels(body));
  core::Repositories repositories(call.services.store);
  // What ReadSettings refuses does not depend on what is set, so it cannot fail any more.
  TRY(repositories.UpdateSettings(key, [&](meta::RepositorySettings& settings) {
    static_cast<void>(ReadSettings(body, settings).ok());
  }));
  TRY(repositories.PutLabels(key, labels));
  return ShowOf(call, key, 200);
}

// {"notEmptyToo", "force"}: the second also what is pinned.
Result<http::Response> DeleteRepository(const Call& call) {
  TRY_ASSIGN(const auto key, KeyOf(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"notEmptyToo", "force", "reason"}));
  TRY_ASSIGN(const auto not_empty_too, body.OptionalBool("notEmptyToo"));
  TRY_ASSIGN(const auto force, body.OptionalBool("force"));
  TRY_ASSIGN(const auto reason, body.OptionalText("reason"));
  const core::Deletion deletion(reason.value_or(kReason), {}, force.value_or(false));
  TRY_ASSIGN(
      const auto deleted,
      core::Repositories(call.services.store).Delete(key, not_empty_too.value_or(false), deletion));
  std::string answer;
  json::Writer writer(answer);
  writer.BeginObject().Key("run").String(std::to_string(deleted.run.value));
  writer.Key("manifests").Int(deleted.description.repository.counts.manifests).EndObject();
  return Json(std::move(answer));
}

// {"reference", "force", "reason"}: a tag or a digest.
Result<http::Response> DeleteImage(const Call& call) {
  TRY_ASSIGN(const auto key, KeyOf(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"reference", "force", "reason"}));
  TRY_ASSIGN(const std::string text, body.Text("reference"));
  TRY_ASSIGN(const auto reference, oci::ParseReference(text));
  TRY_ASSIGN(const auto force, body.OptionalBool("force"));
  TRY_ASSIGN(const auto reason, body.OptionalText("reason"));
  const core::Deletion deletion(reason.value_or(kReason), {}, force.value_or(false));
  core::Manifests manifests(call.services.store, 0);
  if (const auto* tag = std::get_if<oci::Tag>(&reference)) {
    TRY(manifests.DeleteTag(key, *tag, deletion));
  } else {
    TRY(manifests.DeleteManifest(key, std::get<oci::Digest>(reference), deletion));
  }
  return Done();
}

Result<http::Response> SetLock(const Call& call, bool locked) {
  TRY_ASSIGN(const auto key, KeyOf(call));
  TRY_ASSIGN(const auto tag, oci::Tag::Parse(call.request.Parameter("tag")));
  TRY(core::Repositories(call.services.store).LockTag(key, tag, locked));
  return Done();
}

Result<http::Response> Lock(const Call& call) { return SetLock(call, true); }
Result<http::Response> Unlock(const Call& call) { return SetLock(call, false); }

constexpr Row kRows[] = {
    {http::Method::kGet, "/repositories/{name...}/settings", "admin_repository_settings",
     "repository:List", Show},
    {http::Method::kPost, "/repositories/{name...}/settings", "admin_repository_create",
     "repository:Create", Create},
    {http::Method::kPatch, "/repositories/{name...}/settings", "admin_repository_change",
     "repository:Update", Change},
    {http::Method::kPost, "/repositories/{name...}/deletion", "admin_repository_delete",
     "repository:Admin", DeleteRepository},
    {http::Method::kPost, "/repositories/{name...}/image-deletions", "admin_image_delete",
     "repository:Delete", DeleteImage},
    {http::Method::kPut, "/repositories/{name...}/tag-locks/{tag}", "admin_tag_lock",
     "repository:Update", Lock},
    {http::Method::kDelete, "/repositories/{name...}/tag-locks/{tag}", "admin_tag_unlock",
     "repository:Update", Unlock},
};

}  // namespace

std::span<const Row> RepositorySettingsRows() { return kRows; }

}  // namespace gantry::api::admin
