#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "http/handler.h"
#include "iam/account_id.h"
#include "meta/repository_key.h"
#include "oci/digest.h"

// What the handlers of this dialect share: reading a request, paging, answering.
namespace gantry::api::oci {

// The account that the request was sent to. not_found/name_unknown.
Result<iam::AccountId> AccountOf(const http::Request& request);
// The repository that stands in the path parameter "name", in that account.
Result<meta::RepositoryKey> RepositoryOf(const http::Request& request);
// The same for a look-up in a cache: not checked, not allocated.
meta::RepositoryKeyText RepositoryTextOf(const http::Request& request);
// The repository that the query parameter "from" names; nullopt when it is one of another account.
Result<std::optional<meta::RepositoryKey>> MountSourceOf(const http::Request& request,
                                                         std::string_view from);
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
// Adds `Link: <path?parameters>; rel="next"` with the path of the request; parameters with an empty
// value are left out.
void AddNextLink(http::Response& response, const http::Request& request,
                 const QueryParameters& parameters);

// Where things of the request's repository are, for Location headers: under the name by which the
// client reached it.
class RepositoryPath {
 public:
  // REQUIRES: the route has the parameter "name".
  explicit RepositoryPath(const http::Request& request);
  std::string Manifest(std::string_view reference) const;
  std::string Blob(std::string_view digest) const;
  std::string Upload(std::string_view id) const;

 private:
  std::string text_;  // "/v2/myapp/api"
};

// Whether If-None-Match names this entity (RFC 9110, 13.1.2; `tag` without quotes).
bool MatchesEtag(const http::Request& request, std::string_view tag);

// Says that this is a registry. Older docker clients take a challenge without it for none of one.
void AddVersion(http::Response& response);

http::Response JsonResponse(std::string body, std::string_view content_type = "application/json");

// A handler that may fail: errors are rendered in this dialect's form.
http::Handler Handle(std::function<Result<http::Response>(http::Request&)> handler);

}  // namespace gantry::api::oci
