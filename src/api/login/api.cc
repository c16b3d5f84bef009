#include "api/login/api.h"

#include <optional>
#include <utility>

#include "api/caller.h"
#include "api/login/page.h"
#include "base/encoding.h"
#include "json/writer.h"

namespace gantry::api::login {
namespace {

constexpr const char* kTokenUser = "oauth2accesstoken";
constexpr int64_t kFormBytesMax = 16 << 10;
constexpr size_t kCookieStateLength = 8;

std::string UrlOf(const Services& services, const http::Request& request) {
  return services.url.empty() ? request.scheme + "://" + request.authority : services.url;
}

std::string HostOf(const std::string& url) { return url.substr(url.find("://") + 3); }

std::string PathOf(const std::string& provider) { return "/login/oidc/" + provider; }

// Several logins of one browser do not disturb each other.
std::string CookieName(const std::string& state) {
  return "gantry_login_" + state.substr(0, kCookieStateLength);
}

// `value` "" forgets it.
std::string SetCookie(const Services& services, const http::Request& request,
                      const std::string& provider, const std::string& state,
                      const std::string& value) {
  const auto seconds = value.empty() ? 0 : auth::OidcLogins::kFlightMax.micros / 1'000'000;
  std::string cookie = CookieName(state) + "=" + value + "; Path=" + PathOf(provider) +
                       "; Max-Age=" + std::to_string(seconds) + "; HttpOnly; SameSite=Lax";
  // The provider sends the browser back to `UrlOf`, and the cookie with it.
  if (UrlOf(services, request).starts_with("https://")) cookie += "; Secure";
  return cookie;
}

std::string FindCookie(const http::Request& request, const std::string& name) {
  for (std::string_view header : request.Headers("Cookie")) {
    while (!header.empty()) {
      const size_t end = std::min(header.find(';'), header.size());
      std::string_view pair = header.substr(0, end);
      header.remove_prefix(std::min(end + 1, header.size()));
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
        return std::string(pair.substr(name.size() + 1));
    }
  }
  return "";
}

http::Response Redirect(const std::string& url) {
  http::Response response;
  response.status = 303;
  response.Add("Location", url);
  response.Add("Cache-Control", "no-store");
  return response;
}

Result<http::Response> Index(const Services& services, http::Request&) {
  std::string body = "<ul>\n";
  for (const std::string& name : services.logins.names())
    body += "<li><a href=\"" + PathOf(name) + "\">" + Escaped(name) + "</a></li>\n";
  body += "</ul>\n";
  if (services.logins.names().empty())
    body = "<p>This registry has no provider of logins; use docker login or gantry login.</p>\n";
  return Page(200, "Log in", body);
}

// A parameter that must be there once; "" when it is not.
std::string QueryOf(const http::Request& request, const char* name) {
  return request.Query(name).value_or("");
}

Result<http::Response> Begin(const Services& services, http::Request& request) {
  const std::string provider(request.Parameter("provider"));
  std::optional<auth::WaitingProgram> program;
  if (const auto port = request.Query("port")) {
    program = auth::WaitingProgram{
        static_cast<int>(std::min<int64_t>(ParseDecimal(*port).value_or(0), 1 << 20)),
        QueryOf(request, "state"), QueryOf(request, "challenge")};
  }
  const std::string redirect = UrlOf(services, request) + PathOf(provider) + "/callback";
  TRY_ASSIGN(const auth::OidcBegin begin, services.logins.Begin(provider, redirect, program));
  http::Response response = Redirect(begin.url);
  response.Add("Set-Cookie", SetCookie(services, request, provider, begin.state, begin.cookie));
  return response;
}

http::Response Welcome(const Services& services, const http::Request& request,
                       const auth::Session& session, const auth::IssuedToken& token) {
  const std::string host = HostOf(UrlOf(services, request));
  const std::string body =
      "<p>For docker and other clients, until " + FormatTime(token.expires_at) + ":</p>\n<pre>" +
      Escaped("docker login --username " + std::string(kTokenUser) + " " + host) +
      "</pre>\n<p>with the password</p>\n<pre>" + Escaped(token.token) +
      "</pre>\n<p>On a command line of your own: <code>gantry login --oidc " +
      Escaped(request.Parameter("provider")) + " " + Escaped(UrlOf(services, request)) +
      "</code>. Close this page when you have the password: whoever has it is you.</p>\n";
  return Page(200, "You are logged in as " + session.principal.name, body);
}

Result<http::Response> EndLogin(const Services& services, http::Request& request) {
  const std::string provider(request.Parameter("provider"));
  auth::OidcAnswer answer{QueryOf(request, "state"), QueryOf(request, "code"),
                          QueryOf(request, "iss"), QueryOf(request, "error")};
  const std::string description = QueryOf(request, "error_description");
  if (!description.empty()) answer.error += ": " + description;
  const std::string cookie = FindCookie(request, CookieName(answer.state));
  TRY_ASSIGN(const auth::OidcEnd end, services.logins.End(provider, cookie, answer));
  SetCaller(request, end.session);
  if (end.program) {
    return Redirect("http://127.0.0.1:" + std::to_string(end.program->port) +
                    "/?code=" + services.logins.MakeCode(*end.session, *end.program) +
                    "&state=" + end.program->state);
  }
  TRY_ASSIGN(const auth::IssuedToken token,
             services.tokens.Issue({end.session.get(), std::nullopt, auth::kTokenLifetimeMax}));
  return Welcome(services, request, *end.session, token);
}

// However it ended, it does not go on.
Result<http::Response> Callback(const Services& services, http::Request& request) {
  auto ended = EndLogin(services, request);
  http::Response response = ended.ok() ? std::move(*ended) : RenderError(ended.error());
  response.Add("Set-Cookie",
               SetCookie(services, request, std::string(request.Parameter("provider")),
                         QueryOf(request, "state"), ""));
  return response;
}

http::Response Json(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.Add("Content-Type", "application/json");
  response.Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

// RFC 6749, 5.2.
http::Response TokenError(const Error& error) {
  const bool ours =
      error.code() != Code::kUnauthenticated && error.code() != Code::kPermissionDenied;
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("error").String(ours ? "server_error" : "invalid_grant");
  writer.Key("error_description").String(ours ? "something went wrong" : error.message());
  writer.EndObject();
  return Json(ours ? 500 : 403, std::move(body));
}

Result<http::Response> Token(const Services& services, http::Request& request) {
  auto session = services.logins.RedeemCode(request.Form("code").value_or(""),
                                            request.Form("code_verifier").value_or(""));
  if (!session.ok()) return TokenError(session.error());
  SetCaller(request, *session);
  auto token = services.tokens.Issue({session->get(), std::nullopt, auth::kTokenLifetimeMax});
  if (!token.ok()) return TokenError(token.error());
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("access_token").String(token->token);
  writer.Key("token_type").String("Bearer");
  writer.Key("expires_in").Int((token->expires_at - token->issued_at).micros / 1'000'000);
  writer.Key("principal").String((*session)->principal.Text()).EndObject();
  return Json(200, std::move(body));
}

using Handle = Result<http::Response> (*)(const Services&, http::Request&);

http::Route RouteOf(const Services& services, http::Method method, const char* pattern,
                    const char* name, const char* action, Handle handle) {
  http::Route route;
  route.method = method;
  route.pattern = pattern;
  route.name = name;
  route.action = action;
  route.body_bytes_max = kFormBytesMax;
  route.handler = http::Handler([services, handle](http::Request& request) {
    auto response = handle(services, request);
    return response.ok() ? *std::move(response) : RenderError(response.error());
  });
  return route;
}

}  // namespace

std::vector<http::Route> Routes(const Services& services) {
  std::vector<http::Route> routes;
  const auto add = [&](auto... arguments) { routes.push_back(RouteOf(services, arguments...)); };
  add(http::Method::kGet, "/login", "login", "", Index);
  add(http::Method::kGet, "/login/oidc/{provider}", "login_begin", "handler", Begin);
  add(http::Method::kGet, "/login/oidc/{provider}/callback", "login_end", "handler", Callback);
  add(http::Method::kPost, "/login/oidc/token", "login_token", "handler", Token);
  return routes;
}

}  // namespace gantry::api::login
