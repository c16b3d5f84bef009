#include "api/token/exchange.h"

#include <optional>
#include <string>
#include <utility>

#include "api/aws_request.h"
#include "api/caller.h"
#include "api/token/parameters.h"
#include "api/trust_name.h"
#include "auth/scope.h"
#include "base/encoding.h"
#include "json/writer.h"

namespace gantry::api::token {
namespace {

constexpr std::string_view kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kTypePrefix = "urn:ietf:params:oauth:token-type:";
constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
constexpr Duration kDefaultLifetime = Seconds(3600);
constexpr int64_t kBodyBytesMax = 64 << 10;

Error InvalidRequest(std::string message) {
  return InvalidArgument("invalid_request", std::move(message));
}

http::Response Json(std::string body) {
  http::Response response;
  response.Add("Content-Type", "application/json; charset=utf-8");
  response.Add("Cache-Control", "no-store");  // a token is a secret (RFC 6749, 5.1)
  response.body = std::move(body);
  return response;
}

// What is asked for must be what there is: an access token for an OpenID Connect token.
Result<void> CheckKinds(const Parameters& parameters) {
  const std::string grant = parameters.Get("grant_type");
  if (grant != kExchangeGrant) {
    return InvalidArgument(
        "unsupported_grant_type",
        "grant_type must be " + std::string(kExchangeGrant) + ", not '" + grant + "'");
  }
  const std::string wanted = parameters.Get("requested_token_type");
  if (!wanted.empty() && wanted != kAccessTokenType) {
    return InvalidRequest("requested_token_type must be " + std::string(kAccessTokenType) +
                          ", not '" + wanted + "'");
  }
  const std::string given = parameters.Get("subject_token_type");
  if (given != std::string(kTypePrefix) + "jwt" && given != std::string(kTypePrefix) + "id_token") {
    return InvalidRequest("subject_token_type must be " + std::string(kTypePrefix) + "jwt or " +
                          std::string(kTypePrefix) + "id_token, not '" + given + "'");
  }
  if (parameters.Get("subject_token").empty()) return InvalidRequest("subject_token is missing");
  if (!parameters.Get("actor_token").empty())
    return InvalidRequest("actor_token: nobody can act for another here");
  return Ok();
}

Result<Duration> LifetimeOf(const Parameters& parameters) {
  const std::string text = parameters.Get("expires_in");
  if (text.empty()) return kDefaultLifetime;
  const auto seconds = ParseDecimal(text);
  if (!seconds || *seconds < auth::kTokenLifetimeMin.micros / 1'000'000 ||
      *seconds > auth::kTokenLifetimeMax.micros / 1'000'000)
    return InvalidRequest("expires_in must be 60 to 43200 seconds, not '" + text + "'");
  return Seconds(*seconds);
}

// The entries that are scopes of registries.
Result<std::optional<std::vector<auth::Scope>>> ScopesOf(const Parameters& parameters,
                                                         const iam::AccountId& account) {
  const std::string text = parameters.Get("scope");
  std::string ours;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string entry = text.substr(at, end - at);
    if (entry.starts_with("repository:") || entry.starts_with("registry:")) ours += entry + " ";
    at = end + 1;
  }
  if (ours.empty()) return std::optional<std::vector<auth::Scope>>();
  TRY_ASSIGN(auto scopes, auth::ParseScopes(account, ours));
  return std::optional(std::move(scopes));
}

std::string ScopesText(const std::vector<auth::Scope>& scopes) {
  std::string text;
  for (const auth::Scope& scope : scopes) text += (text.empty() ? "" : " ") + ScopeText(scope);
  return text;
}

Result<http::Response> Exchange(const ExchangeServices& services, http::Request& request) {
  TRY_ASSIGN(const iam::AccountId visited, VisitedAccount(request));
  TRY_ASSIGN(const Parameters parameters, Parameters::Read(request));
  TRY(CheckKinds(parameters));
  TRY_ASSIGN(const TrustName name, ParseTrustName(parameters.Get("audience")));
  TRY_ASSIGN(const Duration lifetime, LifetimeOf(parameters));
  TRY_ASSIGN(const auto account, AccountOf(services.db, name, visited));
  if (!account) {
    return Error(Code::kUnauthenticated, "token_foreign",
                 "no trust of that name accepts the token's issuer");
  }
  TRY_ASSIGN(const auto scopes, ScopesOf(parameters, *account));
  TRY_ASSIGN(const auth::SessionPtr session,
             services.federation.Exchange(*account, name.trust, parameters.Get("subject_token")));
  SetCaller(request, session);
  TRY_ASSIGN(const auth::IssuedToken token,
             services.tokens.Issue({session.get(), scopes, lifetime}));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("access_token").String(token.token);
  writer.Key("issued_token_type").String(kAccessTokenType);
  writer.Key("token_type").String("Bearer");
  writer.Key("expires_in").Int((token.expires_at - token.issued_at).micros / 1'000'000);
  if (scopes) writer.Key("scope").String(ScopesText(*scopes));
  writer.EndObject();
  return Json(std::move(body));
}

Result<http::Response> Introspect(const ExchangeServices& services, http::Request& request) {
  TRY_ASSIGN(const Parameters parameters, Parameters::Read(request));
  const std::string token = parameters.Get("token");
  if (token.empty()) return InvalidRequest("token is missing");
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  const auto session = services.tokens.Verify(token);
  if (!session.ok() && session.error().code() != Code::kUnauthenticated) return session.error();
  writer.Key("active").Bool(session.ok());
  if (session.ok()) {
    const auth::Session& known = **session;
    SetCaller(request, *session);
    writer.Key("username").String(known.principal.Text());
    writer.Key("sub").String(known.principal.Text());
    writer.Key("account").String(known.principal.account.text());
    writer.Key("iss").String(services.tokens.options().issuer);
    writer.Key("aud").String(services.tokens.options().service);
    writer.Key("jti").String(known.token_id);
    writer.Key("exp").Int(known.expires_at.micros / 1'000'000);
    writer.Key("token_type").String("Bearer");
    if (known.scopes) writer.Key("scope").String(ScopesText(*known.scopes));
  }
  writer.EndObject();
  return Json(std::move(body));
}

struct OAuthError {
  std::string_view name;
  int status;
};

OAuthError OAuthErrorOf(const Error& error) {
  if (error.reason() == "unsupported_grant_type") return {"unsupported_grant_type", 400};
  if (error.reason() == "target_invalid") return {"invalid_target", 400};
  if (error.reason() == "scope_invalid") return {"invalid_scope", 400};
  switch (error.code()) {
    case Code::kUnauthenticated:
      return {"invalid_grant", 400};
    case Code::kPermissionDenied:
      return {"unauthorized_client", 401};
    case Code::kInvalidArgument:
    case Code::kTooLarge:
      return {"invalid_request", 400};
    case Code::kResourceExhausted:
    case Code::kDeadlineExceeded:
    case Code::kUnavailable:
      return {"temporarily_unavailable", 503};
    default:
      return {"server_error", 500};
  }
}

http::Route MakeRoute(const ExchangeServices& services, const char* pattern, const char* name,
                      Result<http::Response> (*handler)(const ExchangeServices&, http::Request&)) {
  http::Route route;
  route.method = http::Method::kPost;
  route.pattern = pattern;
  route.name = name;
  route.action = "handler";  // client authentication is not looked at
  route.body_bytes_max = kBodyBytesMax;
  route.handler = http::Handler([services, handler](http::Request& request) {
    auto response = handler(services, request);
    return response.ok() ? *std::move(response) : RenderExchangeError(response.error());
  });
  return route;
}

}  // namespace

http::Response RenderExchangeError(const Error& error) {
  const OAuthError shown = OAuthErrorOf(error);
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("error").String(shown.name);
  // What went wrong inside is for the log.
  writer.Key("error_description")
      .String(shown.status == 500 ? "something went wrong in the registry" : error.message());
  writer.EndObject();
  http::Response response = Json(std::move(body));
  response.status = shown.status;
  if (shown.status == 503) response.Add("Retry-After", "5");
  return response;
}

std::vector<http::Route> ExchangeRoutes(const ExchangeServices& services) {
  std::vector<http::Route> routes;
  routes.push_back(MakeRoute(services, "/v1/token", "token_exchange", Exchange));
  routes.push_back(MakeRoute(services, "/v1/introspect", "introspect", Introspect));
  return routes;
}

}  // namespace gantry::api::token
