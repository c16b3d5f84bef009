#include "auth/authorizer.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "iam/bindings.h"
#include "iam/policy_document.h"
#include "iam/policy_set_builder.h"
#include "iam/scopes.h"
#include "meta/accounts.h"
#include "meta/policies.h"
#include "meta/projects.h"

namespace gantry::auth {
namespace {

constexpr int64_t kProjectsPage = 1000;

// All that an account's PolicySet is made of, read in one transaction.
struct Rows {
  int64_t version = -1;  // -1: there is no such account
  std::vector<meta::Role> roles;
  std::vector<meta::RoleBinding> bindings;
  std::vector<meta::PolicyDocument> documents;
  std::vector<meta::Project> public_projects;
};

Result<void> ReadProjects(db::Tx& tx, const iam::AccountId& account, Rows& rows) {
  std::optional<std::string> after;
  for (;;) {
    TRY_ASSIGN(auto page, meta::ListProjects(tx, account, after, kProjectsPage));
    for (meta::Project& project : page) {
      after = project.name;
      if (project.anonymous_pull) rows.public_projects.push_back(std::move(project));
    }
    if (page.size() < static_cast<size_t>(kProjectsPage)) return Ok();
  }
}

Result<Rows> ReadRows(db::Db& db, const iam::AccountId& account) {
  Rows rows;
  TRY(db.Read([&](db::Tx& tx) -> Result<void> {
    rows = Rows();
    TRY_ASSIGN(const auto versions, meta::ListAccountVersions(tx));
    for (const meta::AccountVersions& row : versions)
      if (row.account == account) rows.version = row.policies;
    if (rows.version < 0) return Ok();
    TRY_ASSIGN(rows.roles, meta::ListRoles(tx, account));
    TRY_ASSIGN(rows.bindings, meta::ListRoleBindings(tx, account));
    TRY_ASSIGN(rows.documents, meta::ListPolicyDocuments(tx, account));
    return ReadProjects(tx, account, rows);
  }));
  return rows;
}

iam::Resource ResourceOf(const meta::PolicyScope& scope, const iam::AccountId& account) {
  if (scope.kind == "repository") return iam::Resource::Repository(account, scope.name);
  if (scope.kind == "project") return iam::Resource::Project(account, scope.name);
  return iam::Resource::Account(account);
}

Result<void> AddRole(iam::PolicySetBuilder& builder, const meta::Role& row) {
  iam::ActionSet actions;
  std::istringstream names(row.actions);
  for (std::string name; names >> name;) {
    const auto action = iam::FindAction(name);
    if (action) actions = actions | iam::ActionSet{*action};
  }
  return builder.AddRole({row.name, actions});
}

Result<void> AddBinding(iam::PolicySetBuilder& builder, const meta::RoleBinding& row,
                        const iam::AccountId& account) {
  TRY_ASSIGN(auto principal, iam::PrincipalPattern::Parse(row.principal, account));
  std::optional<iam::CelExpression> condition;
  if (!row.condition.empty()) {
    TRY_ASSIGN(condition, iam::CelExpression::Parse(row.condition));
  }
  return builder.Bind(row.role, {std::move(principal)}, ResourceOf(row.scope, account),
                      std::move(condition));
}

bool IsOfRole(const meta::PolicyDocument& row) { return row.scope.kind == meta::kRoleScope; }

// Before the role is bound.
Result<void> AddDocumentOfRole(iam::PolicySetBuilder& builder, const meta::PolicyDocument& row,
                               const iam::AccountId& account) {
  TRY_ASSIGN(const auto document, iam::PolicyDocument::Parse(row.body, iam::DocumentKind::kIdentity,
                                                             iam::Resource::Account(account)));
  return builder.AttachToRole(document, row.scope.name, row.name);
}

Result<void> AddDocument(iam::PolicySetBuilder& builder, const meta::PolicyDocument& row,
                         const iam::AccountId& account) {
  if (row.scope.kind == meta::kPrincipalScope) {
    TRY_ASSIGN(const auto principal, iam::PrincipalPattern::Parse(row.scope.name, account));
    TRY_ASSIGN(const auto document,
               iam::PolicyDocument::Parse(row.body, iam::DocumentKind::kIdentity,
                                          iam::Resource::Account(account)));
    builder.AttachDocument(document, principal, row.name);
    return Ok();
  }
  const iam::Resource scope = ResourceOf(row.scope, account);
  if (row.form == "bindings") {
    TRY_ASSIGN(const auto bindings, iam::Bindings::Parse(row.body, account));
    return builder.AddBindings(bindings, scope);
  }
  const auto kind = scope.kind() == iam::ResourceKind::kAccount ? iam::DocumentKind::kAccount
                                                                : iam::DocumentKind::kScope;
  TRY_ASSIGN(const auto document, iam::PolicyDocument::Parse(row.body, kind, scope));
  builder.AddDocument(document);
  return Ok();
}

Result<void> AddPublicProject(iam::PolicySetBuilder& builder, const meta::Project& project,
                              const iam::AccountId& account) {
  return builder.Bind("reader", {iam::PrincipalPattern::Anyone()},
                      iam::Resource::Project(account, project.name));
}

std::string_view FingerprintOf(const Session& session) {
  return session.limits ? std::string_view(session.limits->fingerprint()) : std::string_view();
}

}  // namespace

std::optional<iam::Decision> Authorizer::TryDecide(const Session& session, iam::Action action,
                                                   const iam::Resource& resource) {
  const int64_t own = access_.Of(session.principal.account).policies.load();
  const int64_t target = access_.Of(resource.account()).policies.load();
  return decisions_.Find({session.identity, FingerprintOf(session), action, resource,
                          static_cast<uint64_t>(own), static_cast<uint64_t>(target)});
}

Result<iam::Decision> Authorizer::Decide(const Session& session, iam::Action action,
                                         const iam::Resource& resource,
                                         const iam::RequestContext& context) {
  TRY_ASSIGN(const auto own, PoliciesOf(session.principal.account));
  TRY_ASSIGN(const auto target, PoliciesOf(resource.account()));
  const iam::DecisionKey key{session.identity, FingerprintOf(session), action,
                             resource,         own->version(),         target->version()};
  if (const auto known = decisions_.Find(key)) return *known;
  const iam::Request request{session.principal, action, resource, context,
                             session.limits ? &*session.limits : nullptr};
  const iam::Decision decision = iam::DecideAcross(*own, *target, request);
  decisions_.Insert(key, decision);
  return decision;
}

Result<std::shared_ptr<const iam::PolicySet>> Authorizer::PoliciesOf(
    const iam::AccountId& account) {
  const auto version = static_cast<uint64_t>(access_.Of(account).policies.load());
  {
    MutexLock lock(mutex_);
    const auto found = sets_.find(account);
    if (found != sets_.end() && found->second->version() == version) return found->second;
  }
  TRY_ASSIGN(auto built, Build(account));
  MutexLock lock(mutex_);
  auto& kept = sets_[account];
  // Another thread may have built a later one meanwhile.
  if (kept == nullptr || kept->version() <= built->version()) kept = std::move(built);
  return kept;
}

Result<std::shared_ptr<const iam::PolicySet>> Authorizer::Build(const iam::AccountId& account) {
  TRY_ASSIGN(const Rows rows, ReadRows(access_.db(), account));
  iam::PolicySetBuilder builder(account);
  // What is stored was checked before; what is refused now must not take the rest with it, for then
  // nobody could mend it. Allowances that are left out are missed; denies are only in documents.
  const auto add = [&](const char* what, const std::string& name, const Result<void>& added) {
    if (added.ok()) return;
    log::Failure(logger_, "policy_not_applied")
        .Field("account", account.text())
        .Field("kind", what)
        .Field("name", name)
        .Field("error", added.error().ToString());
  };
  for (const auto& role : rows.roles) add("role", role.name, AddRole(builder, role));
  // Statements may deny: while they cannot be read, nothing of the account is decided.
  for (const auto& document : rows.documents)
    if (IsOfRole(document)) TRY(AddDocumentOfRole(builder, document, account));
  for (const auto& binding : rows.bindings)
    add("binding", binding.role, AddBinding(builder, binding, account));
  for (const auto& project : rows.public_projects)
    add("project", project.name, AddPublicProject(builder, project, account));
  for (const auto& document : rows.documents) {
    if (IsOfRole(document)) continue;
    Result<void> added = AddDocument(builder, document, account);
    if (document.form != "bindings")
      TRY(std::move(added));
    else
      add("bindings", document.name, added);
  }
  return std::move(builder).Build(static_cast<uint64_t>(rows.version));
}

}  // namespace gantry::auth
