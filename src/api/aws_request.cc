#include "api/aws_request.h"

#include <algorithm>
#include <utility>

#include "auth/credentials.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::api {
namespace {

constexpr int64_t kBodyBytesMax = 28 << 20;  // a layer part of 20 MiB in base64
constexpr size_t kUuidGroups[] = {8, 4, 4, 4, 12};

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<iam::AccountId> VisitedAccount(const http::Request& request) {
  if (request.account.empty()) return iam::AccountId::Default();
  auto parsed = iam::AccountId::Parse(request.account);
  if (parsed.ok()) return parsed;
  return Error(Code::kUnauthenticated, "account_unknown",
               "no account has the name that " + request.authority + " stands for");
}

Result<auth::SessionPtr> AuthenticateSigned(auth::Authenticator& authenticator,
                                            const http::Request& request,
                                            std::string_view service) {
  TRY_ASSIGN(const iam::AccountId account, VisitedAccount(request));
  const std::vector<std::string_view> values = request.Headers("Authorization");
  if (values.empty()) {
    return Error(Code::kUnauthenticated, "signature_missing",
                 "the request has no Authorization header; sign it with an access key");
  }
  if (auth::SplitScheme(values.front()).scheme != auth::Scheme::kSigV4) {
    return Error(Code::kUnauthenticated, "signature_incomplete",
                 "the Authorization header is not an AWS4-HMAC-SHA256 signature");
  }
  auth::HeaderList headers = request.headers();
  // h2 has it as :authority.
  if (!request.Header("host")) headers.emplace_back("host", request.authority);
  const std::string body_sha256 = HexEncode(crypto::Sha256(request.body));
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  auth::SigV4Request signed_request;
  signed_request.method = http::MethodName(request.method);
  signed_request.path = path;
  signed_request.query = request.query;
  signed_request.headers = &headers;
  signed_request.body_sha256 = body_sha256;
  auth::Attempt attempt;
  attempt.authorization = values;
  attempt.account = account;
  attempt.peer = request.peer;
  attempt.signed_request = &signed_request;
  attempt.service = service;
  return authenticator.Authenticate(attempt);
}

std::string AwsRequestId(const http::Request& request) {
  const std::string_view id = request.id;
  if (id.size() != 32 || !IsHex(id)) return request.id;
  std::string uuid;
  size_t at = 0;
  for (const size_t length : kUuidGroups) {
    uuid += (uuid.empty() ? "" : "-") + std::string(id.substr(at, length));
    at += length;
  }
  return uuid;
}

http::Route AwsRoute(http::Handler json, http::Handler query) {
  http::Route route;
  route.method = http::Method::kPost;
  route.pattern = "/";
  route.name = "aws";
  route.action = "handler";
  route.body_bytes_max = kBodyBytesMax;
  route.handler = http::Handler(
      [json = std::move(json), query = std::move(query)](http::Request& request) -> http::Response {
        return request.Header("X-Amz-Target") ? json(request) : query(request);
      });
  return route;
}

}  // namespace gantry::api
