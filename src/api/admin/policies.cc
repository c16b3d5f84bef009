#include "meta/policies.h"

#include <algorithm>
#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "api/admin/roles.h"
#include "crypto/random.h"
#include "iam/bindings.h"
#include "iam/policy_document.h"
#include "meta/groups.h"
#include "meta/robots.h"
#include "meta/users.h"

namespace gantry::api::admin {
namespace {

constexpr const char* kIamForm = "iam";
constexpr const char* kBindingsForm = "bindings";

void WriteHead(json::Writer& writer, const meta::PolicyDocument& document) {
  writer.Key("name").String(document.name);
  writer.Key("scope").BeginObject().Key("kind").String(document.scope.kind);
  writer.Key("name").String(document.scope.name).EndObject();
  writer.Key("form").String(document.form).Key("etag").String(document.etag);
  WriteTime(writer, "updated", document.updated_at);
}

void WriteSummary(json::Writer& writer, const meta::PolicyDocument& document) {
  writer.BeginObject();
  WriteHead(writer, document);
  writer.EndObject();
}

void WriteDocument(json::Writer& writer, const meta::PolicyDocument& document) {
  writer.BeginObject();
  WriteHead(writer, document);
  writer.Key("document").Raw(document.body);
  writer.EndObject();
}

Error PolicyUnknown(const std::string& name) {
  return NotFound("policy_unknown", "there is no policy \"" + name.substr(0, 64) + "\" here");
}

Result<http::Response> ListIn(const Call& call, const Scope& scope) {
  std::vector<meta::PolicyDocument> all;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(all, meta::ListPolicyDocuments(tx, call.account));
    return Ok();
  }));
  std::erase_if(all, [&](const auto& document) { return document.scope != scope.stored; });
  return ListAnswer("policies", all, WriteSummary);
}

Result<http::Response> ListAll(const Call& call) {
  std::vector<meta::PolicyDocument> all;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(all, meta::ListPolicyDocuments(tx, call.account));
    return Ok();
  }));
  return ListAnswer("policies", all, WriteSummary);
}

Result<std::optional<meta::PolicyDocument>> Find(const Call& call, const Scope& scope) {
  std::optional<meta::PolicyDocument> document;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(document,
               meta::FindPolicyDocument(tx, call.account, scope.stored, call.Parameter("policy")));
    return Ok();
  }));
  return document;
}

Result<http::Response> ShowIn(const Call& call, const Scope& scope) {
  TRY_ASSIGN(const auto document, Find(call, scope));
  if (!document) return PolicyUnknown(call.Parameter("policy"));
  return ItemAnswer(*document, WriteDocument);
}

bool IsOfIdentity(const Scope& scope) {
  return scope.stored.kind == meta::kPrincipalScope || scope.stored.kind == meta::kRoleScope;
}

iam::DocumentKind KindOf(const Scope& scope) {
  if (IsOfIdentity(scope)) return iam::DocumentKind::kIdentity;
  return scope.resource.kind() == iam::ResourceKind::kAccount ? iam::DocumentKind::kAccount
                                                              : iam::DocumentKind::kScope;
}

// What the document gives; an error says what is wrong with it. `etag`: that of the bindings' form.
Result<std::shared_ptr<const iam::PolicySet>> GrantsOf(const Call& call, const Scope& scope,
                                                       const std::string& form,
                                                       const std::string& text, std::string& etag) {
  TRY_ASSIGN(iam::PolicySetBuilder builder, BuilderWithRoles(call));
  if (form == kBindingsForm) {
    TRY_ASSIGN(const auto bindings, iam::Bindings::Parse(text, call.account));
    etag = bindings.etag;
    TRY(builder.AddBindings(bindings, scope.resource));
    return std::move(builder).Build(0);
  }
  auto document = iam::PolicyDocument::Parse(text, KindOf(scope), scope.resource);
  if (!document.ok()) {
    // The sentence that says what is wrong, rather than ECR's.
    const Error& error = document.error();
    const std::string problem(iam::PolicyProblem(error));
    if (error.code() == Code::kTooLarge) return error;
    return InvalidArgument("policy_invalid", problem);
  }
  builder.AddDocument(*document);
  return std::move(builder).Build(0);
}

// What an IAM or bindings document gave must be had by whoever replaces or removes it, too: a deny
// or a grant of a greater administrator is not a lesser one's to take away.
Result<void> RequireOld(const Call& call, const Scope& scope) {
  TRY_ASSIGN(const auto old, Find(call, scope));
  if (!old) return Ok();
  std::string etag;
  const auto grants = GrantsOf(call, scope, old->form, old->body, etag);
  // What cannot be read gives nothing, and may be mended.
  return grants.ok() ? RequireGrants(call, **grants) : Ok();
}

Error EtagMismatch() {
  return Error(Code::kConflict, "etag_mismatch",
               "the policy was changed meanwhile; read it again, and put your change with its "
               "new etag");
}

