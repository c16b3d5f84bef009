#include "api/ecr/reads.h"

#include <utility>

#include "api/ecr/errors.h"
#include "meta/manifests.h"
#include "meta/repositories.h"

namespace gantry::api::ecr {
namespace {

FoundImage Failed(const char* failure, std::string reason) {
  return {std::nullopt, failure, std::move(reason)};
}

FoundImage NotThere() { return Failed("ImageNotFound", "Requested image not found"); }

// Digests of other algorithms, and tags that no registry takes, are well formed for ECR.
bool HasDigestForm(std::string_view text) {
  const size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 &&
         text.find_first_not_of("0123456789abcdefABCDEF", colon + 1) == std::string_view::npos &&
         colon + 1 < text.size();
}

// The digest that the tag names; nullopt: there is no such tag.
Result<std::optional<oci::Digest>> DigestOfTag(db::Tx& tx, const meta::RepositoryKey& key,
                                               const std::string& text) {
  const auto tag = oci::Tag::Parse(text);
  if (!tag.ok()) return std::optional<oci::Digest>();
  TRY_ASSIGN(const auto manifest, meta::ReadTaggedManifest(tx, key, *tag));
  if (!manifest) return std::optional<oci::Digest>();
  TRY_ASSIGN(const auto digest, oci::Digest::Parse(manifest->row.digest));
  return std::optional(digest);
}

Result<FoundImage> FindIn(db::Tx& tx, const meta::RepositoryKey& key, meta::RepositoryId repository,
                          const ImageId& id) {
  std::optional<oci::Digest> wanted;
  if (!id.tag.empty()) {
    TRY_ASSIGN(wanted, DigestOfTag(tx, key, id.tag));
    if (!wanted) return NotThere();
    if (!id.digest.empty() && id.digest != wanted->text()) {
      return Failed(
          "ImageTagDoesNotMatchDigest",
          "Requested image tag '" + id.tag + "' does not match the digest '" + id.digest + "'");
    }
  } else {
    const auto digest = oci::Digest::Parse(id.digest);
    if (!digest.ok()) return NotThere();
    wanted = *digest;
  }
  TRY_ASSIGN(auto image, meta::FindImage(tx, repository, *wanted));
  if (!image) return NotThere();
  return FoundImage{std::move(image), "", ""};
}

}  // namespace

Result<void> RequireRepository(const Call& call, const meta::RepositoryKey& key) {
  return call.services.access.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, meta::FindRepositoryId(tx, key));
    return id ? Ok() : Result<void>(RepositoryNotFound(call));
  });
}

ImageId ImageIdOf(json::Value value) {
  const auto text = [&](const char* name) {
    const json::Value member = value ? value.Find(name) : json::Value();
    return std::string(member ? member.String().value_or("") : "");
  };
  return {text("imageDigest"), text("imageTag")};
}

Result<FoundImage> FindImage(const Call& call, const meta::RepositoryKey& key, const ImageId& id) {
  if (id.digest.empty() && id.tag.empty()) {
    return Failed("MissingDigestAndTag",
                  "Invalid request parameters: both tag and digest cannot be null");
  }
  if (!id.digest.empty() && !HasDigestForm(id.digest)) {
    return Failed("InvalidImageDigest",
                  "Invalid request parameters: image digest should satisfy the regex "
                  "'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  }
  FoundImage found;
  TRY(call.services.access.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto repository, meta::FindRepositoryId(tx, key));
    if (!repository) return RepositoryNotFound(call);
    TRY_ASSIGN(found, FindIn(tx, key, *repository, id));
    return Ok();
  }));
  return found;
}

Result<meta::Image> RequireImage(const Call& call, const meta::RepositoryKey& key,
                                 const ImageId& id) {
  TRY_ASSIGN(auto found, FindImage(call, key, id));
  if (found.image) return *std::move(found.image);
  const std::string_view failure = found.failure;
  if (failure == "MissingDigestAndTag" || failure == "InvalidImageDigest")
    return ParameterInvalid("imageId", found.reason);
  return ImageNotFound(call, id.digest, id.tag);
}

}  // namespace gantry::api::ecr
