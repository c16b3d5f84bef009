#include "oci/manifest.h"

#include <utility>

#include "json/document.h"
#include "oci/descriptor.h"
#include "oci/excerpt.h"
#include "oci/fields.h"
#include "oci/media_type.h"

namespace gantry::oci {
namespace {

constexpr size_t kDescriptorsMax = 10'000;
constexpr json::Limits kLimits{static_cast<size_t>(kManifestBytesMax), 32, 250'000};

// The values of a manifest's members; what is absent is false.
struct Members {
  json::Value schema_version, media_type, artifact_type, config, layers, manifests, subject,
      annotations;
};

Result<Members> FindMembers(json::Value root) {
  Members found;
  const Slot slots[] = {{"schemaVersion", &found.schema_version},
                        {"mediaType", &found.media_type},
                        {"config", &found.config},
                        {"layers", &found.layers},
                        {"annotations", &found.annotations},
                        {"manifests", &found.manifests},
                        {"subject", &found.subject},
                        {"artifactType", &found.artifact_type}};
  TRY(TakeFields(root, {}, slots));
  return found;
}

Error Schema1() {
  return Error(Code::kUnsupported, "schema1",
               "Docker's image manifest schema 1 is not supported; push the image with a client "
               "that writes schema 2 or OCI manifests");
}

Error NotJson(const Error& error) {
  return InvalidArgument("manifest_invalid", "the manifest is refused: " + error.message())
      .With("field", "");
}

Manifest UnknownManifest(std::string_view type) {
  Manifest manifest;
  manifest.media_type = type;
  return manifest;
}

// The media type that both the request and the body agree on.
Result<std::string> EffectiveType(std::string_view request_type, json::Value root) {
  const Field field{nullptr, "mediaType"};
  const json::Value member = root.Find("mediaType");
  TRY_ASSIGN(auto body_type,
             ReadMediaType(member && member.IsNull() ? json::Value() : member, field));
  if (request_type.empty() && body_type.empty())
    return FieldInvalid(field, "is missing, and the request has no Content-Type; send one of them");
  if (request_type.empty() || body_type.empty())
    return body_type.empty() ? std::string(request_type) : body_type;
  if (body_type != request_type)
    return FieldInvalid(field, "is " + Excerpt(body_type) + " but the request's Content-Type is " +
                                   Excerpt(request_type) + "; they must be the same");
  return body_type;
}

// A document that is an index to one reader and an image to another is refused (CVE-2021-41190).
Result<void> CheckShape(ManifestKind kind, const Members& members) {
  if (!members.schema_version || members.schema_version.Int() != 2)
    return FieldInvalid({nullptr, "schemaVersion"}, "must be 2");
  if (kind == ManifestKind::kImage && members.manifests)
    return FieldInvalid({nullptr, "manifests"}, "cannot stand in an image manifest");
  if (kind == ManifestKind::kIndex && members.layers)
    return FieldInvalid({nullptr, "layers"}, "cannot stand in an index");
  if (kind == ManifestKind::kIndex && members.config)
    return FieldInvalid({nullptr, "config"}, "cannot stand in an index");
  if (kind == ManifestKind::kImage && !members.config)
    return FieldInvalid({nullptr, "config"}, "is missing; every image manifest has one");
  for (const auto& [name, list] :
       {std::pair("layers", members.layers), std::pair("manifests", members.manifests)}) {
    if (list && list.size() > kDescriptorsMax)
      return FieldInvalid({nullptr, name}, "has " + std::to_string(list.size()) +
                                               " descriptors; at most " +
                                               std::to_string(kDescriptorsMax) + " are allowed");
  }
  return Ok();
}

Result<Manifest> ReadManifest(ManifestKind kind, std::string type, json::Value root) {
  TRY_ASSIGN(const Members members, FindMembers(root));
  TRY(CheckShape(kind, members));
  Manifest manifest;
  manifest.kind = kind;
  manifest.media_type = std::move(type);
  TRY_ASSIGN(manifest.artifact_type,
             ReadMediaType(members.artifact_type, {nullptr, "artifactType"}));
  if (members.config) {
    TRY_ASSIGN(manifest.config, ReadDescriptor(members.config, {nullptr, "config"}));
    if (manifest.artifact_type.empty()) manifest.artifact_type = manifest.config->media_type;
  }
  if (members.subject) {
    TRY_ASSIGN(manifest.subject, ReadDescriptor(members.subject, {nullptr, "subject"}));
  }
  TRY_ASSIGN(manifest.layers, ReadDescriptors(members.layers, {nullptr, "layers"}));
  TRY_ASSIGN(manifest.manifests, ReadDescriptors(members.manifests, {nullptr, "manifests"}));
  TRY_ASSIGN(manifest.annotations, ReadAnnotations(members.annotations, {nullptr, "annotations"}));
  return manifest;
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view bytes, std::string_view content_type) {
  if (bytes.size() > static_cast<size_t>(kManifestBytesMax))
    return Error(Code::kTooLarge, "manifest_too_large",
                 "the manifest has " + std::to_string(bytes.size()) + " bytes; at most " +
                     std::to_string(kManifestBytesMax) + " are allowed");
  std::string_view request_type = BareMediaType(content_type);
  if (!request_type.empty() && !IsMediaType(request_type))
    return FieldInvalid({nullptr, "Content-Type"},
                        "is no media type: at most 255 printable characters");
  request_type = CanonicalMediaType(request_type);
  if (IsSchema1(request_type)) return Schema1();

  // Of a type that is neither known nor JSON, anything is accepted.
  const bool may_be_opaque = !request_type.empty() && !IsJson(request_type);
  const auto document = json::Document::Parse(bytes, kLimits);
  if (!document.ok()) {
    if (may_be_opaque) return UnknownManifest(request_type);
    return NotJson(document.error());
  }
  const json::Value root = document->root();
  if (!root.IsObject()) {
    if (may_be_opaque) return UnknownManifest(request_type);
    return FieldInvalid({}, "must be a JSON object");
  }
  TRY_ASSIGN(std::string type, EffectiveType(request_type, root));
  if (IsSchema1(type)) return Schema1();
  const ManifestKind kind = KindOf(type);
  if (kind != ManifestKind::kUnknown) return ReadManifest(kind, std::move(type), root);
  const json::Value version = root.Find("schemaVersion");
  if (version && version.Int() == 1) return Schema1();
  return UnknownManifest(type);
}

}  // namespace gantry::oci
