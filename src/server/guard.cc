#include "server/guard.h"

#include <functional>
#include <utility>
#include <variant>

#include "api/caller.h"
#include "meta/repository_key.h"
#include "oci/reference.h"

namespace gantry::server {
namespace {

constexpr std::string_view kDigestHeader = "Docker-Content-Digest";

// Whoever may open the control socket. No user can have that name.
auth::SessionPtr LocalSession() {
  return auth::Share({.principal = {.account = iam::AccountId::Default(),
                                    .kind = iam::PrincipalKind::kUser,
                                    .name = "(control socket)"},
                      .credential_id = "control_socket"});
}

iam::RequestContext ContextOf(const http::Request& request) {
  iam::RequestContext context;
  context.now = request.received;
  if (!IsLocal(request)) context.source_ip = request.peer;
  context.user_agent = std::string(request.Header("User-Agent").value_or(""));
  context.secure_transport = request.scheme == "https";
  return context;
}

// The account that a request was sent to; nullopt: one that does not exist.
std::optional<iam::AccountId> AccountOf(const http::Request& request) {
  if (request.account.empty()) return iam::AccountId::Default();
  auto parsed = iam::AccountId::Parse(request.account);
  if (!parsed.ok()) return std::nullopt;
  return *std::move(parsed);
}

Error Denied(iam::DecisionKind kind, iam::Action action, const iam::Resource& resource) {
  const bool narrowed = kind == iam::DecisionKind::kOutOfScope;
  return Error(Code::kPermissionDenied, narrowed ? "token_scope" : "denied",
               narrowed ? "this token does not permit " + std::string(iam::ActionName(action)) +
                              " on " + resource.Text() + "; ask for a token with that scope"
                        : "you may not " + std::string(iam::ActionName(action)) + " on " +
                              resource.Text() + "; an administrator sees why with gantry explain");
}

// Of a server without access control: who the caller is cannot be known.
Result<void> OnlyLocally() {
  return Error(Code::kPermissionDenied, "control_socket_only",
               "this server runs without access control: use the control socket on its machine "
               "(gantry ... --data DIR)");
}

// The session that was found for a request; nullptr if there is none.
const auth::Session* KnownCaller(const http::Request& request) {
  return static_cast<const auth::Session*>(request.caller.get());
}

Error LoginNeeded() {
  return Error(Code::kUnauthenticated, "login_needed",
               "this needs a login: docker login, or gantry login");
}

// A body that `answer` answers for when it is complete.
class AnsweredSink final : public http::BodySink {
 public:
  using Answer = std::function<http::Response(http::Response)>;
  AnsweredSink(std::unique_ptr<http::BodySink> sink, Answer answer)
      : sink_(std::move(sink)), answer_(std::move(answer)) {}
  Result<void> Write(std::string_view bytes) override { return sink_->Write(bytes); }
  http::Response Finish() override { return answer_(sink_->Finish()); }

