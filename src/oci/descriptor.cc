#include "oci/descriptor.h"

#include <utility>

#include "base/encoding.h"
#include "oci/excerpt.h"
#include "oci/media_type.h"

namespace gantry::oci {
namespace {

// The values of a descriptor's members; what is absent is false.
struct Members {
  json::Value media_type, digest, size, artifact_type, urls, data, platform, annotations;
};

Result<Members> FindMembers(json::Value object, const Field& field) {
  if (!object.IsObject()) return FieldInvalid(field, "must be a descriptor, which is an object");
  Members found;
  const Slot slots[] = {{"mediaType", &found.media_type},
                        {"digest", &found.digest},
                        {"size", &found.size},
                        {"annotations", &found.annotations},
                        {"platform", &found.platform},
                        {"artifactType", &found.artifact_type},
                        {"urls", &found.urls},
                        {"data", &found.data}};
  TRY(TakeFields(object, field, slots));
  return found;
}

Result<Digest> ReadDigest(json::Value value, const Field& field) {
  if (!value) return FieldInvalid(field, "is missing; every descriptor has one");
  TRY_ASSIGN(const auto text, StringField(value, field));
  auto digest = Digest::Parse(text);
  if (!digest.ok()) return FieldInvalid(field, "is not usable: " + digest.error().message());
  return digest;
}

Result<int64_t> ReadSize(json::Value value, const Field& field) {
  if (!value) return FieldInvalid(field, "is missing; every descriptor has one");
  const auto size = value.Int();
  if (!size) return FieldInvalid(field, "must be a whole number below 2^63");
  if (*size < 0)
    return FieldInvalid(field, "is " + std::to_string(*size) + "; it cannot be negative");
  return *size;
}

Result<std::vector<std::string>> ReadStrings(json::Value value, const Field& field) {
  std::vector<std::string> texts;
  if (!value.IsArray()) return FieldInvalid(field, "must be an array of strings");
  texts.reserve(value.size());
  for (const auto item : value.Items()) {
    TRY_ASSIGN(const auto text, StringField(item, {field.parent, field.name, texts.size()}));
    texts.emplace_back(text);
  }
  return texts;
}

Result<Platform> ReadPlatform(json::Value value, const Field& field) {
  if (!value.IsObject()) return FieldInvalid(field, "must be an object");
  Platform platform;
  const std::pair<std::string_view, std::string*> members[] = {
      {"architecture", &platform.architecture},
      {"os", &platform.os},
      {"variant", &platform.variant},
      {"os.version", &platform.os_version}};
  for (const auto [key, member] : value.Members()) {
    for (const auto& [name, text] : members) {
      if (key != name || member.IsNull()) continue;
      TRY_ASSIGN(*text, StringField(member, {&field, name}));
    }
  }
  return platform;
}

// The bytes that a descriptor carries itself (OCI image 1.1, descriptor, embedded content).
Result<std::string> ReadData(json::Value value, const Field& field, const Descriptor& descriptor) {
  TRY_ASSIGN(const auto text, StringField(value, field));
  auto bytes = Base64Decode(text);
  if (!bytes) return FieldInvalid(field, "is not base64 (RFC 4648, section 4)");
  if (static_cast<int64_t>(bytes->size()) != descriptor.size)
    return FieldInvalid(field, "has " + std::to_string(bytes->size()) + " bytes where size says " +
                                   std::to_string(descriptor.size));
  if (Digest::Of(descriptor.digest.algorithm(), *bytes) != descriptor.digest)
    return FieldInvalid(field, "does not have the digest " + descriptor.digest.text());
  return std::move(*bytes);
}

// Those that most descriptors do not have. `descriptor` has its digest and size.
Result<void> ReadOptionalMembers(const Members& members, const Field& field,
                                 Descriptor& descriptor) {
  if (members.artifact_type) {
    TRY_ASSIGN(descriptor.artifact_type,
               ReadMediaType(members.artifact_type, {&field, "artifactType"}));
  }
  if (members.urls) {
    TRY_ASSIGN(descriptor.urls, ReadStrings(members.urls, {&field, "urls"}));
  }
  if (members.data) {
    TRY_ASSIGN(descriptor.data, ReadData(members.data, {&field, "data"}, descriptor));
  }
  if (members.platform) {
    TRY_ASSIGN(descriptor.platform, ReadPlatform(members.platform, {&field, "platform"}));
  }
  if (members.annotations) {
    TRY_ASSIGN(descriptor.annotations,
               ReadAnnotations(members.annotations, {&field, "annotations"}));
  }
  return Ok();
}

}  // namespace

bool Descriptor::IsNondistributable() const {
  return media_type.starts_with("application/vnd.oci.image.layer.nondistributable.") ||
         media_type.starts_with("application/vnd.docker.image.rootfs.foreign.");
}

Result<std::string> ReadMediaType(json::Value value, const Field& field) {
  TRY_ASSIGN(const auto text, StringField(value, field));
  if (!text.empty() && !IsMediaType(text))
    return FieldInvalid(
        field,
        "is " + Excerpt(text) + ", which is no media type: at most 255 printable ASCII characters");
  return std::string(text);
}

Result<Annotations> ReadAnnotations(json::Value value, const Field& field) {
  Annotations annotations;
  if (!value) return annotations;
  if (!value.IsObject()) return FieldInvalid(field, "must be an object of strings");
  annotations.reserve(value.size());
  for (const auto [key, member] : value.Members()) {
    TRY_ASSIGN(const auto text, StringField(member, {&field, key}));
    annotations.emplace_back(key, text);
  }
  return annotations;
}

Result<Descriptor> ReadDescriptor(json::Value value, const Field& field) {
  TRY_ASSIGN(const Members members, FindMembers(value, field));
  const Field media_type_field{&field, "mediaType"};
  TRY_ASSIGN(auto media_type, ReadMediaType(members.media_type, media_type_field));
  if (media_type.empty())
    return FieldInvalid(media_type_field, "is missing; every descriptor has one");
  TRY_ASSIGN(auto digest, ReadDigest(members.digest, {&field, "digest"}));
  TRY_ASSIGN(const auto size, ReadSize(members.size, {&field, "size"}));
  Descriptor descriptor{std::move(media_type), std::move(digest), size, {}, {}, {}, {}, {}};
  TRY(ReadOptionalMembers(members, field, descriptor));
  return descriptor;
}

Result<std::vector<Descriptor>> ReadDescriptors(json::Value value, const Field& field) {
  std::vector<Descriptor> descriptors;
  if (!value) return descriptors;
  if (!value.IsArray()) return FieldInvalid(field, "must be an array of descriptors");
  descriptors.reserve(value.size());
  for (const auto item : value.Items()) {
    TRY_ASSIGN(auto descriptor,
               ReadDescriptor(item, {field.parent, field.name, descriptors.size()}));
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

}  // namespace gantry::oci
