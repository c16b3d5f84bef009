#include <algorithm>

#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"
#include "json/document.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

void WriteImage(const Call& call, const core::StoredManifest& manifest, std::string_view tag,
                json::Writer& writer) {
  writer.BeginObject();
  WriteHead(call, writer);
  writer.Key("imageId");
  WriteImageId(writer, manifest.digest, tag);
  writer.Key("imageManifest").String(*manifest.body);
  writer.Key("imageManifestMediaType").String(manifest.media_type).EndObject();
}

void WriteFailure(json::Writer& writer, const ImageId& id, std::string_view code,
                  std::string_view reason) {
  writer.BeginObject().Key("imageId");
  WriteImageId(writer, id.digest, id.tag);
  writer.Key("failureCode").String(code);
  writer.Key("failureReason").String(reason).EndObject();
}

// What the client says, what the document says, what is stored already, or, of documents that OCI
// lets go without, what they look like.
std::string MediaTypeOf(const Call& call, const std::string& stored) {
  const std::string said = call.Text("imageManifestMediaType");
  if (!said.empty() || !stored.empty()) return said.empty() ? stored : said;
  const auto document =
      json::Document::Parse(call.Text("imageManifest"), {.bytes_max = oci::kManifestBytesMax});
  if (!document.ok() || document->root().Find("mediaType")) return "";
  if (document->root().Find("manifests")) return std::string(oci::kImageIndex);
  if (document->root().Find("config")) return std::string(oci::kImageManifest);
  return "";
}

// Core's errors of a manifest in ECR's words.
Error PutError(const Call& call, const Error& error) {
  const std::string_view reason = error.reason();
  const auto missing = [&](const char* what) {
    std::string digest;
    for (const auto& [key, value] : error.detail())
      if (key == "digest") digest = value;
    return std::string(what) + " with digests '[" + digest + "]' required for pushing image into " +
           RepositoryText(call) + " do not exist";
  };
  if (reason == "manifest_blob_unknown")
    return InvalidArgument("layers_unknown", missing("Layers"));
  if (reason == "child_manifest_unknown")
    return InvalidArgument("referenced_images_unknown", missing("Images"));
  if (reason == "digest_invalid") {
    return InvalidArgument("image_digest_mismatch",
                           "The specified image digest does not match the digest of the image "
                           "manifest: " +
                               error.message());
  }
  if (reason == "tag_immutable" || reason == "name_unknown") return error;
  if (error.code() == Code::kInvalidArgument || error.code() == Code::kTooLarge ||
      error.code() == Code::kUnsupported) {
    return ParameterInvalid("ImageManifest", error.message());
  }
  return error;
}

Result<core::PutManifest> ReadPut(const Call& call) {
  const std::string tag = call.Text("imageTag");
  const std::string expected = call.Text("imageDigest");
  std::string body = call.Text("imageManifest");
  const auto digest = oci::Digest::Parse(expected);
  if (!expected.empty() && !digest.ok()) {
    return InvalidArgument("image_digest_mismatch", "The specified image digest '" + expected +
                                                        "' is not one of the image manifest");
  }
  oci::Reference reference = oci::Digest::Of(oci::Algorithm::kSha256, body);
  if (digest.ok()) reference = *digest;
  core::PutManifest put{.reference = reference,
                        .tags = {},
                        .digest = {},
                        .content_type = "",
                        .body = std::move(body)};
  if (tag.empty()) return put;
  const auto parsed = oci::Tag::Parse(tag);
  if (!parsed.ok()) {
    return ParameterInvalid("imageTag",
                            "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'");
  }
  put.reference = *parsed;
  if (digest.ok()) put.digest = *digest;
  return put;
}

Error ImageExists(const Call& call, const std::string& digest, const std::string& tag) {
  return Error(Code::kAlreadyExists, "image_exists",
               "Image with digest '" + digest + "' and tag '" + (tag.empty() ? "null" : tag) +
                   "' already exists in " + RepositoryText(call));
}

Result<void> PutImage(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY_ASSIGN(core::PutManifest put, ReadPut(call));
  const std::string tag = call.Text("imageTag");
  const std::string digest =
      std::holds_alternative<oci::Digest>(put.reference)
          ? std::get<oci::Digest>(put.reference).text()
          : (put.digest ? *put.digest : oci::Digest::Of(oci::Algorithm::kSha256, put.body)).text();
  TRY_ASSIGN(const auto there, FindImage(call, key, {digest, ""}));
  std::string stored;
  if (there.image) {
    const auto& tags = there.image->tags;
    const bool tagged = std::find(tags.begin(), tags.end(), tag) != tags.end();
    if (tag.empty() || tagged) return ImageExists(call, digest, tag);
    stored = there.image->media_type;
  }
  put.content_type = MediaTypeOf(call, stored);
  const auto done = call.services.manifests.Put(key, put);
  if (!done.ok()) return PutError(call, done.error());
  call.Did(tag, done->digest.text());
  TRY_ASSIGN(const auto manifest, call.services.manifests.Get(key, done->digest));
  writer.Key("image");
  WriteImage(call, *manifest, tag, writer);
  return Ok();
}

