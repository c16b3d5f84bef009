#include "meta/groups.h"

#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "api/admin/users.h"
#include "meta/users.h"

namespace gantry::api::admin {
namespace {

void WriteGroup(json::Writer& writer, const meta::Group& group) {
  writer.BeginObject();
  writer.Key("name").String(group.name).Key("description").String(group.description);
  WriteTime(writer, "created", group.created_at);
  writer.EndObject();
}

Error GroupUnknown(const std::string& name) {
  return NotFound("group_unknown", "there is no group \"" + name.substr(0, 128) +
                                       "\" in this account; GET /groups lists those there are");
}

Result<meta::Group> Find(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY_ASSIGN(auto group, meta::FindGroup(tx, account, name));
  if (!group) return GroupUnknown(name);
  return *std::move(group);
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  std::vector<meta::Group> groups;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(groups, meta::ListGroups(tx, call.account, page.last, page.n + 1));
    return Ok();
  }));
  return PageAnswer("groups", groups, page.n, WriteGroup);
}

Result<http::Response> ShowGroup(const Call& call) {
  const std::string name = call.Parameter("group");
  std::optional<meta::Group> group;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(group, Find(tx, call.account, name));
    return Ok();
  }));
  return ItemAnswer(*group, WriteGroup);
}

Result<http::Response> Put(const Call& call) {
  const std::string name = call.Parameter("group");
  TRY(CheckName(name, "group"));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"description"}));
  TRY_ASSIGN(const auto description, body.OptionalText("description"));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    return meta::PutGroup(tx, call.account, {name, description.value_or(""), call.now()});
  }));
  return ShowGroup(call);
}

Result<http::Response> Delete(const Call& call) {
  const std::string name = call.Parameter("group");
  TRY(RequirePowersOfGroup(call, name));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted, meta::DeleteGroup(tx, call.account, name));
    return deleted ? Ok() : Result<void>(GroupUnknown(name));
  }));
  return Done();
}

Result<http::Response> Members(const Call& call) {
  const std::string name = call.Parameter("group");
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  std::vector<std::string> members;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY(Find(tx, call.account, name));
    TRY_ASSIGN(members, meta::ListGroupMembers(tx, call.account, name, page.last, page.n + 1));
    return Ok();
  }));
  return PageAnswer("members", members, page.n,
                    [](json::Writer& writer, const std::string& member) { writer.String(member); });
}

Result<http::Response> AddMember(const Call& call) {
  const std::string group = call.Parameter("group");
  const std::string user = call.Parameter("user");
  TRY(RequirePowersOfGroup(call, group));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY(Find(tx, call.account, group));
    TRY_ASSIGN(const auto found, meta::FindUser(tx, call.account, user));
    if (!found) return UserUnknown(user);
    TRY(meta::AddGroupMember(tx, call.account, group, user));
    return Ok();
  }));
  return Done();
}

Result<http::Response> RemoveMember(const Call& call) {
  const std::string group = call.Parameter("group");
  const std::string user = call.Parameter("user");
  TRY(RequirePowersOfGroup(call, group));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool removed, meta::RemoveGroupMember(tx, call.account, group, user));
    if (removed) return Ok();
    return NotFound("member_unknown", "\"" + user.substr(0, 128) + "\" is no member of that group");
  }));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/groups", "admin_groups", "account:Read", ListAll},
    {http::Method::kGet, "/groups/{group}", "admin_group", "account:Read", ShowGroup},
    {http::Method::kPut, "/groups/{group}", "admin_group_put", "account:Admin", Put},
    {http::Method::kDelete, "/groups/{group}", "admin_group_delete", "account:Admin", Delete},
    {http::Method::kGet, "/groups/{group}/members", "admin_group_members", "account:Read", Members},
    {http::Method::kPut, "/groups/{group}/members/{user}", "admin_group_add", "account:Admin",
     AddMember},
    {http::Method::kDelete, "/groups/{group}/members/{user}", "admin_group_remove", "account:Admin",
     RemoveMember},
};

}  // namespace

std::span<const Row> GroupRows() { return kRows; }

}  // namespace gantry::api::admin
