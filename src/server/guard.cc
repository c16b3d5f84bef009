#include "server/guard.h"

#include <utility>
#include <variant>

#include "api/caller.h"
#include "api/project_segment.h"
#include "base/assert.h"
#include "meta/repository_key.h"
#include "oci/reference.h"

namespace gantry::server {
namespace {

constexpr std::string_view kAuthenticated = "authenticated";
constexpr std::string_view kAnyone = "anyone";
constexpr std::string_view kHandler = "handler";
constexpr const char* kRateLimited = "rate_limited";
constexpr std::string_view kDigestHeader = "Docker-Content-Digest";
constexpr int kCreated = 201;

// Whoever may open the control socket. No user can have that name.
auth::SessionPtr LocalSession() {
  return auth::Share({.principal = {.account = iam::AccountId::Default(),
                                    .kind = iam::PrincipalKind::kUser,
                                    .name = "(control socket)"},
                      .credential_id = "control_socket"});
}

std::string_view HeaderOf(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

bool HasParameter(const http::Route& route, std::string_view name) {
  const std::string with = "{" + std::string(name);
  return route.pattern.find(with + "}") != std::string::npos ||
         route.pattern.find(with + "...}") != std::string::npos;
}

bool IsLocal(const http::Request& request) { return request.peer == http::kUnixPeer; }

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

// The action as the audit log calls it.
std::string_view AuditAction(iam::Action action) {
  switch (action) {
    case iam::Action::kRepositoryPull:
      return "pull";
    case iam::Action::kRepositoryPush:
      return "push";
    case iam::Action::kRepositoryDelete:
      return "delete";
    case iam::Action::kRepositoryList:
    case iam::Action::kProjectRead:
    case iam::Action::kAccountRead:
    case iam::Action::kAccountCatalog:
    case iam::Action::kAuditRead:
      return "read";
    case iam::Action::kSystemOperate:
      return "operate";
    case iam::Action::kTokenIssue:
      return "token";
    default:
      return "config";
  }
}

// What must be durable before it is answered, of what succeeded.
bool IsChange(const http::Request& request) {
  return request.method != http::Method::kGet && request.method != http::Method::kHead;
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

// Whose requests are counted together.
std::string LimitKey(RateLimits::Kind kind, const http::Request& request,
                     const auth::Session* session) {
  const bool by_address =
      kind == RateLimits::Kind::kLogin || session == nullptr || session->principal.IsAnonymous();
  return by_address ? AddressKey(request.peer) : session->principal.FullText();
}

Error LoginNeeded() {
  return Error(Code::kUnauthenticated, "login_needed",
               "this needs a login: docker login, or gantry login");
}

}  // namespace

// What a route asks for.
struct Guard::Rule {
  std::optional<iam::Action> action;  // nullopt: only to be known
  bool anyone = false;                // or not even that
  bool by_handler = false;            // or that is for the handler to find out
  std::string text;                   // of the action
  bool by_repository = false;
  bool by_reference = false;  // a tag or digest of the repository
  bool by_project = false;
  bool by_account = false;
  bool is_repository_api = false;  // its clients know Bearer challenges
  http::ErrorRenderer render;

  iam::Resource ResourceOf(const http::Request& request, const iam::AccountId& account) const {
    if (by_repository) return iam::Resource::Repository(account, request.Parameter("name"));
    if (by_project)
      return iam::Resource::Project(account, api::ProjectOfSegment(request.Parameter("project")));
    return iam::Resource::Account(account);
  }

  // Who is not known yet tries to log in; and so does whoever asks for a token.
  RateLimits::Kind KindOf(const http::Request& request, const auth::Session* session) const {
    if (by_handler || anyone || session == nullptr) return RateLimits::Kind::kLogin;
    return IsChange(request) ? RateLimits::Kind::kWrite : RateLimits::Kind::kRead;
  }

  // The scope that a token must have for this request.
  std::string TokenScope(const http::Request& request) const {
    if (!by_repository || !action) return "";
    std::string scope = "repository:" + std::string(request.Parameter("name"));
    switch (*action) {
      case iam::Action::kRepositoryPush:
        return scope + ":pull,push";
      case iam::Action::kRepositoryDelete:
        return scope + ":delete";
      default:
        return scope + ":pull";
    }
  }
};

Guard::Guard(GuardOptions options, auth::Authenticator& authenticator, auth::Authorizer& authorizer,
             RateLimits& limits, audit::Log& log)
    : options_(std::move(options)),
      authenticator_(authenticator),
      authorizer_(authorizer),
      limits_(limits),
      log_(log),
      nobody_(auth::AnonymousSession(iam::AccountId::Default(), Time{})) {}

std::vector<http::Route> Guard::Protect(std::vector<http::Route> routes,
                                        http::ErrorRenderer render) {
  for (http::Route& route : routes) {
    if (route.action.empty()) continue;
    Rule made;
    made.text = route.action;
    made.action = iam::FindAction(route.action);
    made.anyone = route.action == kAnyone;
    made.by_handler = route.action == kHandler;
    GANTRY_ASSERT(made.action || made.anyone || made.by_handler || route.action == kAuthenticated);
    made.by_repository = HasParameter(route, "name") && route.action.starts_with("repository:");
    made.by_reference = made.by_repository && HasParameter(route, "reference");
    made.by_project = HasParameter(route, "project");
    made.by_account = HasParameter(route, "account");
    made.is_repository_api = route.pattern.starts_with("/v2");
    made.render = render;
    // Shared by the handlers of the route.
    const auto rule = std::make_shared<const Rule>(std::move(made));
    if (auto* inner = std::get_if<http::Handler>(&route.handler)) {
      route.handler = http::Handler(
          [this, rule, inner = std::move(*inner)](http::Request& request) -> http::Response {
            const Result<void> admitted = Admit(*rule, request);
            if (!admitted.ok())
              return Refuse(*rule, request, KnownCaller(request), admitted.error());
            return Answer(*rule, request, inner(request));
          });
    } else {
      auto upload = std::move(std::get<http::UploadHandler>(route.handler));
      route.handler =
          http::UploadHandler([this, rule, upload = std::move(upload)](http::Request& request)
                                  -> std::variant<std::unique_ptr<http::BodySink>, http::Response> {
            const Result<void> admitted = Admit(*rule, request);
            if (!admitted.ok())
              return Refuse(*rule, request, KnownCaller(request), admitted.error());
            auto answer = upload(request);
            if (auto* response = std::get_if<http::Response>(&answer))
              return Answer(*rule, request, std::move(*response));
            // Finish answers for the sink.
            class Recorded final : public http::BodySink {
             public:
              Recorded(Guard& guard, std::shared_ptr<const Rule> rule_of, http::Request& of,
                       std::unique_ptr<http::BodySink> sink)
                  : guard_(guard),
                    rule_(std::move(rule_of)),
                    request_(of),
                    sink_(std::move(sink)) {}
              Result<void> Write(std::string_view bytes) override { return sink_->Write(bytes); }
              http::Response Finish() override {
                return guard_.Answer(*rule_, request_, sink_->Finish());
              }

             private:
              Guard& guard_;
              const std::shared_ptr<const Rule> rule_;
              http::Request& request_;
              const std::unique_ptr<http::BodySink> sink_;
            };
            return std::make_unique<Recorded>(
                *this, rule, request, std::move(std::get<std::unique_ptr<http::BodySink>>(answer)));
          });
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

// From what is remembered, or not at all: the handler then does everything again.
std::optional<http::Response> Guard::AnswerInline(const Rule& rule,
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
  const Result<void> counted = Count(rule.KindOf(request, session.get()), request, session.get());
  if (!counted.ok()) return Refuse(rule, request, session.get(), counted.error());
  if (response->status < 400) {
    const Result<void> recorded = Record(rule, request, *session, *response);
    if (!recorded.ok()) return Refuse(rule, request, session.get(), recorded.error());
  }
  NotePull(rule, request, *session, *response);
  AddLimitHeaders(rule, request, session.get(), *response);
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

Result<void> Guard::Count(RateLimits::Kind kind, const http::Request& request,
                          const auth::Session* session) {
  if (!limits_.limits(kind) || IsLocal(request)) return Ok();
  const auto state = limits_.Take(kind, LimitKey(kind, request, session));
  if (state.allowed) return Ok();
  const std::string seconds = std::to_string(state.retry_seconds);
  return Error(Code::kResourceExhausted, kRateLimited,
               "too many requests: at most " + std::to_string(limits_.RateOf(kind).per_second) +
                   " a second of this kind; try again in " + seconds + " s")
      .With("retry_after_seconds", seconds);
}

// The header fields of draft-ietf-httpapi-ratelimit-headers-07, and of -03 before it.
void Guard::AddLimitHeaders(const Rule& rule, const http::Request& request,
                            const auth::Session* session, http::Response& response) {
  const RateLimits::Kind kind = rule.KindOf(request, session);
  if (!limits_.limits(kind) || IsLocal(request)) return;
  const RateLimits::Rate& rate = limits_.RateOf(kind);
  const auto state = limits_.Look(kind, LimitKey(kind, request, session));
  const std::string limit = std::to_string(rate.burst);
  const int64_t window = (rate.burst + rate.per_second - 1) / rate.per_second;
  response.Add("RateLimit-Limit", limit);
  response.Add("RateLimit-Remaining", std::to_string(state.remaining));
  response.Add("RateLimit-Reset", std::to_string(state.full_seconds));
  response.Add("RateLimit-Policy", limit + ";w=" + std::to_string(window));
}

Result<void> Guard::Admit(const Rule& rule, http::Request& request) {
  // Before any credential is looked at: that costs more than the rest.
  const bool is_login = rule.KindOf(request, nobody_.get()) == RateLimits::Kind::kLogin;
  if (is_login) TRY(Count(RateLimits::Kind::kLogin, request, nullptr));
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
    if (!is_login) TRY(Count(RateLimits::Kind::kLogin, request, nullptr));
    return found.error();
  }
  const auth::SessionPtr& session = *found;
  api::SetCaller(request, session);
  if (!is_login) TRY(Count(rule.KindOf(request, session.get()), request, session.get()));
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

Result<void> Guard::Record(const Rule& rule, const http::Request& request,
                           const auth::Session& session, const http::Response& response) {
  const bool denied = response.status == 401 || response.status == 403;
  const bool failed = response.status >= 400 && !denied;
  const bool is_token = rule.anyone || rule.by_handler;
  const std::string_view action = rule.action ? AuditAction(*rule.action)
                                  : is_token  ? "token"
                                              : "read";
  // What only looked, or asked for what is not there, is in the access log.
  if (!denied && (action == "read" || failed) && !IsChange(request)) return Ok();
  if (!denied && action == "pull" && !options_.record_pulls) return Ok();
  // The steps of an upload: what came of them is recorded at its end.
  const bool is_part = action == "push" && !rule.by_reference;
  if (is_part && !denied && !failed && response.status != kCreated) return Ok();
  const std::string principal = session.principal.Text();
  audit::RecordView record;
  record.time = request.received;
  record.outcome = denied   ? audit::Outcome::kDenied
                   : failed ? audit::Outcome::kFailed
                            : audit::Outcome::kOk;
  record.status = static_cast<uint16_t>(response.status);
  record.action = denied && action == "read" ? std::string_view("denied") : action;
  // The account that it was done to, where the path names one.
  const iam::AccountId default_account = iam::AccountId::Default();
  record.account = rule.by_account           ? request.Parameter("account")
                   : request.account.empty() ? default_account.text()
                                             : std::string_view(request.account);
  record.principal = principal;
  record.credential = session.credential_id;
  record.token = session.token_id;
  record.peer = request.peer;
  record.user_agent = request.Header("User-Agent").value_or("");
  record.request_id = request.id;
  if (rule.by_repository) {
    record.repository = request.Parameter("name");
    record.digest = HeaderOf(response, kDigestHeader);
    if (rule.by_reference) {
      const std::string_view reference = request.Parameter("reference");
      if (reference.find(':') == std::string_view::npos)
        record.tag = reference;
      else if (record.digest.empty())
        record.digest = reference;
    }
  } else {
    record.detail = request.path;
  }
  const audit::Log::Ticket ticket = log_.Append(record);
  // A blob alone is nothing yet: the manifest that needs it waits, and with it all before it.
  if ((action == "pull" || is_part) && !denied && !ticket.refused()) return Ok();
  return log_.Wait(ticket);
}

http::Response Guard::Answer(const Rule& rule, http::Request& request, http::Response response) {
  const Result<void> recorded = Record(rule, request, api::CallerOf(request), response);
  if (!recorded.ok()) return rule.render(recorded.error());
  NotePull(rule, request, api::CallerOf(request), response);
  AddLimitHeaders(rule, request, KnownCaller(request), response);
  return response;
}

// A HEAD and "not modified" are no pulls.
void Guard::NotePull(const Rule& rule, const http::Request& request, const auth::Session& session,
                     const http::Response& response) const {
  const bool is_pull = rule.by_reference && rule.action == iam::Action::kRepositoryPull &&
                       request.method == http::Method::kGet && response.status == 200;
  if (!is_pull || !on_pull_) return;
  const auto account = AccountOf(request);
  if (!account) return;
  const meta::RepositoryKeyText key(account->text(), request.Parameter("name"));
  on_pull_(key.view(), HeaderOf(response, kDigestHeader), session.principal);
}

http::Response Guard::Refuse(const Rule& rule, const http::Request& request,
                             const auth::Session* session, const Error& error) {
  http::Response response = rule.render(error);
  AddLimitHeaders(rule, request, session, response);
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
      Record(rule, request, session == nullptr ? *nobody_ : *session, response);
  return recorded.ok() ? std::move(response) : rule.render(recorded.error());
}

}  // namespace gantry::server
