#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over the people whom foreign issuers vouch for, and the users that they are. Changes
// raise the account's version of identities.
namespace gantry::meta {

struct UserIdentity {
  std::string issuer;   // "iss"
  std::string subject;  // "sub": one person of that issuer for ever, whatever he is called
  std::string user;
  Time created_at;
};

// already_exists/unique_violation: that person is a user already;
// failed_precondition/constraint_violation: there is no such user.
Result<void> InsertUserIdentity(db::Tx& tx, const iam::AccountId& account,
                                const UserIdentity& identity);
// The name of the user that somebody is.
Result<std::optional<std::string>> FindUserByIdentity(db::Tx& tx, const iam::AccountId& account,
                                                      const std::string& issuer,
                                                      const std::string& subject);
// Of one user, by issuer and subject.
Result<std::vector<UserIdentity>> ListUserIdentities(db::Tx& tx, const iam::AccountId& account,
                                                     const std::string& user);
// All of one user; used where the user goes.
Result<void> DeleteUserIdentities(db::Tx& tx, const iam::AccountId& account,
                                  const std::string& user);

}  // namespace gantry::meta
