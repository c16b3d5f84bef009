#include "api/sts/api.h"

#include <string>
#include <utility>

#include "api/aws_request.h"
#include "api/caller.h"
#include "api/sts/errors.h"
#include "api/sts/xml_writer.h"
#include "api/trust_name.h"
#include "auth/jwt.h"
#include "base/encoding.h"

namespace gantry::api::sts {
namespace {

constexpr std::string_view kService = "sts";
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr size_t kSessionNameMax = 64;

Error Invalid(std::string message) { return InvalidArgument("validation", std::move(message)); }

Result<std::string> Required(const http::Request& request, const char* name) {
  auto value = request.Form(name);
  if (!value || value->empty()) return Invalid(std::string(name) + " is missing");
  return *std::move(value);
}

Result<Duration> LifetimeOf(const http::Request& request, Duration without) {
  const auto text = request.Form("DurationSeconds");
  if (!text) return without;
  const auto seconds = ParseDecimal(*text);
  if (!seconds || *seconds < auth::kTokenLifetimeMin.micros / kMicrosPerSecond ||
      *seconds > auth::kTokenLifetimeMax.micros / kMicrosPerSecond)
    return Invalid("DurationSeconds must be 60 to 43200, not '" + *text + "'");
  return Seconds(*seconds);
}

// The "aud" of a token, of several the first.
std::string_view AudienceOf(json::Value claims) {
  for (const json::Value audience : claims.Find("aud").Items())
    return audience.String().value_or("");
  return auth::TextClaim(claims, "aud");
}

// "2027-01-01T00:00:00Z"
std::string SecondsText(Time time) { return FormatTime(time).substr(0, 19) + "Z"; }

// A token of a foreign issuer has its own codes.
Error OfWebIdentity(const Error& error) {
  if (error.code() != Code::kUnauthenticated) return error;
  return Error(Code::kUnauthenticated,
               error.reason() == "token_expired" ? "web_token_expired" : "web_token_invalid",
               error.message());
}

void WriteCredentials(XmlWriter& xml, const auth::TemporaryKey& key) {
  xml.Open("Credentials");
  xml.Element("AccessKeyId", key.access_key_id);
  xml.Element("SecretAccessKey", key.secret);
  xml.Element("SessionToken", key.session_token.token);
  xml.Element("Expiration", SecondsText(key.session_token.expires_at));
  xml.Close();
}

// The part of an answer within <…Result>.
using Call = Result<void> (*)(const Services&, http::Request&, XmlWriter&);

Result<void> AssumeRoleWithWebIdentity(const Services& services, http::Request& request,
                                       XmlWriter& xml) {
  TRY_ASSIGN(const iam::AccountId visited, VisitedAccount(request));
  TRY_ASSIGN(const std::string role, Required(request, "RoleArn"));
  TRY_ASSIGN(const std::string session_name, Required(request, "RoleSessionName"));
  TRY_ASSIGN(const std::string token, Required(request, "WebIdentityToken"));
  TRY_ASSIGN(const Duration lifetime, LifetimeOf(request, Seconds(3600)));
  if (session_name.size() > kSessionNameMax) return Invalid("RoleSessionName is over 64 letters");
  TRY_ASSIGN(const TrustName name, ParseTrustName(role));
  TRY_ASSIGN(const auto account, AccountOf(services.db, name, visited));
  if (!account) {
    return Error(Code::kPermissionDenied, "role_unknown",
                 "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
  const auto session = services.federation.Exchange(*account, name.trust, token);
  if (!session.ok()) return OfWebIdentity(session.error());
  SetCaller(request, *session);
  const iam::Principal& principal = (*session)->principal;
  TRY_ASSIGN(const auth::TemporaryKey key,
             services.tokens.IssueTemporaryKey({session->get(), std::nullopt, lifetime}));
  // It was verified by now.
  TRY_ASSIGN(const auth::UnverifiedJwt jwt, auth::ParseJwt(token));
  xml.Element("SubjectFromWebIdentityToken", auth::TextClaim(jwt.claims.root(), "sub"));
  xml.Element("Audience", AudienceOf(jwt.claims.root()));
  xml.Open("AssumedRoleUser");
  xml.Element("Arn", principal.Arn());
  xml.Element("AssumedRoleId",
              principal.name.substr(0, principal.name.find('/')) + ":" + session_name);
  xml.Close();
  WriteCredentials(xml, key);
  xml.Element("Provider", jwt.issuer());
  return Ok();
}

Result<void> GetCallerIdentity(const Services& services, http::Request& request, XmlWriter& xml) {
  TRY_ASSIGN(auto session, AuthenticateSigned(services.authenticator, request, kService));
  SetCaller(request, session);
  const iam::Principal& principal = session->principal;
  xml.Element("Arn", principal.Arn());
  xml.Element("UserId", principal.Text());
  xml.Element("Account", principal.account.text());
  return Ok();
}

Result<void> GetSessionToken(const Services& services, http::Request& request, XmlWriter& xml) {
  TRY_ASSIGN(auto session, AuthenticateSigned(services.authenticator, request, kService));
  SetCaller(request, session);
  TRY_ASSIGN(const Duration lifetime, LifetimeOf(request, auth::kTokenLifetimeMax));
  TRY_ASSIGN(const auth::TemporaryKey key,
             services.tokens.IssueTemporaryKey({session.get(), std::nullopt, lifetime}));
  WriteCredentials(xml, key);
  return Ok();
}

struct Row {
  std::string_view action;
  const char* response;  // the outer element of the answer
  const char* result;
  Call call;
};

constexpr Row kActions[] = {
    {"AssumeRoleWithWebIdentity", "AssumeRoleWithWebIdentityResponse",
     "AssumeRoleWithWebIdentityResult", AssumeRoleWithWebIdentity},
    {"GetCallerIdentity", "GetCallerIdentityResponse", "GetCallerIdentityResult",
     GetCallerIdentity},
    {"GetSessionToken", "GetSessionTokenResponse", "GetSessionTokenResult", GetSessionToken},
};

Result<const Row*> RowOf(const http::Request& request) {
  const auto action = request.Form("Action");
  if (!action) {
    return InvalidArgument("action_missing",
                           "the request has neither an Action in its form nor an X-Amz-Target");
  }
  for (const Row& row : kActions)
    if (row.action == *action) return &row;
  return InvalidArgument("action_invalid", "Could not find operation " + action->substr(0, 100) +
                                               " for version 2011-06-15");
}

Result<std::string> Answer(const Services& services, http::Request& request,
                           std::string_view request_id) {
  TRY_ASSIGN(const Row* row, RowOf(request));
  std::string body;
  XmlWriter xml(body);
  xml.Open(row->response, kNamespace);
  xml.Open(row->result);
  TRY(row->call(services, request, xml));
  xml.Close();
  xml.Open("ResponseMetadata");
  xml.Element("RequestId", request_id);
  xml.Close();
  xml.Close();
  return body;
}

}  // namespace

http::Handler MakeHandler(const Services& services) {
  return [services](http::Request& request) -> http::Response {
    const std::string request_id = AwsRequestId(request);
    auto body = Answer(services, request, request_id);
    if (!body.ok()) return RenderError(body.error(), request_id);
    http::Response response;
    response.Add("Content-Type", "text/xml");
    response.Add("Cache-Control", "no-store");
    response.Add("x-amzn-RequestId", request_id);
    response.body = *std::move(body);
    return response;
  };
}

}  // namespace gantry::api::sts
