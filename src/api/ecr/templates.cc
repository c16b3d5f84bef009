#include <utility>

#include "api/ecr/documents.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/labels.h"
#include "api/ecr/mutability.h"
#include "api/ecr/page.h"
#include "api/ecr/policy_texts.h"
#include "api/ecr/shapes.h"
#include "json/document.h"
#include "retention/policy.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr int64_t kTemplatesMax = 1000;
// What a template is made of, as the operation that creates one takes it; the prefix is its name.
const Shape& ShapeOf(const Call& call) {
  return call.model.Get("CreateRepositoryCreationTemplateRequest");
}

std::string PrefixOf(const Call& call) { return PrefixName(call.Text("prefix")); }

Error TemplateNotFound(const Call& call, const std::string& prefix) {
  return NotFound("template_unknown", "The repository creation template with the prefix '" +
                                          prefix + "' does not exist " + InRegistry(call));
}

// Constraints between members, and texts that are documents of their own.
Result<void> CheckMembers(const Call& call) {
  meta::RepositorySettings settings;
  TRY(ReadMutability(call, settings));
  TRY(ReadLabels(call.Find("resourceTags")));
  const std::string policy = call.Text("repositoryPolicy");
  if (!policy.empty()) {
    // It will stand at repositories that nobody has named yet; rights are those in the account.
    TRY(CheckPolicy(call, policy, iam::Resource::Repository(call.account, PrefixOf(call))));
  }
  const std::string lifecycle = call.Text("lifecyclePolicy");
  if (!lifecycle.empty()) TRY(retention::ParseEcrPolicy(lifecycle));
  return Ok();
}

// The members of the input over those of the old template.
Result<std::string> Merge(const Call& call, const std::string& old) {
  TRY_ASSIGN(const auto document, json::Document::Parse(old));
  const bool new_mode = static_cast<bool>(call.Find("imageTagMutability"));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  for (const Shape::Member& member : ShapeOf(call).members) {
    if (member.name == "prefix") continue;
    json::Value value = call.Find(member.name);
    // Filters belong to the mode that they came with.
    const bool of_mode = member.name == "imageTagMutabilityExclusionFilters" && new_mode;
    if (!value && !of_mode) value = document.root().Find(member.name);
    if (!value) continue;
    writer.Key(member.name);
    Model::Copy(*member.shape, value, writer);
  }
  writer.EndObject();
  return body;
}

Result<void> WriteTemplate(const Call& call, const meta::AccountDocument& stored,
                           json::Writer& writer) {
  TRY_ASSIGN(const auto document, json::Document::Parse(stored.body));
  writer.BeginObject();
  writer.Key("prefix").String(stored.name);
  for (const Shape::Member& member : ShapeOf(call).members) {
    const json::Value value = document.root().Find(member.name);
    if (!value) continue;
    writer.Key(member.name);
    Model::Copy(*member.shape, value, writer);
  }
  if (!document.root().Find("imageTagMutability"))
    writer.Key("imageTagMutability").String("MUTABLE");
  if (!document.root().Find("encryptionConfiguration"))
    writer.Key("encryptionConfiguration").Raw(R"({"encryptionType":"AES256"})");
  WriteTime(writer, "createdAt", stored.created_at);
  WriteTime(writer, "updatedAt", stored.updated_at);
  writer.EndObject();
  return Ok();
}

Result<void> Answer(const Call& call, const meta::AccountDocument& stored, json::Writer& writer) {
  writer.Key("registryId").String(call.account.text());
  writer.Key("repositoryCreationTemplate");
  return WriteTemplate(call, stored, writer);
}

Result<void> CreateRepositoryCreationTemplate(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  TRY(CheckMembers(call));
  const auto change =
      [&](const std::optional<meta::AccountDocument>& old) -> Result<meta::AccountDocument> {
    if (old) {
      return Error(Code::kAlreadyExists, "template_exists",
                   "The repository creation template with the prefix '" + prefix +
                       "' already exists " + InRegistry(call));
    }
    TRY_ASSIGN(std::string body, Merge(call, "{}"));
    return meta::AccountDocument{.kind = "", .name = "", .body = std::move(body)};
  };
  TRY_ASSIGN(const auto made,
             ChangeDocument(call, kCreationTemplate, prefix, kTemplatesMax, change));
  return Answer(call, made, writer);
}

Result<void> UpdateRepositoryCreationTemplate(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  TRY(CheckMembers(call));
  const auto change =
      [&](const std::optional<meta::AccountDocument>& old) -> Result<meta::AccountDocument> {
    if (!old) return TemplateNotFound(call, prefix);
    TRY_ASSIGN(std::string body, Merge(call, old->body));
    return meta::AccountDocument{.kind = "", .name = "", .body = std::move(body)};
  };
  TRY_ASSIGN(const auto made,
             ChangeDocument(call, kCreationTemplate, prefix, kTemplatesMax, change));
  return Answer(call, made, writer);
}

Result<void> DeleteRepositoryCreationTemplate(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  TRY_ASSIGN(const auto taken, TakeDocument(call, kCreationTemplate, prefix));
  if (!taken) return TemplateNotFound(call, prefix);
  return Answer(call, *taken, writer);
}

// Prefixes without a template are passed over.
Result<void> DescribeWanted(const Call& call, json::Items prefixes, json::Writer& writer) {
  TRY(RequireUnpaged(call, "prefixes"));
  for (const json::Value item : prefixes) {
    TRY_ASSIGN(
        const auto stored,
        FindDocument(call, kCreationTemplate, PrefixName(std::string(item.String().value_or("")))));
    if (stored) TRY(WriteTemplate(call, *stored, writer));
  }
  writer.EndArray();
  return Ok();
}

Result<void> DescribeRepositoryCreationTemplates(const Call& call, json::Writer& writer) {
  writer.Key("registryId").String(call.account.text());
  writer.Key("repositoryCreationTemplates").BeginArray();
  const json::Value prefixes = call.Find("prefixes");
  if (prefixes && prefixes.size() > 0) return DescribeWanted(call, prefixes.Items(), writer);
  TRY_ASSIGN(const std::string after, PageStart(call));
  const int64_t limit = PageSize(call);
  TRY_ASSIGN(auto all, ListDocuments(call, kCreationTemplate, after, limit + 1));
  const bool more = static_cast<int64_t>(all.size()) > limit;
  if (more) all.pop_back();
  for (const auto& stored : all) TRY(WriteTemplate(call, stored, writer));
  writer.EndArray();
  if (more) WriteNextToken(call, all.back().name, writer);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"CreateRepositoryCreationTemplate", iam::Action::kAccountUpdate, Target::kAccount,
     Weight::kChange, CreateRepositoryCreationTemplate},
    {"UpdateRepositoryCreationTemplate", iam::Action::kAccountUpdate, Target::kAccount,
     Weight::kChange, UpdateRepositoryCreationTemplate},
    {"DeleteRepositoryCreationTemplate", iam::Action::kAccountUpdate, Target::kAccount,
     Weight::kChange, DeleteRepositoryCreationTemplate},
    {"DescribeRepositoryCreationTemplates", iam::Action::kAccountRead, Target::kAccount,
     Weight::kLook, DescribeRepositoryCreationTemplates},
};

}  // namespace

std::span<const Operation> TemplateOperations() { return kOperations; }

}  // namespace gantry::api::ecr
