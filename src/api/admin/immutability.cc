#include "core/immutability.h"

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "base/encoding.h"

namespace gantry::api::admin {
namespace {

void WriteRule(json::Writer& writer, const meta::ImmutabilityRule& rule) {
  writer.BeginObject().Key("id").String(std::to_string(rule.id.value));
  writer.Key("repositories").String(rule.repository_pattern);
  writer.Key("repositoriesExclude").Bool(rule.repository_excludes);
  writer.Key("tags").String(rule.tag_pattern).Key("tagsExclude").Bool(rule.tag_excludes);
  writer.Key("disabled").Bool(rule.disabled);
  WriteTime(writer, "created", rule.created_at);
  writer.EndObject();
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  TRY_ASSIGN(const auto rules,
             core::Immutability(call.services.store).Rules(call.account, scope.stored.name));
  return ListAnswer("rules", rules, WriteRule);
}

Result<http::Response> Add(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"repositories", "repositoriesExclude",
                                                        "tags", "tagsExclude", "disabled"}));
  meta::ImmutabilityRule rule;
  TRY_ASSIGN(const auto repositories, body.OptionalText("repositories"));
  if (repositories) rule.repository_pattern = *repositories;
  TRY_ASSIGN(const auto tags, body.OptionalText("tags"));
  if (tags) rule.tag_pattern = *tags;
  TRY_ASSIGN(const auto repositories_exclude, body.OptionalBool("repositoriesExclude"));
  TRY_ASSIGN(const auto tags_exclude, body.OptionalBool("tagsExclude"));
  TRY_ASSIGN(const auto disabled, body.OptionalBool("disabled"));
  rule.repository_excludes = repositories_exclude.value_or(false);
  rule.tag_excludes = tags_exclude.value_or(false);
  rule.disabled = disabled.value_or(false);
  TRY_ASSIGN(const auto stored,
             core::Immutability(call.services.store).Add(call.account, scope.stored.name, rule));
  return ItemAnswer(stored, WriteRule, 201);
}

Result<http::Response> Remove(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  const auto id = ParseDecimal(call.request.Parameter("id"));
  if (!id) return InvalidArgument("number_invalid", "the id of a rule is a number");
  TRY(core::Immutability(call.services.store)
          .Remove(call.account, scope.stored.name, meta::RuleId{*id}));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/projects/{project}/immutability-rules", "admin_immutability_rules",
     "project:Read", ListAll},
    {http::Method::kPost, "/projects/{project}/immutability-rules", "admin_immutability_rule_add",
     "project:Update", Add},
    {http::Method::kDelete, "/projects/{project}/immutability-rules/{id}",
     "admin_immutability_rule_delete", "project:Update", Remove},
};

}  // namespace

std::span<const Row> ImmutabilityRows() { return kRows; }

}  // namespace gantry::api::admin
