#include "meta/user_identities.h"

#include "meta/changed.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{
    "INSERT INTO user_identities (account, issuer, subject, user_name, created_at)"
    " VALUES ($1, $2, $3, $4, $5)"};
constexpr db::Sql kFind{
    "SELECT user_name FROM user_identities WHERE account = $1 AND issuer = $2 AND subject = $3"};
constexpr db::Sql kList{
    "SELECT issuer, subject, user_name, created_at FROM user_identities"
    " WHERE account = $1 AND user_name = $2 ORDER BY issuer, subject"};
constexpr db::Sql kDelete{"DELETE FROM user_identities WHERE account = $1 AND user_name = $2"};

UserIdentity IdentityOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)),
          Time{row.Integer(3)}};
}

}  // namespace

Result<void> InsertUserIdentity(db::Tx& tx, const iam::AccountId& account,
                                const UserIdentity& identity) {
  TRY(ChangeIdentities(tx, account, kInsert,
                       {account.text(), identity.issuer, identity.subject, identity.user,
                        identity.created_at.micros}));
  return Ok();
}

Result<std::optional<std::string>> FindUserByIdentity(db::Tx& tx, const iam::AccountId& account,
                                                      const std::string& issuer,
                                                      const std::string& subject) {
  return QueryOne<std::string>(tx, kFind, {account.text(), issuer, subject},
                               [](const db::Row& row) { return std::string(row.Text(0)); });
}

Result<std::vector<UserIdentity>> ListUserIdentities(db::Tx& tx, const iam::AccountId& account,
                                                     const std::string& user) {
  return QueryAll<UserIdentity>(tx, kList, {account.text(), user}, IdentityOf);
}

Result<void> DeleteUserIdentities(db::Tx& tx, const iam::AccountId& account,
                                  const std::string& user) {
  TRY(ChangeIdentities(tx, account, kDelete, {account.text(), user}));
  return Ok();
}

}  // namespace gantry::meta
