#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "api/oci/handlers.h"
#include "api/oci/request.h"
#include "oci/reference.h"

namespace gantry::api::oci {
namespace {

namespace spec = ::gantry::oci;

constexpr size_t kTagParametersMax = 100;

http::Response ManifestResponse(const http::Request& request,
                                const core::StoredManifestPointer& manifest) {
  http::Response response;
  response.headers.reserve(8);
  if (MatchesEtag(request, manifest->digest)) {
    response.status = 304;
  } else {
    response.Add("Content-Type", manifest->media_type);
    response.body = manifest->body;
  }
  response.Add("Docker-Content-Digest", manifest->digest);
  response.Add("ETag", '"' + manifest->digest + '"');
  return response;
}

std::optional<http::Response> GetCached(const Services& services, const http::Request& request) {
  const auto repository = RepositoryTextOf(request);
  const auto manifest =
      services.manifests.FindCached(repository.view(), request.Parameter("reference"));
  if (manifest == nullptr) return std::nullopt;
  return ManifestResponse(request, manifest);
}

Result<http::Response> Get(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto reference, spec::ParseReference(request.Parameter("reference")));
  TRY_ASSIGN(const auto manifest, services.manifests.Get(repository, reference));
  return ManifestResponse(request, manifest);
}

Result<std::vector<spec::Tag>> TagParameters(const http::Request& request) {
  std::vector<spec::Tag> tags;
  for (const auto& text : request.QueryAll("tag")) {
    TRY_ASSIGN(auto tag, spec::Tag::Parse(text));
    tags.push_back(std::move(tag));
  }
  if (tags.size() > kTagParametersMax) {
    return InvalidArgument("tag_invalid", "a push can set at most " +
                                              std::to_string(kTagParametersMax) + " tags, not " +
                                              std::to_string(tags.size()));
  }
  return tags;
}

// OCI distribution 1.1, pushing manifests; the `tag` parameters are of the coming version.
Result<http::Response> Put(const Services& services, http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(auto reference, spec::ParseReference(request.Parameter("reference")));
  TRY_ASSIGN(auto tags, TagParameters(request));
  TRY_ASSIGN(auto digest, QueryDigest(request, "digest"));
  const core::PutManifest put{std::move(reference), std::move(tags), std::move(digest),
                              std::string(request.Header("Content-Type").value_or("")),
                              std::move(request.body)};
  TRY_ASSIGN(const auto stored, services.manifests.Put(repository, put));
  http::Response response;
  response.status = 201;
  response.Add("Location", RepositoryPath(request).Manifest(stored.digest.text()));
  response.Add("Docker-Content-Digest", stored.digest.text());
  if (stored.subject) response.Add("OCI-Subject", stored.subject->text());
  for (const auto& tag : put.tags) response.Add("OCI-Tag", tag.text());
  return response;
}

Result<http::Response> Delete(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto reference, spec::ParseReference(request.Parameter("reference")));
  if (const auto* tag = std::get_if<spec::Tag>(&reference)) {
    TRY(services.manifests.DeleteTag(repository, *tag, "api"));
  } else {
    TRY(services.manifests.DeleteManifest(repository, std::get<spec::Digest>(reference), "api"));
  }
  http::Response response;
  response.status = 202;
  return response;
}

}  // namespace

std::vector<http::Route> ManifestRoutes(const Services& services) {
  const std::string pattern = "/v2/{name...}/manifests/{reference}";
  std::vector<http::Route> routes(3);
  routes[0].pattern = pattern;
  routes[0].name = "manifest_get";
  routes[0].action = "repository:Pull";
  routes[0].handler = Handle([services](auto& request) { return Get(services, request); });
  routes[0].inline_handler = [services](auto& request) { return GetCached(services, request); };
  routes[1].method = http::Method::kPut;
  routes[1].pattern = pattern;
  routes[1].name = "manifest_put";
  routes[1].action = "repository:Push";
  routes[1].body_bytes_max = spec::kManifestBytesMax;
  routes[1].handler = Handle([services](auto& request) { return Put(services, request); });
  routes[2].method = http::Method::kDelete;
  routes[2].pattern = pattern;
  routes[2].name = "manifest_delete";
  routes[2].action = "repository:Delete";
  routes[2].handler = Handle([services](auto& request) { return Delete(services, request); });
  return routes;
}

}  // namespace gantry::api::oci
