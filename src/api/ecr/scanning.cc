#include <utility>

#include "api/ecr/arn.h"
#include "api/ecr/documents.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/reads.h"
#include "api/ecr/scan_filter.h"
#include "api/ecr/shapes.h"
#include "core/repositories.h"
#include "json/document.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr std::string_view kDefault = R"({"scanType":"BASIC","rules":[]})";

std::string_view TextOf(json::Value object, const char* member) {
  const json::Value value = object ? object.Find(member) : json::Value();
  return value ? value.String().value_or("") : "";
}

Result<std::string> ConfigurationOf(const Call& call) {
  TRY_ASSIGN(const auto stored, FindDocument(call, kScanning));
  return stored ? stored->body : std::string(kDefault);
}

Result<void> PutImageScanningConfiguration(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  const json::Value wanted = call.Find("imageScanningConfiguration").Find("scanOnPush");
  const bool scan_on_push = wanted && wanted.Bool().value_or(false);
  TRY(call.services.repositories.UpdateSettings(
      key, [&](meta::RepositorySettings& settings) { settings.scan_on_push = scan_on_push; }));
  WriteHead(call, writer);
  writer.Key("imageScanningConfiguration").BeginObject();
  writer.Key("scanOnPush").Bool(scan_on_push).EndObject();
  return Ok();
}

Result<void> CheckRules(const Call& call, bool enhanced) {
  for (const json::Value rule : ItemsOf(call.Find("rules"))) {
    const std::string_view frequency = TextOf(rule, "scanFrequency");
    if (frequency == "SCAN_ON_PUSH" || (frequency == "CONTINUOUS_SCAN") == enhanced) continue;
    return ParameterInvalid("rules", "Scan frequency " + std::string(frequency) +
                                         " is not valid for the scan type " +
                                         (enhanced ? "ENHANCED" : "BASIC"));
  }
  return Ok();
}

Result<void> PutRegistryScanningConfiguration(const Call& call, json::Writer& writer) {
  const std::string type = call.Find("scanType") ? call.Text("scanType") : "BASIC";
  TRY(CheckRules(call, type == "ENHANCED"));
  std::string body;
  json::Writer(body)
      .BeginObject()
      .Key("scanType")
      .String(type)
      .Key("rules")
      .Raw(InputText(call, "rules", "[]"))
      .EndObject();
  TRY(PutDocument(call, kScanning, "", body));
  writer.Key("registryScanningConfiguration").Raw(body);
  return Ok();
}

Result<void> GetRegistryScanningConfiguration(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const std::string configuration, ConfigurationOf(call));
  writer.Key("registryId").String(call.account.text());
  writer.Key("scanningConfiguration").Raw(configuration);
  return Ok();
}

// The frequency that a repository has by the account's rules, and the filters that say so. Without
// a rule it is the repository's own setting (basic) or none (enhanced).
struct Effective {
  std::string_view frequency;
  std::vector<std::string_view> filters;
};

Effective EffectiveOf(json::Value configuration, std::string_view name, bool scan_on_push) {
  const bool enhanced = TextOf(configuration, "scanType") == "ENHANCED";
  Effective effective;
  for (const json::Value rule : ItemsOf(configuration.Find("rules"))) {
    const std::string_view frequency = TextOf(rule, "scanFrequency");
    for (const json::Value filter : ItemsOf(rule.Find("repositoryFilters"))) {
      const std::string_view text = TextOf(filter, "filter");
      if (!ScanFilterMatches(text, name)) continue;
      effective.filters.push_back(text);
      if (effective.frequency != "CONTINUOUS_SCAN") effective.frequency = frequency;
    }
  }
  if (effective.filters.empty() && !enhanced)
    effective.frequency = scan_on_push ? "SCAN_ON_PUSH" : "MANUAL";
  return effective;
}

