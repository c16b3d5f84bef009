#include "iam/policy_set_builder.h"

#include <utility>

namespace gantry::iam {
namespace {

std::string ScopeText(const Resource& scope) {
  switch (scope.kind()) {
    case ResourceKind::kRepository:
      return "repository " + std::string(scope.repository());
    case ResourceKind::kProject:
      return scope.project().empty() ? "the root project"
                                     : "project " + std::string(scope.project());
    case ResourceKind::kAccount:
      break;
  }
  return "account " + std::string(scope.account().text());
}

}  // namespace

Result<void> PolicySetBuilder::AddRole(Role role) {
  if (role.name.empty() || FindBuiltInRole(role.name)) {
    return InvalidArgument("role_invalid", "a custom role cannot be called \"" + role.name + "\"");
  }
  if (!roles_.emplace(role.name, role.actions).second) {
    return Error(Code::kAlreadyExists, "role_exists",
                 "there is a role \"" + role.name + "\" already");
  }
  return Ok();
}

Result<ActionSet> PolicySetBuilder::ActionsOf(std::string_view role, const Resource& scope) const {
  if (role == kSystemAdmin &&
      (!account_.IsDefault() || scope != Resource::Account(AccountId::Default()))) {
    return Error(Code::kPermissionDenied, "role_not_allowed",
                 "the role system-admin can only be bound for the whole of the default account");
  }
  if (const auto actions = FindBuiltInRole(role)) return *actions;
  const auto found = roles_.find(role);
  if (found != roles_.end()) return found->second;
  return NotFound("role_unknown", "there is no role \"" + std::string(role.substr(0, 128)) + "\"");
}

Result<void> PolicySetBuilder::AttachToRole(const PolicyDocument& document, const std::string& role,
                                            std::string_view name) {
  if (roles_.count(role) == 0) {
    return NotFound("role_unknown", "there is no custom role \"" + role.substr(0, 128) + "\"");
  }
  for (Statement statement : document.statements) {
    statement.source = "policy " + std::string(name) + " of role " + role;
    role_statements_[role].push_back(std::move(statement));
  }
  return Ok();
}

Result<void> PolicySetBuilder::Bind(std::string_view role, std::vector<PrincipalPattern> members,
                                    const Resource& scope, std::optional<CelExpression> condition) {
  TRY_ASSIGN(const ActionSet actions, ActionsOf(role, scope));
  const auto attached = role_statements_.find(role);
  if (attached != role_statements_.end()) {
    for (Statement statement : attached->second) {
      statement.principals = members;
      statement.within = ResourcePattern::In(scope);
      statement.source += " for " + ScopeText(scope);
      statement.expression = condition;
      AddStatement(std::move(statement));
    }
  }
  Statement statement;
  statement.source = "role " + std::string(role) + " for " + ScopeText(scope);
  statement.principals = std::move(members);
  statement.actions = actions;
  statement.every_account = role == kSystemAdmin;
  statement.resources = {ResourcePattern::Everything()};
  if (!statement.every_account) statement.within = ResourcePattern::In(scope);
  statement.expression = std::move(condition);
  AddStatement(std::move(statement));
  return Ok();
}

Result<void> PolicySetBuilder::AddBindings(const Bindings& bindings, const Resource& scope) {
  for (const Binding& binding : bindings.bindings) TRY(ActionsOf(binding.role, scope));
  for (const Binding& binding : bindings.bindings) {
    std::optional<CelExpression> expression;
    if (binding.condition) expression = binding.condition->expression;
    TRY(Bind(binding.role, binding.patterns, scope, std::move(expression)));
  }
  return Ok();
}

void PolicySetBuilder::AddDocument(const PolicyDocument& document) {
  for (const Statement& statement : document.statements) AddStatement(statement);
}

void PolicySetBuilder::AttachDocument(const PolicyDocument& document,
                                      const PrincipalPattern& principal, std::string_view name) {
  for (const Statement& original : document.statements) {
    Statement statement = original;
    statement.principals = {principal};
    statement.principals_inverted = false;
    statement.source = "policy " + std::string(name) + " of " + principal.Text(account_);
    AddStatement(std::move(statement));
  }
}

void PolicySetBuilder::AddStatement(Statement statement) {
  if (!account_.IsDefault() && statement.effect == Effect::kAllow) {
    statement.actions = statement.actions - ActionSet{Action::kSystemOperate};
  }
  statements_.push_back(std::move(statement));
}

std::shared_ptr<const PolicySet> PolicySetBuilder::Build(uint64_t version) && {
  return std::shared_ptr<const PolicySet>(new PolicySet(account_, version, std::move(statements_)));
}

}  // namespace gantry::iam
