#include "api/token/api.h"

#include <optional>
#include <string>
#include <utility>

#include "api/caller.h"
#include "auth/scope.h"
#include "base/encoding.h"
#include "json/writer.h"

namespace gantry::api::token {
namespace {

constexpr Duration kAccessLifetime = Seconds(300);

http::Response Json(std::string body) {
  http::Response response;
  response.Add("Content-Type", "application/json");
  // A token is a secret (RFC 6749, 5.1).
  response.Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

iam::AccountId AccountOf(const http::Request& request) {
  const auto parsed = iam::AccountId::Parse(request.account);
  return parsed.ok() ? *parsed : iam::AccountId::Default();
}

iam::RequestContext ContextOf(const http::Request& request) {
  iam::RequestContext context;
  context.now = request.received;
  context.source_ip = request.peer;
  context.user_agent = std::string(request.Header("User-Agent").value_or(""));
  context.secure_transport = request.scheme == "https";
  return context;
}

// The part of an entry that policies permit.
Result<std::vector<std::string>> Permitted(const Services& services, const auth::Session& session,
                                           const auth::Scope& scope,
                                           const iam::RequestContext& context) {
  const auto resource = scope.type == "repository"
                            ? iam::Resource::Repository(scope.account, scope.name)
                            : iam::Resource::Account(scope.account);
  std::vector<std::string> permitted;
  for (const std::string& action : scope.actions) {
    auth::Scope one = scope;
    one.actions = {action};
    bool all = true;
    for (const iam::Action needed : auth::ActionsOf(one).List()) {
      // A repository that is made by its first push needs no right but to push where it exists.
      if (needed == iam::Action::kRepositoryCreate && action == "push") continue;
      TRY_ASSIGN(const iam::Decision decision,
                 services.authorizer.Decide(session, needed, resource, context));
      all = all && decision.allowed();
    }
    if (all) permitted.push_back(action);
  }
  return permitted;
}

Result<std::vector<auth::Scope>> Grant(const Services& services, const auth::Session& session,
                                       const http::Request& request,
                                       const std::vector<std::string>& wanted) {
  std::string text;
  for (const std::string& scope : wanted) text += scope + " ";
  TRY_ASSIGN(auto scopes, auth::ParseScopes(AccountOf(request), text));
  const iam::RequestContext context = ContextOf(request);
  std::vector<auth::Scope> granted;
  for (auth::Scope& scope : scopes) {
    TRY_ASSIGN(scope.actions, Permitted(services, session, scope, context));
    if (!scope.actions.empty()) granted.push_back(std::move(scope));
  }
  return granted;
}

struct Asked {
  std::vector<std::string> scopes;
  bool offline = false;  // a token to get others with, for later
};

Result<http::Response> Issue(const Services& services, const http::Request& request,
                             const auth::Session& session, const Asked& asked) {
  TRY_ASSIGN(auto granted, Grant(services, session, request, asked.scopes));
  std::string scope_text;
  for (const auth::Scope& scope : granted)
    scope_text += (scope_text.empty() ? "" : " ") + auth::ScopeText(scope);
  TRY_ASSIGN(const auth::IssuedToken token,
             services.tokens.Issue({&session, std::move(granted), kAccessLifetime}));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("token").String(token.token);
  writer.Key("access_token").String(token.token);
  writer.Key("token_type").String("Bearer");
  writer.Key("scope").String(scope_text);
  writer.Key("expires_in").Int((token.expires_at - token.issued_at).micros / 1'000'000);
  writer.Key("issued_at").String(FormatTime(token.issued_at));
  // A robot's secret is made for its machine; a person's password had better not stay on a disk.
  if (asked.offline && session.principal.kind == iam::PrincipalKind::kUser) {
    TRY_ASSIGN(const auth::IssuedToken refresh,
               services.tokens.Issue({&session, std::nullopt, auth::kTokenLifetimeMax}));
    writer.Key("refresh_token").String(refresh.token);
  }
  writer.EndObject();
  return Json(std::move(body));
}

// "repository:a:pull repository:b:push" and repeated parameters are both in use.
Result<http::Response> Get(const Services& services, http::Request& request) {
  Asked asked;
  asked.scopes = request.QueryAll("scope");
  asked.offline = request.Query("offline_token") == "true";
  return Issue(services, request, CallerOf(request), asked);
}

Error GrantInvalid(const char* reason, std::string message) {
  return Error(Code::kInvalidArgument, reason, std::move(message));
}

// The Authorization header that a form stands for.
Result<std::string> AuthorizationOf(const http::Request& request) {
  const std::string grant = request.Form("grant_type").value_or("");
  if (grant == "password") {
    return "Basic " + Base64Encode(request.Form("username").value_or("") + ":" +
                                   request.Form("password").value_or(""));
  }
  if (grant == "refresh_token") return "Bearer " + request.Form("refresh_token").value_or("");
  return GrantInvalid("unsupported_grant_type",
                      "grant_type must be password or refresh_token, not '" + grant + "'");
}

Result<http::Response> Post(const Services& services, http::Request& request) {
  TRY_ASSIGN(const std::string authorization, AuthorizationOf(request));
  const std::string_view value = authorization;
  auth::Attempt attempt;
  attempt.authorization = {&value, 1};
  attempt.account = AccountOf(request);
  attempt.peer = request.peer;
  TRY_ASSIGN(auto session, services.authenticator.Authenticate(attempt));
  SetCaller(request, session);
  Asked asked;
  asked.scopes = request.FormAll("scope");
  asked.offline = request.Form("access_type") == "offline";
  return Issue(services, request, *session, asked);
}

http::Handler Handle(Services services,
                     Result<http::Response> (*handler)(const Services&, http::Request&)) {
  return [services, handler](http::Request& request) {
    auto response = handler(services, request);
    return response.ok() ? *std::move(response) : RenderError(response.error());
  };
}

std::string_view OAuthError(const Error& error) {
  if (error.reason() == "unsupported_grant_type") return "unsupported_grant_type";
  if (error.reason() == "scope_invalid") return "invalid_scope";
  if (error.code() == Code::kUnauthenticated) return "invalid_grant";
  if (error.code() == Code::kInvalidArgument) return "invalid_request";
  return "temporarily_unavailable";
}

int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kResourceExhausted:
      return 429;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

http::Response RenderError(const Error& error) {
  const int status = StatusOf(error.code());
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("errors").BeginArray().BeginObject();
  writer.Key("code").String(status == 401   ? "UNAUTHORIZED"
                            : status == 403 ? "DENIED"
                            : status == 429 ? "TOOMANYREQUESTS"
                                            : "UNKNOWN");
  writer.Key("message").String(error.message());
  writer.EndObject().EndArray();
  writer.Key("error").String(OAuthError(error));
  writer.Key("error_description").String(error.message());
  writer.EndObject();
  http::Response response = Json(std::move(body));
  response.status = status;
  return response;
}

std::vector<http::Route> Routes(const Services& services) {
  std::vector<http::Route> routes(3);
  routes[0].pattern = "/token";
  routes[0].name = "token";
  routes[0].action = "anyone";
  routes[0].handler = Handle(services, Get);
  routes[1] = routes[0];
  routes[1].method = http::Method::kPost;
  routes[1].body_bytes_max = 64 << 10;
  routes[1].handler = Handle(services, Post);
  routes[2].pattern = "/.well-known/jwks.json";
  routes[2].name = "jwks";
  routes[2].handler = http::Handler([services](http::Request&) {
    http::Response response;
    response.Add("Content-Type", "application/jwk-set+json");
    response.Add("Cache-Control", "public, max-age=300");
    response.body = services.keys.Accepted()->Json();
    return response;
  });
  return routes;
}

}  // namespace gantry::api::token
