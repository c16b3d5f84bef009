#include <algorithm>
#include <optional>

#include "api/ecr/downloads.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"
#include "base/encoding.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

// What a client takes for one part, as ECR answers.
constexpr int64_t kPartSize = 10 << 20;
// The groups of a UUID; upload ids are 32 hexadecimal digits inside.
constexpr size_t kUuidGroups[] = {8, 4, 4, 4, 12};

std::string UuidOf(std::string_view id) {
  std::string uuid;
  for (const size_t length : kUuidGroups) {
    uuid += (uuid.empty() ? "" : "-") + std::string(id.substr(0, length));
    id.remove_prefix(length);
  }
  return uuid;
}

// Of a text that the model took for one.
std::string IdOf(std::string uuid) {
  std::erase(uuid, '-');
  return uuid;
}

Error UploadNotFound(const Call& call) {
  return NotFound("upload_unknown", "The upload with id '" + call.Text("uploadId") +
                                        "' does not exist in " + RepositoryText(call));
}

Result<std::unique_ptr<core::UploadHandle>> Acquire(const Call& call) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  auto upload = call.services.uploads.Acquire(key, IdOf(call.Text("uploadId")));
  if (!upload.ok() && upload.error().reason() == "upload_unknown") return UploadNotFound(call);
  return upload;
}

void WriteLayerFailure(json::Writer& writer, std::string_view digest, const char* code,
                       const char* reason) {
  writer.BeginObject();
  writer.Key("layerDigest").String(digest);
  writer.Key("failureCode").String(code);
  writer.Key("failureReason").String(reason).EndObject();
}

// The size; nullopt: the repository does not have it.
Result<std::optional<int64_t>> SizeOf(const Call& call, const meta::RepositoryKey& key,
                                      const oci::Digest& digest) {
  const auto size = call.services.blobs.Stat(key, digest);
  if (size.ok()) return std::optional(*size);
  if (size.error().reason() == "blob_unknown") return std::optional<int64_t>();
  return size.error();
}

