#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over users. Changes raise the account's version of identities.
namespace gantry::meta {

struct User {
  std::string name;
  std::string email;
  std::string password_hash;  // a PHC string; "": no password is good
  bool password_must_change = false;
  bool disabled = false;
  Time created_at;
  bool from_directory = false;  // made when the LDAP directory let him in (auth/directory.h)
};

// already_exists/unique_violation.
Result<void> InsertUser(db::Tx& tx, const iam::AccountId& account, const User& user);
Result<std::optional<User>> FindUser(db::Tx& tx, const iam::AccountId& account,
                                     const std::string& name);
// Replaces all but created_at and from_directory. False: there is no such user.
Result<bool> UpdateUser(db::Tx& tx, const iam::AccountId& account, const User& user);
// Puts `fresh` in the place of `hash` (a stronger hash of the same password) and raises no version;
// false when the hash is another one by now.
Result<bool> ReplacePasswordHash(db::Tx& tx, const iam::AccountId& account, const std::string& name,
                                 const std::string& hash, const std::string& fresh);
// With memberships, identities, access keys, policies, bindings of `user:NAME` within the account.
// False: there was none.
Result<bool> DeleteUser(db::Tx& tx, const iam::AccountId& account, const std::string& name);
// Up to `limit` by name, after `after` ("" from the start).
Result<std::vector<User>> ListUsers(db::Tx& tx, const iam::AccountId& account,
                                    const std::string& after, int64_t limit);

}  // namespace gantry::meta
