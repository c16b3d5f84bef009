#include <optional>

#include "api/admin/answer.h"
#include "api/admin/handlers.h"
#include "api/admin/users.h"
#include "iam/policy_queries.h"
#include "iam/principal_pattern.h"
#include "iam/timestamp.h"
#include "meta/groups.h"
#include "meta/users.h"
#include "oci/reference.h"

// Questions to the policies: may he, who may, what does he reach.
namespace gantry::api::admin {
namespace {

Result<std::string> Required(const Call& call, const char* name, const char* example) {
  auto text = call.request.Query(name);
  if (text && !text->empty()) return *std::move(text);
  return InvalidArgument("parameter_missing",
                         std::string("say ?") + name + "=, for example " + name + "=" + example);
}

Result<iam::Action> ActionParameter(const Call& call) {
  TRY_ASSIGN(const std::string text, Required(call, "action", "repository:Pull"));
  if (const auto action = iam::FindAction(text)) return *action;
  return InvalidArgument("action_unknown", "there is no action \"" + text.substr(0, 64) +
                                               "\"; GET /roles shows those there are");
}

// "ACCOUNT/repository/NAME" and so on, without the account one of this account; a name alone is a
// repository's.
Result<iam::Resource> ResourceParameter(const Call& call) {
  TRY_ASSIGN(const std::string text, Required(call, "resource", "repository/myapp/api"));
  if (auto resource = iam::Resource::Parse(text); resource.ok()) return resource;
  const std::string account(call.account.text());
  if (auto resource = iam::Resource::Parse(account + "/" + text); resource.ok()) return resource;
  const auto name = oci::RepositoryName::Parse(text);
  if (name.ok()) return iam::Resource::Repository(call.account, name->text());
  return InvalidArgument("resource_invalid",
                         "\"" + text.substr(0, 64) +
                             "\" is no resource: repository/NAME, project/NAME or *, with ACCOUNT/ "
                             "before it for another account");
}

// Of another account only what whoever asks may read there.
Result<void> RequireRead(const Call& call, const iam::AccountId& account) {
  if (account == call.account) return Ok();
  TRY_ASSIGN(const bool may, call.services.may(call.request, iam::Action::kAccountRead,
                                               iam::Resource::Account(account)));
  if (may) return Ok();
  return Error(Code::kPermissionDenied, "denied",
               "the policies of account " + std::string(account.text()) +
                   " are not yours to read: that needs account:Read there");
}

// Attributes as ?attribute=KEY=VALUE, groups of workloads as ?group=NAME.
Result<void> AddParameters(const Call& call, iam::Principal& principal) {
  for (const std::string& text : call.request.QueryAll("attribute")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      return InvalidArgument("attribute_invalid", "an attribute is KEY=VALUE");
    }
    principal.attributes[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const std::string& group : call.request.QueryAll("group")) principal.groups.push_back(group);
  iam::SortGroups(principal.groups);
  return Ok();
}

// As it would be if it came now: a user with its groups.
Result<iam::Principal> PrincipalParameter(const Call& call) {
  TRY_ASSIGN(const std::string text, Required(call, "principal", "user:alice"));
  TRY_ASSIGN(const auto pattern, iam::PrincipalPattern::Parse(text, call.account));
  iam::Principal principal{.account = pattern.account()};
  if (pattern.form() == iam::PrincipalPattern::Form::kNamed && pattern.IsExact()) {
    principal.kind = pattern.kind();
    principal.name = pattern.name();
  } else if (pattern.form() != iam::PrincipalPattern::Form::kAnonymous) {
    return InvalidArgument("principal_invalid",
                           "\"" + text.substr(0, 64) +
                               "\" is not one principal: user:NAME, robot:NAME, "
                               "workload:TRUST/SUBJECT, node:NAME or anonymous");
  }
  TRY(RequireRead(call, principal.account));
  if (principal.kind == iam::PrincipalKind::kUser) {
    TRY(call.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(const auto user, meta::FindUser(tx, principal.account, principal.name));
      if (!user) return UserUnknown(principal.name);
      TRY_ASSIGN(principal.groups, meta::GroupsOf(tx, principal.account, principal.name));
      return Ok();
    }));
  }
  TRY(AddParameters(call, principal));
  return principal;
}