// Answers as stored, whatever `acceptedMediaTypes` says: a manifest is what its digest says.
Result<void> BatchGetImage(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  std::string failures;
  json::Writer failure_writer(failures);
  failure_writer.BeginArray();
  writer.Key("images").BeginArray();
  for (const json::Value item : ItemsOf(call.Find("imageIds"))) {
    const ImageId id = ImageIdOf(item);
    TRY_ASSIGN(const auto found, FindImage(call, key, id));
    if (!found.image) {
      WriteFailure(failure_writer, id, found.failure, found.reason);
      continue;
    }
    TRY_ASSIGN(const auto digest, oci::Digest::Parse(found.image->digest));
    TRY_ASSIGN(const auto manifest, call.services.manifests.Get(key, digest));
    call.services.pulls.Note(key.text(), manifest->digest, call.caller.principal);
    call.Did(id.tag, manifest->digest);
    WriteImage(call, *manifest, id.tag, writer);
  }
  writer.EndArray();
  failure_writer.EndArray();
  writer.Key("failures").Raw(failures);
  return Ok();
}

// Deletes what one identifier names: a tag, which takes the image with it when it is the last, or
// an image with all its tags.
Result<void> DeleteOne(const Call& call, const meta::RepositoryKey& key, const ImageId& id,
                       const meta::Image& image) {
  const std::string reason = "ecr";
  TRY_ASSIGN(const auto digest, oci::Digest::Parse(image.digest));
  if (id.tag.empty() || image.tags.size() == 1)
    return call.services.manifests.DeleteManifest(key, digest, reason);
  TRY_ASSIGN(const auto tag, oci::Tag::Parse(id.tag));
  return call.services.manifests.DeleteTag(key, tag, reason);
}

// The failure of an image that must stay; nullptr: the call fails.
const char* DeleteFailure(const Error& error) {
  if (error.reason() == "manifest_unknown") return "ImageNotFound";
  // Referenced by an index; pinned, locked, or kept by a rule: ECR has one word for all.
  if (error.code() == Code::kFailedPrecondition) return "ImageReferencedByManifestList";
  return nullptr;
}

std::string DeleteFailureReason(const Error& error) {
  if (error.reason() == "manifest_unknown") return "Requested image not found";
  for (const auto& [key, value] : error.detail())
    if (key == "index") return "Requested image referenced by manifest list: [" + value + "]";
  return error.message();
}

Result<void> BatchDeleteImage(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  std::string failures;
  json::Writer failure_writer(failures);
  failure_writer.BeginArray();
  writer.Key("imageIds").BeginArray();
  for (const json::Value item : ItemsOf(call.Find("imageIds"))) {
    const ImageId id = ImageIdOf(item);
    TRY_ASSIGN(const auto found, FindImage(call, key, id));
    if (!found.image) {
      WriteFailure(failure_writer, id, found.failure, found.reason);
      continue;
    }
    const auto deleted = DeleteOne(call, key, id, *found.image);
    if (!deleted.ok()) {
      const char* failure = DeleteFailure(deleted.error());
      if (failure == nullptr) return deleted.error();
      WriteFailure(failure_writer, id, failure, DeleteFailureReason(deleted.error()));
      continue;
    }
    call.Did(id.tag, found.image->digest);
    const bool whole = id.tag.empty() && !found.image->tags.empty();
    const std::vector<std::string> gone =
        whole ? found.image->tags : std::vector<std::string>{id.tag};
    for (const std::string& tag : gone) WriteImageId(writer, found.image->digest, tag);
  }
  writer.EndArray();
  failure_writer.EndArray();
  writer.Key("failures").Raw(failures);
  return Ok();
}

// Everything is in the standard class.
Result<void> UpdateImageStorageClass(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  const ImageId id = ImageIdOf(call.Find("imageId"));
  TRY_ASSIGN(const auto image, RequireImage(call, key, id));
  if (call.Text("targetStorageClass") != "STANDARD") {
    return Error(Code::kFailedPrecondition, "storage_class_unsupported",
                 "This registry has no archive: images are in the storage class STANDARD");
  }
  WriteHead(call, writer);
  writer.Key("imageId");
  WriteImageId(writer, image.digest, id.tag);
  writer.Key("imageStatus").String("ACTIVE");
  return Ok();
}

constexpr Operation kOperations[] = {
    {"PutImage", iam::Action::kRepositoryPush, Target::kRepository, Weight::kChange, PutImage},
    {"BatchGetImage", iam::Action::kRepositoryPull, Target::kRepository, Weight::kPart,
     BatchGetImage},
    {"BatchDeleteImage", iam::Action::kRepositoryDelete, Target::kRepository, Weight::kChange,
     BatchDeleteImage},
    {"UpdateImageStorageClass", iam::Action::kRepositoryUpdate, Target::kRepository,
     Weight::kChange, UpdateImageStorageClass},
};

}  // namespace

std::span<const Operation> ImageOperations() { return kOperations; }

}  // namespace gantry::api::ecr
