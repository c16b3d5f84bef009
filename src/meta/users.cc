#include "meta/users.h"

#include "meta/access_keys.h"
#include "meta/changed.h"
#include "meta/policies.h"
#include "meta/query.h"
#include "meta/user_identities.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{
    "INSERT INTO users (account, name, email, password_hash, password_must_change, disabled,"
    " created_at, directory) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr db::Sql kFind{
    "SELECT name, email, password_hash, password_must_change, disabled, created_at,"
    " directory FROM users"
    " WHERE account = $1 AND name = $2"};
constexpr db::Sql kUpdate{
    "UPDATE users SET email = $3, password_hash = $4, password_must_change = $5, disabled = $6"
    " WHERE account = $1 AND name = $2"};
constexpr db::Sql kReplaceHash{
    "UPDATE users SET password_hash = $4 WHERE account = $1 AND name = $2 AND password_hash = $3"};
constexpr db::Sql kDelete{"DELETE FROM users WHERE account = $1 AND name = $2"};
constexpr db::Sql kDeleteMemberships{
    "DELETE FROM group_members WHERE account = $1 AND user_name = $2"};
constexpr db::Sql kList{
    "SELECT name, email, password_hash, password_must_change, disabled, created_at,"
    " directory FROM users"
    " WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3"};

User UserOf(const db::Row& row) {
  User user;
  user.name = row.Text(0);
  user.email = row.Text(1);
  user.password_hash = row.Text(2);
  user.password_must_change = row.Integer(3) != 0;
  user.disabled = row.Integer(4) != 0;
  user.created_at = Time{row.Integer(5)};
  user.from_directory = row.Integer(6) != 0;
  return user;
}

}  // namespace

Result<void> InsertUser(db::Tx& tx, const iam::AccountId& account, const User& user) {
  TRY(ChangeIdentities(tx, account, kInsert,
                       {account.text(), user.name, user.email, user.password_hash,
                        int64_t{user.password_must_change}, int64_t{user.disabled},
                        user.created_at.micros, int64_t{user.from_directory}}));
  return Ok();
}

Result<std::optional<User>> FindUser(db::Tx& tx, const iam::AccountId& account,
                                     const std::string& name) {
  return QueryOne<User>(tx, kFind, {account.text(), name}, UserOf);
}

Result<bool> UpdateUser(db::Tx& tx, const iam::AccountId& account, const User& user) {
  return ChangeIdentities(tx, account, kUpdate,
                          {account.text(), user.name, user.email, user.password_hash,
                           int64_t{user.password_must_change}, int64_t{user.disabled}});
}

Result<bool> ReplacePasswordHash(db::Tx& tx, const iam::AccountId& account, const std::string& name,
                                 const std::string& hash, const std::string& fresh) {
  TRY_ASSIGN(const int64_t changed, tx.Execute(kReplaceHash, {account.text(), name, hash, fresh}));
  return changed == 1;
}

Result<bool> DeleteUser(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  const std::string principal = "user:" + name;
  TRY(tx.Execute(kDeleteMemberships, {account.text(), name}));
  TRY(DeleteUserIdentities(tx, account, name));
  TRY(DeleteAccessKeysOf(tx, account, principal));
  TRY(DeleteRoleBindingsOf(tx, account, principal));
  TRY(DeletePoliciesOf(tx, account, {kPrincipalScope, principal}));
  return ChangeIdentities(tx, account, kDelete, {account.text(), name});
}

Result<std::vector<User>> ListUsers(db::Tx& tx, const iam::AccountId& account,
                                    const std::string& after, int64_t limit) {
  return QueryAll<User>(tx, kList, {account.text(), after, limit}, UserOf);
}

}  // namespace gantry::meta
