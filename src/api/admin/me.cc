#include <optional>

#include "api/admin/access_keys.h"
#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "meta/users.h"

namespace gantry::api::admin {
namespace {

using iam::PrincipalKind;

// The same call, about the account that the caller is of.
Call AtHome(const Call& call) {
  return {call.services, call.request, call.session().principal.account};
}

Result<http::Response> Show(const Call& call) {
  const auth::Session& session = call.session();
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("account").String(session.principal.account.text());
  writer.Key("principal").String(session.principal.Text());
  WriteTexts(writer, "groups", session.principal.groups);
  writer.Key("attributes").BeginObject();
  for (const auto& [key, value] : session.principal.attributes) writer.Key(key).String(value);
  writer.EndObject();
  writer.Key("credential").String(session.credential_id);
  writer.Key("token").String(session.token_id);
  WriteTime(writer, "expires", session.expires_at, session.expires_at == auth::kNever);
  writer.Key("passwordMustChange").Bool(session.password_must_change);
  writer.Key("scopes");
  if (session.scopes) {
    writer.BeginArray();
    for (const auth::Scope& scope : *session.scopes) writer.String(auth::ScopeText(scope));
    writer.EndArray();
  } else {
    writer.Null();
  }
  writer.EndObject();
  return Json(std::move(body));
}

Error NoUser() { return Error(Code::kFailedPrecondition, "no_user", "only a user has a password"); }

// The password that is there is asked for, so that a session that somebody left open, or a token
// that leaked, does not become his for good.
Result<http::Response> PutPassword(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"current", "password"}));
  TRY_ASSIGN(const std::string current, body.Text("current"));
  TRY_ASSIGN(const std::string password, body.Text("password"));
  const iam::Principal& principal = call.session().principal;
  if (principal.kind != PrincipalKind::kUser) return NoUser();
  std::optional<meta::User> user;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(user, meta::FindUser(tx, principal.account, principal.name));
    return Ok();
  }));
  if (!user) return NoUser();
  TRY_ASSIGN(const auto check, call.services.passwords.Check(current, user->password_hash));
  if (!check.matches) {
    return Error(Code::kPermissionDenied, "password_wrong", "\"current\" is not your password");
  }
  if (current == password) {
    return InvalidArgument("password_same", "the new password must be another one");
  }
  TRY(call.services.identities.SetPassword(principal.account, principal.name, password, false));
  return Done();
}

// "user:alice", "robot:ci"
Result<std::string> OwnerOf(const Call& call) {
  const iam::Principal& principal = call.session().principal;
  if (principal.kind == PrincipalKind::kUser || principal.kind == PrincipalKind::kRobot) {
    return principal.Text();
  }
  return Error(Code::kFailedPrecondition, "no_owner", "only users and robots have access keys");
}

Result<http::Response> ListKeys(const Call& call) {
  TRY_ASSIGN(const std::string owner, OwnerOf(call));
  return ListKeysOf(AtHome(call), owner);
}

Result<http::Response> CreateKey(const Call& call) {
  TRY(Body::Read(call.request, {}));
  TRY_ASSIGN(const std::string owner, OwnerOf(call));
  return CreateKeyOf(AtHome(call), owner);
}

// A key of somebody else is as unknown as one that is not there.
Result<meta::AccessKey> OwnKey(const Call& call) {
  TRY_ASSIGN(const std::string owner, OwnerOf(call));
  TRY_ASSIGN(meta::AccessKey key, KeyOfPath(call));
  if (key.owner == owner) return key;
  return NotFound("access_key_unknown", "you have no such access key");
}

Result<http::Response> ChangeOwnKey(const Call& call) {
  const Call home = AtHome(call);
  TRY_ASSIGN(const meta::AccessKey key, OwnKey(home));
  return ChangeKey(home, key);
}

Result<http::Response> DeleteOwnKey(const Call& call) {
  const Call home = AtHome(call);
  TRY_ASSIGN(const meta::AccessKey key, OwnKey(home));
  return DeleteKey(home, key);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/me", "admin_me", "token:Issue", Show, false},
    {http::Method::kPut, "/me/password", "admin_me_password", "token:Issue", PutPassword, false},
    {http::Method::kGet, "/me/access-keys", "admin_me_keys", "token:Issue", ListKeys, false},
    {http::Method::kPost, "/me/access-keys", "admin_me_key_create", "token:Issue", CreateKey,
     false},
    {http::Method::kPatch, "/me/access-keys/{key}", "admin_me_key_change", "token:Issue",
     ChangeOwnKey, false},
    {http::Method::kDelete, "/me/access-keys/{key}", "admin_me_key_delete", "token:Issue",
     DeleteOwnKey, false},
};

}  // namespace

std::span<const Row> MeRows() { return kRows; }

}  // namespace gantry::api::admin
