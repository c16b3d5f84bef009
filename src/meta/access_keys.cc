#include "meta/access_keys.h"

#include "meta/account_column.h"
#include "meta/changed.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{
    "INSERT INTO access_keys (id, account, owner, sealed_secret, disabled, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr db::Sql kFind{
    "SELECT id, account, owner, sealed_secret, disabled, created_at FROM access_keys"
    " WHERE id = $1"};
constexpr db::Sql kSetDisabled{
    "UPDATE access_keys SET disabled = $3 WHERE account = $1 AND id = $2"};
constexpr db::Sql kDelete{"DELETE FROM access_keys WHERE account = $1 AND id = $2"};
constexpr db::Sql kList{
    "SELECT id, account, owner, sealed_secret, disabled, created_at FROM access_keys"
    " WHERE account = $1 AND owner = $2 ORDER BY id"};
constexpr db::Sql kDeleteOf{"DELETE FROM access_keys WHERE account = $1 AND owner = $2"};

AccessKey AccessKeyOf(const db::Row& row) {
  return {std::string(row.Text(0)),  AccountColumn(row, 1), std::string(row.Text(2)),
          std::string(row.Bytes(3)), row.Integer(4) != 0,   Time{row.Integer(5)}};
}

}  // namespace

Result<void> InsertAccessKey(db::Tx& tx, const AccessKey& key) {
  TRY(ChangeIdentities(tx, key.account, kInsert,
                       {key.id, key.account.text(), key.owner, db::Value::Bytes(key.sealed_secret),
                        int64_t{key.disabled}, key.created_at.micros}));
  return Ok();
}

Result<std::optional<AccessKey>> FindAccessKey(db::Tx& tx, const std::string& id) {
  return QueryOne<AccessKey>(tx, kFind, {id}, AccessKeyOf);
}

Result<bool> SetAccessKeyDisabled(db::Tx& tx, const iam::AccountId& account, const std::string& id,
                                  bool disabled) {
  return ChangeIdentities(tx, account, kSetDisabled, {account.text(), id, int64_t{disabled}});
}

Result<bool> DeleteAccessKey(db::Tx& tx, const iam::AccountId& account, const std::string& id) {
  return ChangeIdentities(tx, account, kDelete, {account.text(), id});
}

Result<std::vector<AccessKey>> ListAccessKeys(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& owner) {
  return QueryAll<AccessKey>(tx, kList, {account.text(), owner}, AccessKeyOf);
}

Result<void> DeleteAccessKeysOf(db::Tx& tx, const iam::AccountId& account,
                                const std::string& owner) {
  TRY(ChangeIdentities(tx, account, kDeleteOf, {account.text(), owner}));
  return Ok();
}

}  // namespace gantry::meta