void WriteEffective(const Call& call, std::string_view name, const Effective& effective,
                    json::Writer& writer) {
  writer.BeginObject();
  writer.Key("repositoryArn").String(ArnOf(call.region, call.account, name));
  writer.Key("repositoryName").String(name);
  writer.Key("scanOnPush")
      .Bool(effective.frequency == "SCAN_ON_PUSH" || effective.frequency == "CONTINUOUS_SCAN");
  WriteText(writer, "scanFrequency", effective.frequency);
  writer.Key("appliedScanFilters").BeginArray();
  for (const std::string_view filter : effective.filters)
    writer.BeginObject()
        .Key("filter")
        .String(filter)
        .Key("filterType")
        .String("WILDCARD")
        .EndObject();
  writer.EndArray().EndObject();
}

Result<void> BatchGetRepositoryScanningConfiguration(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const std::string text, ConfigurationOf(call));
  TRY_ASSIGN(const auto configuration, json::Document::Parse(text));
  std::string failures;
  json::Writer failure_writer(failures);
  failure_writer.BeginArray();
  writer.Key("scanningConfigurations").BeginArray();
  for (const json::Value item : ItemsOf(call.Find("repositoryNames"))) {
    const std::string_view name = item.String().value_or("");
    TRY_ASSIGN(const auto key, KeyOf(call, name));
    const auto described = call.services.repositories.Describe(key);
    if (!described.ok() && described.error().code() != Code::kNotFound) return described.error();
    if (described.ok()) {
      WriteEffective(call, name,
                     EffectiveOf(configuration.root(), name, described->settings.scan_on_push),
                     writer);
      continue;
    }
    failure_writer.BeginObject().Key("repositoryName").String(name);
    failure_writer.Key("failureCode").String("REPOSITORY_NOT_FOUND");
    failure_writer.Key("failureReason")
        .String("The repository with name '" + std::string(name) + "' does not exist " +
                InRegistry(call));
    failure_writer.EndObject();
  }
  writer.EndArray();
  failure_writer.EndArray();
  writer.Key("failures").Raw(failures);
  return Ok();
}

// There is no scanner here yet: no image is of a type that could be scanned.
Result<void> StartImageScan(const Call& call, json::Writer&) {
  TRY_ASSIGN(const auto key, call.Key());
  const ImageId id = ImageIdOf(call.Find("imageId"));
  TRY_ASSIGN(const auto image, RequireImage(call, key, id));
  return InvalidArgument("image_type_unsupported",
                         "The image with the digest '" + image.digest +
                             "' cannot be scanned: this registry has no scanner yet");
}

Result<void> DescribeImageScanFindings(const Call& call, json::Writer&) {
  TRY_ASSIGN(const auto key, call.Key());
  const ImageId id = ImageIdOf(call.Find("imageId"));
  TRY_ASSIGN(const auto image, RequireImage(call, key, id));
  return NotFound("scan_unknown", "Image scan does not exist for the image with '" +
                                      ImageIdText(image.digest, id.tag) + "' in " +
                                      RepositoryText(call));
}

constexpr Operation kOperations[] = {
    {"PutImageScanningConfiguration", iam::Action::kRepositoryUpdate, Target::kRepository,
     Weight::kChange, PutImageScanningConfiguration},
    {"PutRegistryScanningConfiguration", iam::Action::kAccountUpdate, Target::kAccount,
     Weight::kChange, PutRegistryScanningConfiguration},
    {"GetRegistryScanningConfiguration", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     GetRegistryScanningConfiguration},
    {"BatchGetRepositoryScanningConfiguration", iam::Action::kRepositoryList, Target::kRepositories,
     Weight::kLook, BatchGetRepositoryScanningConfiguration},
    {"StartImageScan", iam::Action::kRepositoryUpdate, Target::kRepository, Weight::kChange,
     StartImageScan},
    {"DescribeImageScanFindings", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook,
     DescribeImageScanFindings},
};

}  // namespace

std::span<const Operation> ScanningOperations() { return kOperations; }

}  // namespace gantry::api::ecr
