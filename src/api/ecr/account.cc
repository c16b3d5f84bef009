#include <algorithm>
#include <iterator>

#include "api/ecr/documents.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/page.h"
#include "api/ecr/shapes.h"
#include "json/document.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr int64_t kExclusionsMax = 100;

// The settings that ECR knows; the first value is the default here.
struct Setting {
  std::string_view name;
  std::string_view values[2];
};
constexpr Setting kSettings[] = {
    {"BASIC_SCAN_TYPE_VERSION", {"AWS_NATIVE", "CLAIR"}},
    {"REGISTRY_POLICY_SCOPE", {"V2", "V1"}},
    {"BLOB_MOUNTING", {"ENABLED", "DISABLED"}},
};

Result<const Setting*> SettingOf(const Call& call) {
  const std::string name = call.Text("name");
  const auto* found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                   [&](const Setting& setting) { return setting.name == name; });
  if (found != std::end(kSettings)) return found;
  return ParameterInvalid("name",
                          "Member must satisfy enum value set: [BASIC_SCAN_TYPE_VERSION, "
                          "REGISTRY_POLICY_SCOPE, BLOB_MOUNTING]");
}

void WriteSetting(json::Writer& writer, std::string_view name, std::string_view value) {
  writer.Key("name").String(name).Key("value").String(value);
}

Result<void> GetAccountSetting(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const Setting* setting, SettingOf(call));
  TRY_ASSIGN(const auto stored, FindDocument(call, kAccountSetting, std::string(setting->name)));
  std::string value(setting->values[0]);
  if (stored) {
    TRY_ASSIGN(const auto document, json::Document::Parse(stored->body));
    value = document.root().Find("value").String().value_or(value);
  }
  WriteSetting(writer, setting->name, value);
  return Ok();
}

Result<void> PutAccountSetting(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const Setting* setting, SettingOf(call));
  const std::string value = call.Text("value");
  if (value != setting->values[0] && value != setting->values[1]) {
    return ParameterInvalid("value", "Member must satisfy enum value set: [" +
                                         std::string(setting->values[0]) + ", " +
                                         std::string(setting->values[1]) + "]");
  }
  std::string body;
  json::Writer(body).BeginObject().Key("value").String(value).EndObject();
  TRY(PutDocument(call, kAccountSetting, std::string(setting->name), std::move(body)));
  WriteSetting(writer, setting->name, value);
  return Ok();
}

Error ExclusionUnknown(const std::string& arn) {
  return NotFound("exclusion_unknown",
                  "The pull time update exclusion for the principal '" + arn + "' does not exist");
}

Result<void> RegisterPullTimeUpdateExclusion(const Call& call, json::Writer& writer) {
  const std::string arn = call.Text("principalArn");
  const auto change =
      [&](const std::optional<meta::AccountDocument>& old) -> Result<meta::AccountDocument> {
    if (!old) return meta::AccountDocument{.kind = "", .name = "", .body = "{}"};
    return Error(Code::kAlreadyExists, "exclusion_exists",
                 "The pull time update exclusion for the principal '" + arn + "' already exists");
  };
  TRY_ASSIGN(const auto made,
             ChangeDocument(call, kPullTimeExclusion, arn, kExclusionsMax, change));
  writer.Key("principalArn").String(arn);
  WriteTime(writer, "createdAt", made.created_at);
  return Ok();
}

Result<void> DeregisterPullTimeUpdateExclusion(const Call& call, json::Writer& writer) {
  const std::string arn = call.Text("principalArn");
  TRY_ASSIGN(const auto taken, TakeDocument(call, kPullTimeExclusion, arn));
  if (!taken) return ExclusionUnknown(arn);
  writer.Key("principalArn").String(arn);
  return Ok();
}

Result<void> ListPullTimeUpdateExclusions(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const std::string after, PageStart(call));
  const int64_t limit = PageSize(call);
  TRY_ASSIGN(auto all, ListDocuments(call, kPullTimeExclusion, after, limit + 1));
  const bool more = static_cast<int64_t>(all.size()) > limit;
  if (more) all.pop_back();
  writer.Key("pullTimeUpdateExclusions").BeginArray();
  for (const auto& one : all) writer.String(one.name);
  writer.EndArray();
  if (more) WriteNextToken(call, all.back().name, writer);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"GetAccountSetting", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     GetAccountSetting},
    {"PutAccountSetting", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     PutAccountSetting},
    {"RegisterPullTimeUpdateExclusion", iam::Action::kAccountUpdate, Target::kAccount,
     Weight::kChange, RegisterPullTimeUpdateExclusion},
    {"DeregisterPullTimeUpdateExclusion", iam::Action::kAccountUpdate, Target::kAccount,
     Weight::kChange, DeregisterPullTimeUpdateExclusion},
    {"ListPullTimeUpdateExclusions", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     ListPullTimeUpdateExclusions},
};

}  // namespace

std::span<const Operation> AccountOperations() { return kOperations; }

}  // namespace gantry::api::ecr
