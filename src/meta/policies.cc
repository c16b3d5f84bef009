#include "meta/policies.h"

#include "meta/changed.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kPutRole{
    "INSERT INTO roles (account, name, description, actions, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, name) DO UPDATE"
    " SET description = excluded.description, actions = excluded.actions"};
constexpr db::Sql kDeleteRole{"DELETE FROM roles WHERE account = $1 AND name = $2"};
constexpr db::Sql kListRoles{
    "SELECT name, description, actions, created_at FROM roles WHERE account = $1 ORDER BY name"};

constexpr db::Sql kAddBinding{
    "INSERT INTO role_bindings (id, account, scope_kind, scope_name, role, principal,"
    " condition_text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (account, scope_kind, scope_name, role, principal, condition_text) DO NOTHING"};
constexpr db::Sql kDeleteBinding{"DELETE FROM role_bindings WHERE account = $1 AND id = $2"};
constexpr db::Sql kDeleteBindingsOf{
    "DELETE FROM role_bindings WHERE account = $1 AND principal = $2"};
constexpr db::Sql kListBindings{
    "SELECT id, scope_kind, scope_name, role, principal, condition_text, created_at"
    " FROM role_bindings WHERE account = $1 AND scope_kind <> 'trash'"
    " ORDER BY scope_kind, scope_name, role, principal, condition_text"};
constexpr db::Sql kListBindingsAt{
    "SELECT id, scope_kind, scope_name, role, principal, condition_text, created_at"
    " FROM role_bindings WHERE account = $1 AND scope_kind = $2 AND scope_name = $3"
    " ORDER BY role, principal, condition_text"};

constexpr db::Sql kInsertDocument{
    "INSERT INTO policy_documents (id, account, scope_kind, scope_name, name, form, body, etag,"
    " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr db::Sql kUpdateDocument{
    "UPDATE policy_documents SET form = $5, body = $6, etag = $7, updated_at = $8"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND name = $4"};
constexpr db::Sql kFindDocument{
    "SELECT scope_kind, scope_name, name, form, body, etag, updated_at FROM policy_documents"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND name = $4"};
constexpr db::Sql kDeleteDocument{
    "DELETE FROM policy_documents"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND name = $4"};
constexpr db::Sql kListDocuments{
    "SELECT scope_kind, scope_name, name, form, body, etag, updated_at FROM policy_documents"
    " WHERE account = $1 AND scope_kind <> 'trash' ORDER BY scope_kind, scope_name, name"};
constexpr db::Sql kDeleteBindingsAt{
    "DELETE FROM role_bindings WHERE account = $1 AND scope_kind = $2 AND scope_name = $3"};
constexpr db::Sql kDeleteDocumentsAt{
    "DELETE FROM policy_documents WHERE account = $1 AND scope_kind = $2 AND scope_name = $3"};

constexpr db::Sql kMoveBindings{
    "UPDATE role_bindings AS moved SET scope_kind = $4, scope_name = $5"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND NOT EXISTS"
    " (SELECT 1 FROM role_bindings AS there WHERE there.account = $1 AND there.scope_kind = $4"
    " AND there.scope_name = $5 AND there.role = moved.role AND there.principal = moved.principal"
    " AND there.condition_text = moved.condition_text)"};
constexpr db::Sql kMoveDocuments{
    "UPDATE policy_documents AS moved SET scope_kind = $4, scope_name = $5"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND NOT EXISTS"
    " (SELECT 1 FROM policy_documents AS there WHERE there.account = $1 AND there.scope_kind = $4"
    " AND there.scope_name = $5 AND there.name = moved.name)"};

Role RoleOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)),
          Time{row.Integer(3)}};
}

RoleBinding BindingOf(const db::Row& row) {
  RoleBinding binding;
  binding.id = BindingId{row.Integer(0)};
  binding.scope = {std::string(row.Text(1)), std::string(row.Text(2))};
  binding.role = row.Text(3);
  binding.principal = row.Text(4);
  binding.condition = row.Text(5);
  binding.created_at = Time{row.Integer(6)};
  return binding;
}

PolicyDocument DocumentOf(const db::Row& row) {
  PolicyDocument document;
  document.scope = {std::string(row.Text(0)), std::string(row.Text(1))};
  document.name = row.Text(2);
  document.form = row.Text(3);
  document.body = row.Text(4);
  document.etag = row.Text(5);
  document.updated_at = Time{row.Integer(6)};
  return document;
}

}  // namespace

PolicyScope ScopeOf(const RepositoryKey& repository) {
  return {"repository", std::string(repository.name())};
}

PolicyScope ScopeOfTrash(TrashId trash) { return {"trash", std::to_string(trash.value)}; }