Result<void> BatchCheckLayerAvailability(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  std::string failures;
  json::Writer failure_writer(failures);
  failure_writer.BeginArray();
  writer.Key("layers").BeginArray();
  for (const json::Value item : ItemsOf(call.Find("layerDigests"))) {
    const std::string_view text = item.String().value_or("");
    const auto digest = oci::Digest::Parse(text);
    if (text.empty()) {
      WriteLayerFailure(failure_writer, text, "MissingLayerDigest",
                        "Invalid request parameters: layer digest cannot be empty");
      continue;
    }
    if (!digest.ok()) {
      WriteLayerFailure(failure_writer, text, "InvalidLayerDigest",
                        "Invalid request parameters: layer digest should satisfy the regex "
                        "'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
      continue;
    }
    TRY_ASSIGN(const auto size, SizeOf(call, key, *digest));
    writer.BeginObject().Key("layerDigest").String(text);
    writer.Key("layerAvailability").String(size ? "AVAILABLE" : "UNAVAILABLE");
    if (size) writer.Key("layerSize").Int(*size);
    writer.EndObject();
  }
  writer.EndArray();
  failure_writer.EndArray();
  writer.Key("failures").Raw(failures);
  return Ok();
}

Result<void> InitiateLayerUpload(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  TRY_ASSIGN(const std::string id, call.services.uploads.Start(key, oci::Algorithm::kSha256));
  writer.Key("uploadId").String(UuidOf(id));
  writer.Key("partSize").Int(kPartSize);
  return Ok();
}

Error PartInvalid(const Call& call, const core::UploadHandle& upload, const std::string& why) {
  return InvalidArgument("layer_part_invalid", why)
      .With("registryId", std::string(call.account.text()))
      .With("repositoryName", call.repository)
      .With("uploadId", call.Text("uploadId"))
      .With("lastValidByteReceived", std::to_string(upload.size() - 1));
}

Result<void> UploadLayerPart(const Call& call, json::Writer& writer) {
  const auto bytes = Base64Decode(call.Find("layerPartBlob").String().value_or(""));
  if (!bytes) return InvalidArgument("body_invalid", "layerPartBlob is not a base64 text");
  TRY_ASSIGN(const auto upload, Acquire(call));
  const int64_t first = call.Find("partFirstByte").Int().value_or(0);
  const int64_t last = call.Find("partLastByte").Int().value_or(0);
  if (first != upload->size()) {
    return PartInvalid(call, *upload,
                       "The layer part must begin at byte " + std::to_string(upload->size()) +
                           ", not at " + std::to_string(first));
  }
  if (last - first + 1 != static_cast<int64_t>(bytes->size())) {
    return PartInvalid(call, *upload,
                       "The layer part has " + std::to_string(bytes->size()) + " bytes, not " +
                           std::to_string(last - first + 1));
  }
  TRY(upload->Append(*bytes));
  TRY(upload->Flush());
  WriteHead(call, writer);
  writer.Key("uploadId").String(call.Text("uploadId"));
  writer.Key("lastByteReceived").Int(upload->size() - 1);
  return Ok();
}

// The one of the digests that the bytes have; nullopt: none.
Result<std::optional<oci::Digest>> DigestOf(const Call& call, core::UploadHandle& upload) {
  for (const json::Value item : ItemsOf(call.Find("layerDigests"))) {
    const auto digest = oci::Digest::Parse(item.String().value_or(""));
    if (!digest.ok()) continue;
    TRY_ASSIGN(const oci::Digest actual, upload.ComputeDigest(digest->algorithm()));
    if (actual == *digest) return std::optional(actual);
  }
  return std::optional<oci::Digest>();
}

Result<void> CompleteLayerUpload(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY_ASSIGN(const auto upload, Acquire(call));
  if (upload->size() == 0) {
    return InvalidArgument("empty_upload",
                           "The upload with id '" + call.Text("uploadId") + "' has no layer parts");
  }
  TRY_ASSIGN(const auto digest, DigestOf(call, *upload));
  if (!digest) {
    return InvalidArgument("layer_invalid",
                           "None of the provided layer digests match the calculated layer digest");
  }
  TRY_ASSIGN(const auto there, SizeOf(call, key, *digest));
  if (there) {
    upload->Cancel();
    return InvalidArgument("layer_exists", "The layer with digest '" + digest->text() +
                                               "' already exists in " + RepositoryText(call));
  }
  TRY(upload->Commit(*digest));
  call.Did("", digest->text());
  WriteHead(call, writer);
  writer.Key("uploadId").String(call.Text("uploadId"));
  writer.Key("layerDigest").String(digest->text());
  return Ok();
}

Result<void> GetDownloadUrlForLayer(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  const std::string text = call.Text("layerDigest");
  const auto digest = oci::Digest::Parse(text);
  std::optional<int64_t> size;
  if (digest.ok()) {
    TRY_ASSIGN(size, SizeOf(call, key, *digest));
  }
  if (!size) {
    return NotFound("layers_unknown", "The layer with digest '" + text + "' does not exist in " +
                                          RepositoryText(call));
  }
  writer.Key("downloadUrl").String(DownloadUrl(call, *digest));
  writer.Key("layerDigest").String(text);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"BatchCheckLayerAvailability", iam::Action::kRepositoryPull, Target::kRepository,
     Weight::kLook, BatchCheckLayerAvailability},
    {"InitiateLayerUpload", iam::Action::kRepositoryPush, Target::kRepository, Weight::kLook,
     InitiateLayerUpload},
    {"UploadLayerPart", iam::Action::kRepositoryPush, Target::kRepository, Weight::kLook,
     UploadLayerPart},
    {"CompleteLayerUpload", iam::Action::kRepositoryPush, Target::kRepository, Weight::kPart,
     CompleteLayerUpload},
    // The pull is that of the address.
    {"GetDownloadUrlForLayer", iam::Action::kRepositoryPull, Target::kRepository, Weight::kLook,
     GetDownloadUrlForLayer},
};

}  // namespace

std::span<const Operation> LayerOperations() { return kOperations; }

}  // namespace gantry::api::ecr
