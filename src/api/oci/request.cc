#include "api/oci/request.h"

#include <algorithm>
#include <optional>

#include "api/oci/errors.h"
#include "base/encoding.h"
#include "oci/reference.h"

namespace gantry::api::oci {

namespace spec = ::gantry::oci;

namespace {

constexpr std::string_view kRoot = "/v2/";

}  // namespace

Result<iam::AccountId> AccountOf(const http::Request& request) {
  if (request.account.empty()) return iam::AccountId::Default();
  if (request.account == http::kUnknownAccount) {
    return NotFound("name_unknown", "there is no account of that name here");
  }
  return iam::AccountId::Parse(request.account);
}

Result<meta::RepositoryKey> RepositoryOf(const http::Request& request) {
  TRY_ASSIGN(const auto account, AccountOf(request));
  TRY_ASSIGN(const auto name, spec::RepositoryName::Parse(request.Parameter("name")));
  return meta::RepositoryKey(account, name);
}

meta::RepositoryKeyText RepositoryTextOf(const http::Request& request) {
  const auto fallback = iam::AccountId::Default();
  return {request.account.empty() ? fallback.text() : request.account, request.Parameter("name")};
}

Result<std::optional<meta::RepositoryKey>> MountSourceOf(const http::Request& request,
                                                         std::string_view from) {
  const std::optional<meta::RepositoryKey> none;
  TRY_ASSIGN(const auto account, AccountOf(request));
  if (!request.path_prefix.empty()) {
    if (!from.starts_with(request.path_prefix)) return none;
    from.remove_prefix(request.path_prefix.size());
  }
  TRY_ASSIGN(const auto name, spec::RepositoryName::Parse(from));
  return std::optional(meta::RepositoryKey(account, name));
}

Result<spec::Digest> DigestOf(const http::Request& request) {
  return spec::Digest::Parse(request.Parameter("digest"));
}

Result<std::optional<spec::Digest>> QueryDigest(const http::Request& request,
                                                std::string_view name) {
  const auto text = request.Query(name);
  if (!text) return std::optional<spec::Digest>();
  TRY_ASSIGN(auto digest, spec::Digest::Parse(*text));
  return std::optional<spec::Digest>(std::move(digest));
}

Result<PageRequest> PageOf(const http::Request& request, int64_t fallback, int64_t max) {
  PageRequest page;
  page.last = request.Query("last").value_or("");
  page.limit = fallback;
  const auto n = request.Query("n");
  if (!n) return page;
  const auto number = ParseDecimal(*n);
  if (!number) {
    return InvalidArgument("page_invalid",
                           "n must be a whole number of at least 0, not \"" + *n + "\"")
        .With("n", *n);
  }
  page.limit = std::min(*number, max);
  return page;
}

void AddNextLink(http::Response& response, const http::Request& request,
                 const QueryParameters& parameters) {
  std::string link = "<" + request.path;
  if (!request.path_prefix.empty()) link.insert(1 + kRoot.size(), request.path_prefix);
  char separator = '?';
  for (const auto& [key, value] : parameters) {
    if (value.empty()) continue;
    link += separator;
    link += key;
    link += '=';
    link += PercentEncode(value);
    separator = '&';
  }
  link += ">; rel=\"next\"";
  response.Add("Link", link);
}

RepositoryPath::RepositoryPath(const http::Request& request) : text_(kRoot) {
  text_.append(request.path_prefix).append(request.Parameter("name"));
}

std::string RepositoryPath::Manifest(std::string_view reference) const {
  return text_ + "/manifests/" + std::string(reference);
}

std::string RepositoryPath::Blob(std::string_view digest) const {
  return text_ + "/blobs/" + std::string(digest);
}

std::string RepositoryPath::Upload(std::string_view id) const {
  return text_ + "/blobs/uploads/" + std::string(id);
}

bool MatchesEtag(const http::Request& request, std::string_view tag) {
  const auto header = request.Header("If-None-Match");
  if (!header) return false;
  if (*header == "*") return true;
  for (size_t at = header->find(tag); at != std::string_view::npos;
       at = header->find(tag, at + 1)) {
    const size_t end = at + tag.size();
    if (at > 0 && (*header)[at - 1] == '"' && end < header->size() && (*header)[end] == '"') {
      return true;
    }
  }
  return false;
}

void AddVersion(http::Response& response) {
  response.Add("Docker-Distribution-Api-Version", "registry/2.0");
}

http::Response JsonResponse(std::string body, std::string_view content_type) {
  http::Response response;
  response.Add("Content-Type", content_type);
  response.body = std::move(body);
  return response;
}

http::Handler Handle(std::function<Result<http::Response>(http::Request&)> handler) {
  return [handler = std::move(handler)](http::Request& request) {
    auto response = handler(request);
    return response.ok() ? std::move(response).value() : RenderError(response.error());
  };
}

}  // namespace gantry::api::oci