Result<http::Response> PutIn(const Call& call, const Scope& scope) {
  const std::string name = call.Parameter("policy");
  TRY(CheckName(name, "policy"));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"form", "document", "etag"}));
  TRY_ASSIGN(const auto form_text, body.OptionalText("form"));
  TRY_ASSIGN(auto etag, body.OptionalText("etag"));
  const std::string form = form_text.value_or(kIamForm);
  if (form != kIamForm && form != kBindingsForm) {
    return InvalidArgument("form_invalid", "\"form\" must be \"iam\" or \"bindings\"");
  }
  if (form == kBindingsForm && IsOfIdentity(scope)) {
    return InvalidArgument("form_invalid", "a policy of a principal or role has the form \"iam\"");
  }
  if (!body.Find("document")) {
    return InvalidArgument("field_missing", "the field \"document\" is missing");
  }
  const std::string text = body.Raw("document", "");
  std::string inner_etag;
  TRY_ASSIGN(const auto grants, GrantsOf(call, scope, form, text, inner_etag));
  if (!etag && !inner_etag.empty()) etag = inner_etag;
  TRY(RequireGrants(call, *grants));
  TRY(RequireOld(call, scope));
  const meta::PolicyDocument document{scope.stored,         name,      form, text,
                                      crypto::RandomHex(8), call.now()};
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool done,
               meta::PutPolicyDocument(tx, call.services.ids, call.account, document, etag));
    return done ? Ok() : Result<void>(EtagMismatch());
  }));
  return ItemAnswer(document, WriteDocument);
}

Result<http::Response> DeleteIn(const Call& call, const Scope& scope) {
  const std::string name = call.Parameter("policy");
  TRY(RequireOld(call, scope));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted,
               meta::DeletePolicyDocument(tx, call.account, scope.stored, name));
    return deleted ? Ok() : Result<void>(PolicyUnknown(name));
  }));
  return Done();
}

// Whom {principal} names, who must be there: the kinds of principals that have rows, or a custom
// role.
Result<Scope> ScopeOfPrincipal(const Call& call) {
  const std::string text = call.Parameter("principal");
  const std::string kind = text.substr(0, text.find(':'));
  const std::string name = text.substr(std::min(kind.size() + 1, text.size()));
  if (kind != "user" && kind != "group" && kind != "robot" && kind != "role") {
    return InvalidArgument("principal_invalid",
                           "a policy is attached to user:NAME, group:NAME, robot:NAME or "
                           "role:NAME, not \"" +
                               text.substr(0, 64) + "\"");
  }
  bool there = false;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    there = false;
    if (kind == "user") {
      TRY_ASSIGN(const auto user, meta::FindUser(tx, call.account, name));
      there = user.has_value();
    } else if (kind == "group") {
      TRY_ASSIGN(const auto group, meta::FindGroup(tx, call.account, name));
      there = group.has_value();
    } else if (kind == "robot") {
      TRY_ASSIGN(const auto robot, meta::FindRobot(tx, call.account, name));
      there = robot.has_value();
    } else {
      TRY_ASSIGN(const auto roles, meta::ListRoles(tx, call.account));
      there = std::any_of(roles.begin(), roles.end(),
                          [&](const meta::Role& role) { return role.name == name; });
    }
    return Ok();
  }));
  if (!there) {
    const char* reason = kind == "user"    ? "user_unknown"
                         : kind == "group" ? "group_unknown"
                         : kind == "robot" ? "robot_unknown"
                                           : "role_unknown";
    return NotFound(reason, "there is no " + kind + " \"" + name.substr(0, 64) + "\"");
  }
  const iam::Resource account = iam::Resource::Account(call.account);
  if (kind == "role") return Scope{account, {meta::kRoleScope, name}};
  return Scope{account, {meta::kPrincipalScope, text}};
}

template <InScope kDo>
Result<http::Response> OfPrincipal(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfPrincipal(call));
  return kDo(call, scope);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/policies", "admin_policies", "account:Read", ListAll},
    {http::Method::kGet, "/policies/{policy}", "admin_policy", "account:Read", OfAccount<ShowIn>},
    {http::Method::kPut, "/policies/{policy}", "admin_policy_put", "account:Admin",
     OfAccount<PutIn>},
    {http::Method::kDelete, "/policies/{policy}", "admin_policy_delete", "account:Admin",
     OfAccount<DeleteIn>},
    {http::Method::kGet, "/projects/{project}/policies", "admin_project_policies", "project:Admin",
     OfProject<ListIn>},
    {http::Method::kGet, "/projects/{project}/policies/{policy}", "admin_project_policy",
     "project:Admin", OfProject<ShowIn>},
    {http::Method::kPut, "/projects/{project}/policies/{policy}", "admin_project_policy_put",
     "project:Admin", OfProject<PutIn>},
    {http::Method::kDelete, "/projects/{project}/policies/{policy}", "admin_project_policy_delete",
     "project:Admin", OfProject<DeleteIn>},
    {http::Method::kGet, "/repositories/{name...}/policies", "admin_repository_policies",
     "repository:Admin", OfRepository<ListIn>},
    {http::Method::kGet, "/repositories/{name...}/policies/{policy}", "admin_repository_policy",
     "repository:Admin", OfRepository<ShowIn>},
    {http::Method::kPut, "/repositories/{name...}/policies/{policy}", "admin_repository_policy_put",
     "repository:Admin", OfRepository<PutIn>},
    {http::Method::kDelete, "/repositories/{name...}/policies/{policy}",
     "admin_repository_policy_delete", "repository:Admin", OfRepository<DeleteIn>},
    {http::Method::kGet, "/principals/{principal}/policies", "admin_principal_policies",
     "account:Read", OfPrincipal<ListIn>},
    {http::Method::kGet, "/principals/{principal}/policies/{policy}", "admin_principal_policy",
     "account:Read", OfPrincipal<ShowIn>},
    {http::Method::kPut, "/principals/{principal}/policies/{policy}", "admin_principal_policy_put",
     "account:Admin", OfPrincipal<PutIn>},
    {http::Method::kDelete, "/principals/{principal}/policies/{policy}",
     "admin_principal_policy_delete", "account:Admin", OfPrincipal<DeleteIn>},
};

}  // namespace

std::span<const Row> PolicyRows() { return kRows; }

}  // namespace gantry::api::admin
