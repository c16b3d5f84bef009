#include <set>
#include <utility>

#include "api/ecr/documents.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/page.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"
#include "json/document.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr size_t kDestinationsMax = 25;
constexpr std::string_view kNone = R"({"rules":[]})";

using Destination = std::pair<std::string, std::string>;  // region, account

Destination DestinationOf(json::Value value) {
  return {std::string(value.Find("region").String().value_or("")),
          std::string(value.Find("registryId").String().value_or(""))};
}

std::set<Destination> DestinationsOf(json::Value configuration) {
  std::set<Destination> all;
  for (const json::Value rule : ItemsOf(configuration.Find("rules"))) {
    for (const json::Value destination : ItemsOf(rule.Find("destinations")))
      all.insert(DestinationOf(destination));
  }
  return all;
}

Result<std::string> ConfigurationOf(const Call& call) {
  TRY_ASSIGN(const auto stored, FindDocument(call, kReplication));
  return stored ? stored->body : std::string(kNone);
}

Result<void> DescribeRegistry(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const std::string configuration, ConfigurationOf(call));
  writer.Key("registryId").String(call.account.text());
  writer.Key("replicationConfiguration").Raw(configuration);
  return Ok();
}

Result<void> PutReplicationConfiguration(const Call& call, json::Writer& writer) {
  const auto destinations = DestinationsOf(call.Find("replicationConfiguration"));
  if (destinations.count({call.region, std::string(call.account.text())}) > 0) {
    return ParameterInvalid("replicationConfiguration",
                            "Replication destination cannot be the same as the source registry");
  }
  if (destinations.size() > kDestinationsMax) {
    return ParameterInvalid("replicationConfiguration",
                            "Replication configuration can have at most 25 unique destinations");
  }
  const std::string body = InputText(call, "replicationConfiguration");
  TRY(PutDocument(call, kReplication, "", body));
  writer.Key("replicationConfiguration").Raw(body);
  return Ok();
}

// Nothing is copied yet: no destination has a status.
Result<void> DescribeImageReplicationStatus(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  const ImageId id = ImageIdOf(call.Find("imageId"));
  TRY_ASSIGN(const auto image, RequireImage(call, key, id));
  writer.Key("repositoryName").String(call.repository);
  writer.Key("imageId");
  WriteImageId(writer, image.digest, id.tag);
  writer.Key("replicationStatuses").BeginArray().EndArray();
  return Ok();
}

Result<void> StartReplicationBackfill(const Call& call, json::Writer&) {
  TRY_ASSIGN(const std::string configuration, ConfigurationOf(call));
  TRY_ASSIGN(const auto document, json::Document::Parse(configuration));
  if (DestinationsOf(document.root()).count(DestinationOf(call.Find("destination"))) == 0) {
    return ValidationFailed(
        "The destination is not one of the replication configuration of the registry");
  }
  return ValidationFailed(
      "This registry keeps its replication configuration and does not copy images yet");
}

Error BackfillNotFound(const Call& call) {
  return NotFound("backfill_unknown", "The replication backfill with id '" +
                                          call.Text("replicationBackfillId") + "' does not exist " +
                                          InRegistry(call));
}

Result<void> RefuseBackfill(const Call& call, json::Writer&) { return BackfillNotFound(call); }

Result<void> ListReplicationBackfills(const Call& call, json::Writer& writer) {
  TRY(PageStart(call));
  writer.Key("backfills").BeginArray().EndArray();
  return Ok();
}

constexpr Operation kOperations[] = {
    {"DescribeRegistry", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     DescribeRegistry},
    {"PutReplicationConfiguration", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     PutReplicationConfiguration},
    {"DescribeImageReplicationStatus", iam::Action::kRepositoryList, Target::kRepository,
     Weight::kLook, DescribeImageReplicationStatus},
    {"StartReplicationBackfill", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     StartReplicationBackfill},
    {"StopReplicationBackfill", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     RefuseBackfill},
    {"DescribeReplicationBackfillResults", iam::Action::kAccountRead, Target::kAccount,
     Weight::kLook, RefuseBackfill},
    {"ListReplicationBackfills", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     ListReplicationBackfills},
};

}  // namespace

std::span<const Operation> ReplicationOperations() { return kOperations; }

}  // namespace gantry::api::ecr
