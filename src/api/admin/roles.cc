#include "api/admin/roles.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "iam/action_pattern.h"
#include "iam/policy_document.h"
#include "iam/role.h"
#include "meta/policies.h"

namespace gantry::api::admin {
namespace {

iam::ActionSet ActionsOf(const meta::Role& role) {
  iam::ActionSet actions;
  std::istringstream names(role.actions);
  for (std::string name; names >> name;)
    if (const auto action = iam::FindAction(name)) actions = actions | iam::ActionSet{*action};
  return actions;
}

std::string NamesOf(iam::ActionSet actions) {
  std::string names;
  for (const iam::Action action : actions.List()) {
    if (!names.empty()) names += ' ';
    names += iam::ActionName(action);
  }
  return names;
}

void WriteRole(json::Writer& writer, std::string_view name, std::string_view description,
               iam::ActionSet actions, bool built_in) {
  writer.BeginObject().Key("name").String(name).Key("description").String(description);
  writer.Key("actions").BeginArray();
  for (const iam::Action action : actions.List()) writer.String(iam::ActionName(action));
  writer.EndArray().Key("builtIn").Bool(built_in).EndObject();
}

void WriteCustom(json::Writer& writer, const meta::Role& role) {
  WriteRole(writer, role.name, role.description, ActionsOf(role), false);
}

Result<std::vector<meta::Role>> CustomRoles(const Call& call) {
  std::vector<meta::Role> roles;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(roles, meta::ListRoles(tx, call.account));
    return Ok();
  }));
  return roles;
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const auto roles, CustomRoles(call));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("roles").BeginArray();
  for (const iam::BuiltInRole& role : iam::BuiltInRoles())
    WriteRole(writer, role.name, role.description, role.actions, true);
  for (const meta::Role& role : roles) WriteCustom(writer, role);
  writer.EndArray().EndObject();
  return Json(std::move(body));
}

Error RoleUnknown(const std::string& name) {
  return NotFound("role_unknown", "there is no custom role \"" + name.substr(0, 64) +
                                      "\"; GET /roles lists those there are");
}

Result<iam::ActionSet> ReadActions(const Body& body) {
  TRY_ASSIGN(const auto patterns, body.Texts("actions"));
  iam::ActionSet actions;
  for (const std::string& pattern : patterns) {
    TRY_ASSIGN(const iam::ActionSet some, iam::ParseActionPattern(pattern));
    actions = actions | some;
  }
  if (actions.empty()) {
    return InvalidArgument("actions_empty",
                           "\"actions\" must name at least one action, such as repository:Pull");
  }
  return actions;
}

Result<http::Response> Put(const Call& call) {
  const std::string name = call.Parameter("role");
  TRY(CheckName(name, "role"));
  if (iam::FindBuiltInRole(name)) {
    return InvalidArgument("role_built_in",
                           "the role \"" + name + "\" is built in; choose another name");
  }
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"description", "actions"}));
  TRY_ASSIGN(const auto description, body.OptionalText("description"));
  TRY_ASSIGN(const iam::ActionSet actions, ReadActions(body));
  // Whoever it is bound to gets them at once.
  TRY(RequireActions(call, actions, iam::Resource::Account(call.account)));
  const meta::Role role{name, description.value_or(""), NamesOf(actions), call.now()};
  TRY(call.Write(
      [&](db::Tx& tx) -> Result<void> { return meta::PutRole(tx, call.account, role); }));
  return ItemAnswer(role, WriteCustom);
}

Result<http::Response> Delete(const Call& call) {
  const std::string name = call.Parameter("role");
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto bindings, meta::ListRoleBindings(tx, call.account));
    const auto bound = std::count_if(bindings.begin(), bindings.end(),
                                     [&](const auto& binding) { return binding.role == name; });
    if (bound > 0) {
      return Error(Code::kFailedPrecondition, "role_bound",
                   "the role \"" + name + "\" is still bound " + std::to_string(bound) +
                       (bound == 1 ? " time" : " times") + "; delete the bindings first");
    }
    TRY_ASSIGN(const bool deleted, meta::DeleteRole(tx, call.account, name));
    return deleted ? Ok() : Result<void>(RoleUnknown(name));
  }));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/roles", "admin_roles", "account:Read", ListAll},
    {http::Method::kPut, "/roles/{role}", "admin_role_put", "account:Admin", Put},
    {http::Method::kDelete, "/roles/{role}", "admin_role_delete", "account:Admin", Delete},
};

}  // namespace

Result<iam::PolicySetBuilder> BuilderWithRoles(const Call& call) {
  TRY_ASSIGN(const auto roles, CustomRoles(call));
  iam::PolicySetBuilder builder(call.account);
  for (const meta::Role& role : roles) TRY(builder.AddRole({role.name, ActionsOf(role)}));
  std::vector<meta::PolicyDocument> documents;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(documents, meta::ListPolicyDocuments(tx, call.account));
    return Ok();
  }));
  for (const meta::PolicyDocument& row : documents) {
    if (row.scope.kind != meta::kRoleScope) continue;
    TRY_ASSIGN(const auto document,
               iam::PolicyDocument::Parse(row.body, iam::DocumentKind::kIdentity,
                                          iam::Resource::Account(call.account)));
    TRY(builder.AttachToRole(document, row.scope.name, row.name));
  }
  return builder;
}

std::span<const Row> RoleRows() { return kRows; }

}  // namespace gantry::api::admin
