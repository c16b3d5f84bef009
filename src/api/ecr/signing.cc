#include "api/ecr/documents.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

Error ConfigurationUnknown(const Call& call) {
  return NotFound("signing_configuration_unknown",
                  "Signing configuration does not exist " + InRegistry(call));
}

Result<void> PutSigningConfiguration(const Call& call, json::Writer& writer) {
  const std::string body = InputText(call, "signingConfiguration");
  TRY(PutDocument(call, kSigning, "", body));
  writer.Key("signingConfiguration").Raw(body);
  return Ok();
}

Result<void> WriteStored(const Call& call, const std::optional<meta::AccountDocument>& stored,
                         json::Writer& writer) {
  if (!stored) return ConfigurationUnknown(call);
  writer.Key("registryId").String(call.account.text());
  writer.Key("signingConfiguration").Raw(stored->body);
  return Ok();
}

Result<void> GetSigningConfiguration(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto stored, FindDocument(call, kSigning));
  return WriteStored(call, stored, writer);
}

Result<void> DeleteSigningConfiguration(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto taken, TakeDocument(call, kSigning));
  return WriteStored(call, taken, writer);
}

// Nothing signs images here: no profile has a status.
Result<void> DescribeImageSigningStatus(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  const ImageId id = ImageIdOf(call.Find("imageId"));
  TRY_ASSIGN(const auto image, RequireImage(call, key, id));
  WriteHead(call, writer);
  writer.Key("imageId");
  WriteImageId(writer, image.digest, id.tag);
  writer.Key("signingStatuses").BeginArray().EndArray();
  return Ok();
}

constexpr Operation kOperations[] = {
    {"PutSigningConfiguration", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     PutSigningConfiguration},
    {"GetSigningConfiguration", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     GetSigningConfiguration},
    {"DeleteSigningConfiguration", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     DeleteSigningConfiguration},
    {"DescribeImageSigningStatus", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook,
     DescribeImageSigningStatus},
};

}  // namespace

std::span<const Operation> SigningOperations() { return kOperations; }

}  // namespace gantry::api::ecr
