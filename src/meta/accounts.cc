#include "meta/accounts.h"

#include "meta/account_column.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{"INSERT INTO accounts (id, alias, created_at) VALUES ($1, $2, $3)"};
constexpr db::Sql kInsertVersions{
    "INSERT INTO account_versions (account, policies, identities) VALUES ($1, 1, 1)"};
constexpr db::Sql kFind{"SELECT id, alias, created_at FROM accounts WHERE id = $1"};
constexpr db::Sql kFindByAlias{"SELECT id, alias, created_at FROM accounts WHERE alias = $1"};
constexpr db::Sql kList{
    "SELECT id, alias, created_at FROM accounts WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr db::Sql kSetAlias{"UPDATE accounts SET alias = $2 WHERE id = $1"};
constexpr db::Sql kListVersions{
    "SELECT account, policies, identities FROM account_versions ORDER BY account"};
constexpr db::Sql kRaisePolicies{
    "UPDATE account_versions SET policies = policies + 1 WHERE account = $1"};
constexpr db::Sql kRaiseIdentities{
    "UPDATE account_versions SET identities = identities + 1 WHERE account = $1"};
constexpr db::Sql kRaiseAllIdentities{"UPDATE account_versions SET identities = identities + 1"};

AccountRow AccountOf(const db::Row& row) {
  return {AccountColumn(row, 0), std::string(row.Text(1)), Time{row.Integer(2)}};
}

Result<void> Raise(db::Tx& tx, const db::Sql& sql, const iam::AccountId& account) {
  TRY_ASSIGN(const int64_t raised, tx.Execute(sql, {account.text()}));
  if (raised == 1) return Ok();
  return Internal("row_missing", "there is no account " + std::string(account.text()));
}

}  // namespace

Result<void> InsertAccount(db::Tx& tx, const AccountRow& account) {
  TRY(tx.Execute(kInsert, {account.id.text(), account.alias, account.created_at.micros}));
  TRY(tx.Execute(kInsertVersions, {account.id.text()}));
  return Ok();
}

Result<std::optional<AccountRow>> FindAccount(db::Tx& tx, const iam::AccountId& id) {
  return QueryOne<AccountRow>(tx, kFind, {id.text()}, AccountOf);
}

Result<std::optional<AccountRow>> FindAccountByAlias(db::Tx& tx, const std::string& alias) {
  return QueryOne<AccountRow>(tx, kFindByAlias, {alias}, AccountOf);
}

Result<std::vector<AccountRow>> ListAccounts(db::Tx& tx, const std::string& after, int64_t limit) {
  return QueryAll<AccountRow>(tx, kList, {after, limit}, AccountOf);
}

Result<bool> SetAccountAlias(db::Tx& tx, const iam::AccountId& id, const std::string& alias) {
  TRY_ASSIGN(const int64_t changed, tx.Execute(kSetAlias, {id.text(), alias}));
  return changed == 1;
}

Result<std::vector<AccountVersions>> ListAccountVersions(db::Tx& tx) {
  return QueryAll<AccountVersions>(tx, kListVersions, {}, [](const db::Row& row) {
    return AccountVersions{AccountColumn(row, 0), row.Integer(1), row.Integer(2)};
  });
}

Result<void> RaisePolicies(db::Tx& tx, const iam::AccountId& account) {
  return Raise(tx, kRaisePolicies, account);
}

Result<void> RaiseIdentities(db::Tx& tx, const iam::AccountId& account) {
  return Raise(tx, kRaiseIdentities, account);
}

Result<void> RaiseAllIdentities(db::Tx& tx) {
  TRY(tx.Execute(kRaiseAllIdentities, {}));
  return Ok();
}

}  // namespace gantry::meta
