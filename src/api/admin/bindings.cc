#include <algorithm>
#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "api/admin/roles.h"
#include "base/encoding.h"
#include "iam/cel.h"
#include "iam/principal_pattern.h"
#include "meta/policies.h"

namespace gantry::api::admin {
namespace {

void WriteBinding(json::Writer& writer, const meta::RoleBinding& binding) {
  writer.BeginObject();
  // More digits than a JavaScript number has.
  writer.Key("id").String(std::to_string(binding.id.value));
  writer.Key("scope").BeginObject().Key("kind").String(binding.scope.kind);
  writer.Key("name").String(binding.scope.name).EndObject();
  writer.Key("role").String(binding.role).Key("principal").String(binding.principal);
  writer.Key("condition");
  if (binding.condition.empty()) {
    writer.Null();
  } else {
    writer.String(binding.condition);
  }
  WriteTime(writer, "created", binding.created_at);
  writer.EndObject();
}

Result<http::Response> ListIn(const Call& call, const Scope& scope) {
  std::vector<meta::RoleBinding> bindings;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(bindings, meta::ListRoleBindings(tx, call.account, scope.stored));
    return Ok();
  }));
  return ListAnswer("bindings", bindings, WriteBinding);
}

Result<http::Response> AddIn(const Call& call, const Scope& scope) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"role", "principal", "condition"}));
  TRY_ASSIGN(const std::string role, body.Text("role"));
  TRY_ASSIGN(const std::string principal, body.Text("principal"));
  TRY_ASSIGN(const auto condition, body.OptionalText("condition"));
  TRY_ASSIGN(const auto pattern, iam::PrincipalPattern::Parse(principal, call.account));
  std::optional<iam::CelExpression> expression;
  if (condition) {
    TRY_ASSIGN(expression, iam::CelExpression::Parse(*condition));
  }
  TRY_ASSIGN(iam::PolicySetBuilder builder, BuilderWithRoles(call));
  TRY(builder.Bind(role, {pattern}, scope.resource, std::move(expression)));
  const auto grants = std::move(builder).Build(0);
  TRY(RequireGrants(call, *grants));
  meta::RoleBinding binding;
  binding.scope = scope.stored;
  binding.role = role;
  binding.principal = pattern.Text(call.account);
  binding.condition = condition.value_or("");
  binding.created_at = call.now();
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, meta::AddRoleBinding(tx, call.services.ids, call.account, binding));
    if (!id) {
      return Error(Code::kAlreadyExists, "binding_exists",
                   binding.principal + " has the role " + role + " there already");
    }
    binding.id = *id;
    return Ok();
  }));
  return ItemAnswer(binding, WriteBinding, 201);
}

// Within the scope that was authorized: an id of another one is unknown there. Whoever takes a role
// away must have what it gives, or a lesser administrator could lock out a greater one.
Result<http::Response> DeleteIn(const Call& call, const Scope& scope) {
  const auto id = ParseDecimal(call.Parameter("id"));
  if (!id) return InvalidArgument("number_invalid", "the id of a binding is a number");
  const Error unknown = NotFound("binding_unknown", "there is no such binding here");
  std::vector<meta::RoleBinding> bindings;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(bindings, meta::ListRoleBindings(tx, call.account, scope.stored));
    return Ok();
  }));
  const auto found = std::find_if(bindings.begin(), bindings.end(),
                                  [&](const auto& binding) { return binding.id.value == *id; });
  if (found == bindings.end()) return unknown;
  TRY_ASSIGN(iam::PolicySetBuilder builder, BuilderWithRoles(call));
  // A role that is gone gives nothing.
  if (builder.Bind(found->role, {}, scope.resource).ok()) {
    TRY(RequireGrants(call, *std::move(builder).Build(0)));
  }
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted, meta::DeleteRoleBinding(tx, call.account, meta::BindingId{*id}));
    return deleted ? Ok() : Result<void>(unknown);
  }));
  return Done();
}

// All of the account, wherever they stand.
Result<http::Response> ListAll(const Call& call) {
  std::vector<meta::RoleBinding> bindings;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(bindings, meta::ListRoleBindings(tx, call.account));
    return Ok();
  }));
  return ListAnswer("bindings", bindings, WriteBinding);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/bindings", "admin_bindings", "account:Read", ListAll},
    {http::Method::kPost, "/bindings", "admin_binding_add", "account:Admin", OfAccount<AddIn>},
    {http::Method::kDelete, "/bindings/{id}", "admin_binding_delete", "account:Admin",
     OfAccount<DeleteIn>},
    {http::Method::kGet, "/projects/{project}/bindings", "admin_project_bindings", "project:Admin",
     OfProject<ListIn>},
    {http::Method::kPost, "/projects/{project}/bindings", "admin_project_binding_add",
     "project:Admin", OfProject<AddIn>},
    {http::Method::kDelete, "/projects/{project}/bindings/{id}", "admin_project_binding_delete",
     "project:Admin", OfProject<DeleteIn>},
    {http::Method::kGet, "/repositories/{name...}/bindings", "admin_repository_bindings",
     "repository:Admin", OfRepository<ListIn>},
    {http::Method::kPost, "/repositories/{name...}/bindings", "admin_repository_binding_add",
     "repository:Admin", OfRepository<AddIn>},
    {http::Method::kDelete, "/repositories/{name...}/bindings/{id}",
     "admin_repository_binding_delete", "repository:Admin", OfRepository<DeleteIn>},
};

}  // namespace

std::span<const Row> BindingRows() { return kRows; }

}  // namespace gantry::api::admin
