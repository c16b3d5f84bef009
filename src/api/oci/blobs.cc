#include <optional>
#include <string>

#include "api/blob_body.h"
#include "api/oci/errors.h"
#include "api/oci/handlers.h"
#include "api/oci/range.h"
#include "api/oci/request.h"

namespace gantry::api::oci {
namespace {

void AddBlobHeaders(http::Response& response, std::string_view digest) {
  response.Add("Content-Type", "application/octet-stream");
  response.Add("Docker-Content-Digest", digest);
  response.Add("ETag", '"' + std::string(digest) + '"');
  response.Add("Accept-Ranges", "bytes");
  response.Add("Cache-Control", "max-age=31536000, immutable");
}

http::Response BlobResponse(const http::Request& request, const core::BlobPointer& blob) {
  const std::string_view digest = request.Parameter("digest");
  const int64_t size = blob->size();
  http::Response response;
  response.headers.reserve(10);
  AddBlobHeaders(response, digest);
  if (MatchesEtag(request, digest)) {
    response.status = 304;
    return response;
  }
  const auto range = ParseRange(request.Header("Range"), size);
  if (!range.ok()) {
    response = RenderError(range.error());
    response.Add("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  if (!*range) {
    response.body = BlobBody(blob, 0, size);
    return response;
  }
  response.status = 206;
  const ByteRange& part = **range;
  response.Add("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                    std::to_string(part.first + part.length - 1) + "/" +
                                    std::to_string(size));
  response.body = BlobBody(blob, part.first, part.length);
  return response;
}

std::optional<http::Response> GetCached(const Services& services, const http::Request& request) {
  if (request.method == http::Method::kHead) return std::nullopt;  // Stat renews leases
  const auto repository = RepositoryTextOf(request);
  const auto blob = services.blobs.FindCached(repository.view(), request.Parameter("digest"));
  if (blob == nullptr) return std::nullopt;
  return BlobResponse(request, blob);
}

Result<http::Response> Get(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto digest, DigestOf(request));
  if (request.method == http::Method::kHead) {
    TRY_ASSIGN(const int64_t size, services.blobs.Stat(repository, digest));
    http::Response response;
    AddBlobHeaders(response, digest.text());
    response.Add("Content-Length", std::to_string(size));
    return response;
  }
  TRY_ASSIGN(const auto blob, services.blobs.Open(repository, digest));
  return BlobResponse(request, blob);
}

Result<http::Response> Delete(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto digest, DigestOf(request));
  TRY(services.blobs.Delete(repository, digest, "api"));
  http::Response response;
  response.status = 202;
  return response;
}

}  // namespace

std::vector<http::Route> BlobRoutes(const Services& services) {
  const std::string pattern = "/v2/{name...}/blobs/{digest}";
  std::vector<http::Route> routes(2);
  routes[0].pattern = pattern;
  routes[0].name = "blob_get";
  routes[0].action = "repository:Pull";
  routes[0].handler = Handle([services](auto& request) { return Get(services, request); });
  routes[0].inline_handler = [services](auto& request) { return GetCached(services, request); };
  routes[1].method = http::Method::kDelete;
  routes[1].pattern = pattern;
  routes[1].name = "blob_delete";
  routes[1].action = "repository:Delete";
  routes[1].handler = Handle([services](auto& request) { return Delete(services, request); });
  return routes;
}

}  // namespace gantry::api::oci
