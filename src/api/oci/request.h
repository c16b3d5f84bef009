#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "http/handler.h"
#include "oci/digest.h"
#include "oci/reference.h"

// What the handlers of this dialect share: reading a request, paging, answering.
namespace gantry::api::oci {

Result<::gantry::oci::RepositoryName> NameOf(const http::Request& request);
// The digest that stands in the path parameter "digest".
Result<::gantry::oci::Digest> DigestOf(const http::Request& request);
// nullopt when the query has none of that name.
Result<std::optional<::gantry::oci::Digest>> QueryDigest(const http::Request& request,
                                                         std::string_view name);

struct PageRequest {
  int64_t limit = 0;
  std::string last;
};
// `n` and `last`: `limit` is `fallback` without n and at most `max`. invalid_argument/page_invalid
// when n is not a number of at least 0.
Result<PageRequest> PageOf(const http::Request& request, int64_t fallback, int64_t max);

using QueryParameters = std::initializer_list<std::pair<std::string_view, std::string_view>>;
// Adds `Link: <path?parameters>; rel="next"`; parameters with an empty value are left out.
void AddNextLink(http::Response& response, const std::string& path,
                 const QueryParameters& parameters);

std::string ManifestPath(const ::gantry::oci::RepositoryName& name, std::string_view reference);
std::string BlobPath(const ::gantry::oci::RepositoryName& name, std::string_view digest);
std::string UploadPath(const ::gantry::oci::RepositoryName& name, std::string_view id);

// Whether If-None-Match names this entity (RFC 9110, 13.1.2; `tag` without quotes).
bool MatchesEtag(const http::Request& request, std::string_view tag);

http::Response JsonResponse(std::string body, std::string_view content_type = "application/json");

// A handler that may fail: errors are rendered in this dialect's form.
http::Handler Handle(std::function<Result<http::Response>(http::Request&)> handler);

}  // namespace gantry::api::oci