Result<iam::RequestContext> ContextParameters(const Call& call) {
  iam::RequestContext context;
  context.now = call.now();
  if (const auto text = call.request.Query("time")) {
    const auto time = iam::ParseTimestamp(*text);
    if (!time) return InvalidArgument("time_invalid", "time is written as 2026-11-24T09:15:00Z");
    context.now = *time;
  }
  context.source_ip = call.request.Query("source_ip").value_or("");
  context.user_agent = call.request.Query("user_agent").value_or("");
  context.secure_transport = true;
  return context;
}

const char* EffectText(iam::Effect effect) {
  return effect == iam::Effect::kAllow ? "allow" : "deny";
}

Result<http::Response> Explain(const Call& call) {
  TRY_ASSIGN(const iam::Principal principal, PrincipalParameter(call));
  TRY_ASSIGN(const iam::Action action, ActionParameter(call));
  TRY_ASSIGN(const iam::Resource resource, ResourceParameter(call));
  TRY_ASSIGN(const iam::RequestContext context, ContextParameters(call));
  TRY(RequireRead(call, resource.account()));
  TRY_ASSIGN(const auto own, call.services.authorizer.PoliciesOf(principal.account));
  TRY_ASSIGN(const auto target, call.services.authorizer.PoliciesOf(resource.account()));
  const auto explanation = iam::Explain(*own, *target, {principal, action, resource, context});
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("principal").String(principal.FullText());
  WriteTexts(writer, "groups", principal.groups);
  writer.Key("action").String(iam::ActionName(action));
  writer.Key("resource").String(resource.Text());
  writer.Key("allowed").Bool(explanation.decision.allowed());
  writer.Key("decision").String(iam::DecisionKindText(explanation.decision.kind));
  writer.Key("sentence").String(explanation.sentence);
  writer.Key("statements").BeginArray();
  for (const iam::ExplainedStatement& statement : explanation.statements) {
    writer.BeginObject();
    writer.Key("title").String(statement.title);
    writer.Key("effect").String(EffectText(statement.effect));
    writer.Key("applies").Bool(statement.applies == iam::Applies::kYes);
    writer.Key("because").String(iam::AppliesText(statement.applies));
    writer.Key("ofPrincipalsAccount").Bool(statement.own_side);
    writer.Key("decided").Bool(statement.decided);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return Json(std::move(body));
}

Result<http::Response> WhoCan(const Call& call) {
  TRY_ASSIGN(const iam::Action action, ActionParameter(call));
  TRY_ASSIGN(const iam::Resource resource, ResourceParameter(call));
  TRY(RequireRead(call, resource.account()));
  TRY_ASSIGN(const auto set, call.services.authorizer.PoliciesOf(resource.account()));
  return ListAnswer("grantees", iam::WhoCan(*set, action, resource),
                    [](json::Writer& writer, const iam::Grantee& grantee) {
                      writer.BeginObject();
                      writer.Key("principals").String(grantee.principals);
                      writer.Key("effect").String(EffectText(grantee.effect));
                      writer.Key("conditional").Bool(grantee.conditional);
                      writer.Key("because").String(grantee.title);
                      writer.EndObject();
                    });
}

Result<http::Response> Reach(const Call& call) {
  TRY_ASSIGN(const iam::Principal principal, PrincipalParameter(call));
  TRY_ASSIGN(const auto set, call.services.authorizer.PoliciesOf(call.account));
  return ListAnswer("reachable", iam::Reach(*set, principal),
                    [](json::Writer& writer, const iam::Reachable& line) {
                      writer.BeginObject();
                      writer.Key("resources").String(line.resources);
                      writer.Key("actions").BeginArray();
                      for (const iam::Action action : line.actions.List())
                        writer.String(iam::ActionName(action));
                      writer.EndArray();
                      writer.Key("effect").String(EffectText(line.effect));
                      writer.Key("conditional").Bool(line.conditional);
                      writer.Key("because").String(line.title);
                      writer.EndObject();
                    });
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/explain", "admin_explain", "account:Read", Explain},
    {http::Method::kGet, "/who-can", "admin_who_can", "account:Read", WhoCan},
    {http::Method::kGet, "/reach", "admin_reach", "account:Read", Reach},
};

}  // namespace

std::span<const Row> QuestionRows() { return kRows; }

}  // namespace gantry::api::admin
