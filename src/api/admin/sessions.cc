#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "iam/principal_pattern.h"

namespace gantry::api::admin {
namespace {

Result<void> RequireAdmin(const Call& call) {
  TRY_ASSIGN(const bool may, call.services.may(call.request, iam::Action::kAccountAdmin,
                                               iam::Resource::Account(call.account)));
  if (may) return Ok();
  return Error(Code::kPermissionDenied, "denied",
               "ending the sessions of others needs account:Admin; without \"principal\" or "
               "\"token\", your own end");
}

Result<http::Response> LogoutEverywhere(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"principal"}));
  TRY_ASSIGN(const auto principal, body.OptionalText("principal"));
  const iam::Principal& self = call.session().principal;
  if (!principal || (*principal == self.Text() && call.account == self.account)) {
    if (self.IsAnonymous()) {
      return Error(Code::kFailedPrecondition, "no_session", "nobody is logged in");
    }
    TRY(call.services.tokens.EndSessions(self.account, self.Text()));
    return Done();
  }
  TRY(RequireAdmin(call));
  TRY_ASSIGN(const auto pattern, iam::PrincipalPattern::Parse(*principal, call.account));
  if (pattern.form() != iam::PrincipalPattern::Form::kNamed || !pattern.IsExact() ||
      pattern.account() != call.account) {
    return InvalidArgument(
        "principal_invalid",
        "\"principal\" must be one principal of the account, such as user:alice");
  }
  TRY(call.services.tokens.EndSessions(call.account, pattern.Text(call.account)));
  return Done();
}

// Until when the token would be good is not known here: longer than the longest.
Result<http::Response> Revoke(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"token"}));
  TRY_ASSIGN(const auto named, body.OptionalText("token"));
  const auth::Session& session = call.session();
  const std::string token = named.value_or(session.token_id);
  if (token.empty()) {
    return InvalidArgument("token_missing",
                           "this session came without a token; name one in \"token\"");
  }
  const bool own = token == session.token_id;
  if (!own) TRY(RequireAdmin(call));
  TRY(call.services.tokens.Revoke(own ? session.principal.account : call.account, token,
                                  call.now() + auth::kTokenLifetimeMax));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kPost, "/sessions/logout-everywhere", "admin_logout_everywhere", "token:Issue",
     LogoutEverywhere},
    {http::Method::kPost, "/sessions/revoke", "admin_token_revoke", "token:Issue", Revoke},
};

}  // namespace

std::span<const Row> SessionRows() { return kRows; }

}  // namespace gantry::api::admin