Result<void> PutRole(db::Tx& tx, const iam::AccountId& account, const Role& role) {
  TRY(ChangePolicies(
      tx, account, kPutRole,
      {account.text(), role.name, role.description, role.actions, role.created_at.micros}));
  return Ok();
}

Result<bool> DeleteRole(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY(DeletePoliciesOf(tx, account, {kRoleScope, name}));
  return ChangePolicies(tx, account, kDeleteRole, {account.text(), name});
}

Result<std::vector<Role>> ListRoles(db::Tx& tx, const iam::AccountId& account) {
  return QueryAll<Role>(tx, kListRoles, {account.text()}, RoleOf);
}

Result<std::optional<BindingId>> AddRoleBinding(db::Tx& tx, IdGenerator& ids,
                                                const iam::AccountId& account,
                                                const RoleBinding& binding) {
  const auto id = ids.Next<BindingId>();
  TRY_ASSIGN(const bool added, ChangePolicies(tx, account, kAddBinding,
                                              {id.value, account.text(), binding.scope.kind,
                                               binding.scope.name, binding.role, binding.principal,
                                               binding.condition, binding.created_at.micros}));
  return added ? std::optional(id) : std::nullopt;
}

Result<bool> DeleteRoleBinding(db::Tx& tx, const iam::AccountId& account, BindingId id) {
  return ChangePolicies(tx, account, kDeleteBinding, {account.text(), id.value});
}

Result<void> DeleteRoleBindingsOf(db::Tx& tx, const iam::AccountId& account,
                                  const std::string& principal) {
  TRY(ChangePolicies(tx, account, kDeleteBindingsOf, {account.text(), principal}));
  return Ok();
}

Result<std::vector<RoleBinding>> ListRoleBindings(db::Tx& tx, const iam::AccountId& account) {
  return QueryAll<RoleBinding>(tx, kListBindings, {account.text()}, BindingOf);
}

Result<std::vector<RoleBinding>> ListRoleBindings(db::Tx& tx, const iam::AccountId& account,
                                                  const PolicyScope& scope) {
  return QueryAll<RoleBinding>(tx, kListBindingsAt, {account.text(), scope.kind, scope.name},
                               BindingOf);
}

Result<bool> PutPolicyDocument(db::Tx& tx, IdGenerator& ids, const iam::AccountId& account,
                               const PolicyDocument& document,
                               const std::optional<std::string>& expected_etag) {
  const PolicyScope& scope = document.scope;
  TRY_ASSIGN(const auto existing, FindPolicyDocument(tx, account, scope, document.name));
  if (expected_etag && *expected_etag != (existing ? existing->etag : "")) return false;
  if (existing) {
    return ChangePolicies(tx, account, kUpdateDocument,
                          {account.text(), scope.kind, scope.name, document.name, document.form,
                           document.body, document.etag, document.updated_at.micros});
  }
  return ChangePolicies(
      tx, account, kInsertDocument,
      {ids.Next<DocumentId>().value, account.text(), scope.kind, scope.name, document.name,
       document.form, document.body, document.etag, document.updated_at.micros});
}

Result<std::optional<PolicyDocument>> FindPolicyDocument(db::Tx& tx, const iam::AccountId& account,
                                                         const PolicyScope& scope,
                                                         const std::string& name) {
  return QueryOne<PolicyDocument>(tx, kFindDocument, {account.text(), scope.kind, scope.name, name},
                                  DocumentOf);
}

Result<bool> DeletePolicyDocument(db::Tx& tx, const iam::AccountId& account,
                                  const PolicyScope& scope, const std::string& name) {
  return ChangePolicies(tx, account, kDeleteDocument,
                        {account.text(), scope.kind, scope.name, name});
}

Result<std::vector<PolicyDocument>> ListPolicyDocuments(db::Tx& tx, const iam::AccountId& account) {
  return QueryAll<PolicyDocument>(tx, kListDocuments, {account.text()}, DocumentOf);
}

Result<void> DeletePoliciesOf(db::Tx& tx, const iam::AccountId& account, const PolicyScope& scope) {
  TRY(ChangePolicies(tx, account, kDeleteBindingsAt, {account.text(), scope.kind, scope.name}));
  TRY(ChangePolicies(tx, account, kDeleteDocumentsAt, {account.text(), scope.kind, scope.name}));
  return Ok();
}

Result<void> MovePolicies(db::Tx& tx, const iam::AccountId& account, const PolicyScope& from,
                          const PolicyScope& to) {
  for (const db::Sql* sql : {&kMoveBindings, &kMoveDocuments}) {
    TRY(ChangePolicies(tx, account, *sql,
                       {account.text(), from.kind, from.name, to.kind, to.name}));
  }
  return Ok();
}

}  // namespace gantry::meta