 private:
  const std::unique_ptr<http::BodySink> sink_;
  const Answer answer_;
};

}  // namespace

Guard::Guard(GuardOptions options, auth::Authenticator& authenticator, auth::Authorizer& authorizer,
             RateLimits& limits, audit::Log& log)
    : options_(std::move(options)),
      authenticator_(authenticator),
      authorizer_(authorizer),
      limits_(limits),
      recorder_(log, options_.record_pulls),
      nobody_(auth::AnonymousSession(iam::AccountId::Default(), Time{})) {}

std::vector<http::Route> Guard::Protect(std::vector<http::Route> routes,
                                        const http::ErrorRenderer& render) {
  return Protect(std::move(routes),
                 [render](const http::Request&, const Error& error) { return render(error); });
}

std::vector<http::Route> Guard::Protect(std::vector<http::Route> routes,
                                        const GuardRenderer& render) {
  for (http::Route& route : routes) {
    if (route.action.empty()) continue;
    // Shared by the handlers of the route.
    const auto rule = std::make_shared<const GuardRule>(GuardRule::Of(route, render));
    if (auto* inner = std::get_if<http::Handler>(&route.handler)) {
      route.handler = Protected(rule, std::move(*inner));
    } else {
      route.handler = Protected(rule, std::move(std::get<http::UploadHandler>(route.handler)));
    }
    if (route.inline_handler) {
      route.inline_handler = [this, rule, inner = std::move(route.inline_handler)](
                                 const http::Request& request) -> std::optional<http::Response> {
        return AnswerInline(*rule, inner, request);
      };
    }
  }
  return routes;
}

http::Handler Guard::Protected(std::shared_ptr<const GuardRule> rule, http::Handler inner) {
  return [this, rule = std::move(rule),
          inner = std::move(inner)](http::Request& request) -> http::Response {
    const Result<void> admitted = Admit(*rule, request);
    if (!admitted.ok()) return Refuse(*rule, request, KnownCaller(request), admitted.error());
    return Answer(*rule, request, inner(request));
  };
}

http::UploadHandler Guard::Protected(std::shared_ptr<const GuardRule> rule,
                                     http::UploadHandler inner) {
  return
      [this, rule = std::move(rule), inner = std::move(inner)](
          http::Request& request) -> std::variant<std::unique_ptr<http::BodySink>, http::Response> {
        const Result<void> admitted = Admit(*rule, request);
        if (!admitted.ok()) return Refuse(*rule, request, KnownCaller(request), admitted.error());
        auto answer = inner(request);
        if (auto* response = std::get_if<http::Response>(&answer))
          return Answer(*rule, request, std::move(*response));
        return std::make_unique<AnsweredSink>(
            std::move(std::get<std::unique_ptr<http::BodySink>>(answer)),
            [this, rule, &request](http::Response response) {
              return Answer(*rule, request, std::move(response));
            });
      };
}

// From what is remembered, or not at all: the handler then does everything again.
std::optional<http::Response> Guard::AnswerInline(const GuardRule& rule,
                                                  const http::InlineHandler& inner,
                                                  const http::Request& request) {
  const auto account = AccountOf(request);
  if (!account) return std::nullopt;
  const auth::SessionPtr session = CachedSessionOf(request, *account);
  if (session == nullptr || session->password_must_change) return std::nullopt;
  if (!rule.action && !options_.anonymous && session->principal.IsAnonymous()) return std::nullopt;
  if (rule.action && !options_.anonymous) {
    const auto decision =
        authorizer_.TryDecide(*session, *rule.action, rule.ResourceOf(request, *account));
    if (!decision || !decision->allowed()) return std::nullopt;
  }
  auto response = inner(request);
  if (!response) return response;
  const Result<void> counted =
      limits_.Count(rule.KindOf(request, session.get()), request, session.get());
  if (!counted.ok()) return Refuse(rule, request, session.get(), counted.error());
  if (response->status < 400) {
    const Result<void> recorded = recorder_.Record(rule, request, *session, *response);
    if (!recorded.ok()) return Refuse(rule, request, session.get(), recorded.error());
  }
  NotePull(rule, request, *session, *response);
  limits_.AddHeaders(rule, request, session.get(), *response);
  return response;
}

auth::SessionPtr Guard::CachedSessionOf(const http::Request& request,
                                        const iam::AccountId& account) {
  const auto authorization = request.Header("Authorization");
  if (authorization && !options_.anonymous)
    return authenticator_.TryCached(*authorization, account, request.received);
  return account.IsDefault() ? nobody_ : auth::AnonymousSession(account, request.received);
}

Result<auth::SessionPtr> Guard::SessionOf(const http::Request& request,
                                          const iam::AccountId& account) {
  if (IsLocal(request)) return LocalSession();
  if (options_.anonymous) return auth::AnonymousSession(account, request.received);
  const std::vector<std::string_view> values = request.Headers("Authorization");
  auth::Attempt attempt;
  attempt.authorization = values;
  attempt.account = account;
  attempt.peer = request.peer;
  return authenticator_.Authenticate(attempt);
}

api::oci::Services::MayFunction Guard::MayFunction() {
  return [this](const http::Request& request, iam::Action action, const iam::Resource& resource) {
    return May(request, action, resource);
  };
}

Result<void> Guard::Admit(const GuardRule& rule, http::Request& request) {
  // Before any credential is looked at: that costs more than the rest.
  const bool is_login = rule.KindOf(request, nobody_.get()) == RateLimits::Kind::kLogin;
  if (is_login) TRY(limits_.Count(RateLimits::Kind::kLogin, request, nullptr));
  if (rule.by_handler) {
    if (options_.anonymous) return OnlyLocally();
    api::SetCaller(request, nobody_);
    return Ok();
  }
  const auto account = AccountOf(request);
  if (!account) {
    // The handler says that there is nothing.
    if (!options_.anonymous || !rule.is_repository_api) return LoginNeeded();
    api::SetCaller(request, nobody_);
    return Ok();
  }
  const Result<auth::SessionPtr> found = SessionOf(request, *account);
  if (!found.ok()) {
    if (!is_login) TRY(limits_.Count(RateLimits::Kind::kLogin, request, nullptr));
    return found.error();
  }
  const auth::SessionPtr& session = *found;
  api::SetCaller(request, session);
  if (!is_login) TRY(limits_.Count(rule.KindOf(request, session.get()), request, session.get()));
  if (IsLocal(request)) return Ok();
  if (options_.anonymous) return rule.is_repository_api ? Ok() : OnlyLocally();
  if (session->password_must_change && rule.action != iam::Action::kTokenIssue) {
    return Error(Code::kPermissionDenied, "password_must_change",
                 "the password is a one-time password: change it with gantry user password");
  }
  if (!rule.action) {
    if (!rule.anyone && session->principal.IsAnonymous()) return LoginNeeded();
    return Ok();
  }
  // What is no name is nobody's: the handler refuses it.
  if (rule.by_repository && !oci::RepositoryName::Parse(request.Parameter("name")).ok())
    return Ok();
  iam::AccountId target = *account;
  if (rule.by_account) {
    TRY_ASSIGN(target, iam::AccountId::Parse(request.Parameter("account")));
  }
  const iam::Resource resource = rule.ResourceOf(request, target);
  TRY_ASSIGN(const iam::Decision decision,
             authorizer_.Decide(*session, *rule.action, resource, ContextOf(request)));
  if (decision.allowed()) return Ok();
  if (session->principal.IsAnonymous()) return LoginNeeded();
  return Denied(decision.kind, *rule.action, resource);
}

Result<bool> Guard::May(const http::Request& request, iam::Action action,
                        const iam::Resource& resource) {
  if (options_.anonymous || IsLocal(request)) return true;
  TRY_ASSIGN(const iam::Decision decision,
             authorizer_.Decide(api::CallerOf(request), action, resource, ContextOf(request)));
  return decision.allowed();
}

http::Response Guard::Answer(const GuardRule& rule, http::Request& request,
                             http::Response response) {
  const Result<void> recorded = recorder_.Record(rule, request, api::CallerOf(request), response);
  if (!recorded.ok()) return rule.render(request, recorded.error());
  NotePull(rule, request, api::CallerOf(request), response);
  limits_.AddHeaders(rule, request, KnownCaller(request), response);
  return response;
}

// A HEAD and "not modified" are no pulls.
void Guard::NotePull(const GuardRule& rule, const http::Request& request,
                     const auth::Session& session, const http::Response& response) const {
  const bool is_pull = rule.by_reference && rule.action == iam::Action::kRepositoryPull &&
                       request.method == http::Method::kGet && response.status == 200;
  if (!is_pull || !on_pull_) return;
  const auto account = AccountOf(request);
  if (!account) return;
  const meta::RepositoryKeyText key(account->text(), request.Parameter("name"));
  for (const auto& [name, value] : response.headers)
    if (name == kDigestHeader) on_pull_(key.view(), value, session.principal);
}

http::Response Guard::Refuse(const GuardRule& rule, const http::Request& request,
                             const auth::Session* session, const Error& error) {
  http::Response response = rule.render(request, error);
  limits_.AddHeaders(rule, request, session, response);
  const bool narrowed = error.reason() == "token_scope";
  if (error.code() == Code::kUnauthenticated || narrowed) {
    // RFC 6750 and distribution's token specification: a client asks for a token, or a wider one.
    response.status = 401;
    std::string challenge = "Basic realm=\"" + options_.service + "\"";
    if (rule.is_repository_api) {
      const std::string url = options_.token_url.empty()
                                  ? request.scheme + "://" + request.authority + "/token"
                                  : options_.token_url;
      challenge = "Bearer realm=\"" + url + "\",service=\"" + options_.service + "\"";
      const std::string scope = rule.TokenScope(request);
      if (!scope.empty()) challenge += ",scope=\"" + scope + "\"";
      if (narrowed) {
        challenge += ",error=\"insufficient_scope\"";
      } else if (error.reason().starts_with("token_")) {
        challenge += ",error=\"invalid_token\"";
      }
    }
    response.Add("WWW-Authenticate", challenge);
  }
  for (const auto& [key, value] : error.detail())
    if (key == "retry_after_seconds") response.Add("Retry-After", value);
  // Whoever asks too often shall not make us write as often.
  if (error.reason() == kRateLimited) return response;
  // Clients ask without a credential first, as a rule: that is in the access log.
  if (options_.anonymous || request.Header("Authorization") == std::nullopt) return response;
  const Result<void> recorded =
      recorder_.Record(rule, request, session == nullptr ? *nobody_ : *session, response);
  return recorded.ok() ? std::move(response) : rule.render(request, recorded.error());
}

}  // namespace gantry::server
