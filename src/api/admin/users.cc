#include "api/admin/users.h"

#include <algorithm>
#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "meta/groups.h"
#include "meta/users.h"

namespace gantry::api::admin {
namespace {

struct UserView {
  meta::User user;
  std::vector<std::string> groups;
};

void WriteFields(json::Writer& writer, const meta::User& user) {
  writer.Key("name").String(user.name).Key("email").String(user.email);
  writer.Key("hasPassword").Bool(!user.password_hash.empty());
  writer.Key("passwordMustChange").Bool(user.password_must_change);
  writer.Key("disabled").Bool(user.disabled);
  WriteTime(writer, "created", user.created_at);
}

void WriteUser(json::Writer& writer, const meta::User& user) {
  writer.BeginObject();
  WriteFields(writer, user);
  writer.EndObject();
}

void WriteView(json::Writer& writer, const UserView& view) {
  writer.BeginObject();
  WriteFields(writer, view.user);
  WriteTexts(writer, "groups", view.groups);
  writer.EndObject();
}

Result<meta::User> Find(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY_ASSIGN(auto user, meta::FindUser(tx, account, name));
  if (!user) return UserUnknown(name);
  return *std::move(user);
}

Result<http::Response> ShowUser(const Call& call, const std::string& name, int status) {
  std::optional<UserView> view;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(meta::User user, Find(tx, call.account, name));
    TRY_ASSIGN(auto groups, meta::GroupsOf(tx, call.account, name));
    view = UserView{std::move(user), std::move(groups)};
    return Ok();
  }));
  return ItemAnswer(*view, WriteView, status);
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  std::vector<meta::User> users;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(users, meta::ListUsers(tx, call.account, page.last, page.n + 1));
    return Ok();
  }));
  return PageAnswer("users", users, page.n, WriteUser);
}

Result<http::Response> Show(const Call& call) {
  return ShowUser(call, call.Parameter("user"), 200);
}

Result<void> PutInGroups(const Call& call, const std::string& name,
                         const std::vector<std::string>& wanted) {
  for (const std::string& group : wanted) TRY(RequirePowersOfGroup(call, group));
  return call.Write([&](db::Tx& tx) -> Result<void> {
    TRY(Find(tx, call.account, name));
    TRY_ASSIGN(const auto groups, meta::GroupsOf(tx, call.account, name));
    for (const std::string& group : wanted) {
      TRY_ASSIGN(const auto found, meta::FindGroup(tx, call.account, group));
      if (!found) return NotFound("group_unknown", "there is no group \"" + group + "\"");
      TRY(meta::AddGroupMember(tx, call.account, group, name));
    }
    for (const std::string& group : groups) {
      if (std::find(wanted.begin(), wanted.end(), group) != wanted.end()) continue;
      TRY(meta::RemoveGroupMember(tx, call.account, group, name));
    }
    return Ok();
  });
}

// One-time passwords are the rule for those that somebody else chose.
Result<void> SetPasswordOf(const Call& call, const std::string& name, const std::string& password,
                           std::optional<bool> must_change) {
  return call.services.identities.SetPassword(call.account, name, password,
                                              must_change.value_or(true));
}

Result<http::Response> Create(const Call& call) {
  TRY_ASSIGN(const Body body,
             Body::Read(call.request, {"name", "email", "password", "mustChange", "groups"}));
  TRY_ASSIGN(const std::string name, body.Text("name"));
  TRY_ASSIGN(const auto email, body.OptionalText("email"));
  TRY_ASSIGN(const auto password, body.OptionalText("password"));
  TRY_ASSIGN(const auto must_change, body.OptionalBool("mustChange"));
  TRY_ASSIGN(const auto groups, body.OptionalTexts("groups"));
  // Policies may name the user already.
  TRY(RequirePowersOfUser(call, name));
  for (const std::string& group : groups.value_or(std::vector<std::string>()))
    TRY(RequirePowersOfGroup(call, group));
  TRY(call.services.identities.CreateUser(call.account, name, email.value_or(""), password));
  if (password && must_change.value_or(true)) {
    TRY(call.Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(meta::User user, Find(tx, call.account, name));
      user.password_must_change = true;
      TRY(meta::UpdateUser(tx, call.account, user));
      return Ok();
    }));
  }
  if (groups) TRY(PutInGroups(call, name, *groups));
  return ShowUser(call, name, 201);
}

Result<http::Response> Change(const Call& call) {
  const std::string name = call.Parameter("user");
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"email", "disabled"}));
  TRY_ASSIGN(const auto email, body.OptionalText("email"));
  TRY_ASSIGN(const auto disabled, body.OptionalBool("disabled"));
  TRY(RequirePowersOfUser(call, name));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(meta::User user, Find(tx, call.account, name));
    if (email) user.email = *email;
    if (disabled) user.disabled = *disabled;
    TRY(meta::UpdateUser(tx, call.account, user));
    return Ok();
  }));
  return ShowUser(call, name, 200);
}

Result<http::Response> Delete(const Call& call) {
  const std::string name = call.Parameter("user");
  TRY(RequirePowersOfUser(call, name));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted, meta::DeleteUser(tx, call.account, name));
    return deleted ? Ok() : Result<void>(UserUnknown(name));
  }));
  return Done();
}

Result<http::Response> PutPassword(const Call& call) {
  const std::string name = call.Parameter("user");
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"password", "mustChange"}));
  TRY_ASSIGN(const std::string password, body.Text("password"));
  TRY_ASSIGN(const auto must_change, body.OptionalBool("mustChange"));
  TRY(RequirePowersOfUser(call, name));
  TRY(SetPasswordOf(call, name, password, must_change));
  return Done();
}

Result<http::Response> PutGroups(const Call& call) {
  const std::string name = call.Parameter("user");
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"groups"}));
  TRY_ASSIGN(const auto groups, body.Texts("groups"));
  TRY(PutInGroups(call, name, groups));
  return ShowUser(call, name, 200);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/users", "admin_users", "account:Read", ListAll},
    {http::Method::kPost, "/users", "admin_user_create", "account:Admin", Create},
    {http::Method::kGet, "/users/{user}", "admin_user", "account:Read", Show},
    {http::Method::kPatch, "/users/{user}", "admin_user_change", "account:Admin", Change},
    {http::Method::kDelete, "/users/{user}", "admin_user_delete", "account:Admin", Delete},
    {http::Method::kPut, "/users/{user}/password", "admin_user_password", "account:Admin",
     PutPassword},
    {http::Method::kPut, "/users/{user}/groups", "admin_user_groups", "account:Admin", PutGroups},
};

}  // namespace

Error UserUnknown(const std::string& name) {
  return NotFound("user_unknown", "there is no user \"" + name.substr(0, 128) +
                                      "\" in this account; GET /users lists those there are");
}

std::span<const Row> UserRows() { return kRows; }

}  // namespace gantry::api::admin
