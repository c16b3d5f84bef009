#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over accounts and their versions. All functions run inside the caller's transaction.
namespace gantry::meta {

struct AccountRow {
  iam::AccountId id;
  std::string alias;
  Time created_at;
};

// Rise with each change of what they are named after; the functions that change it raise them.
struct AccountVersions {
  iam::AccountId account;
  int64_t policies = 0;    // roles, bindings, documents, projects
  int64_t identities = 0;  // users, groups, robots, keys, trusts, revocations
};

// With its versions. already_exists/unique_violation: the id or the alias is taken.
Result<void> InsertAccount(db::Tx& tx, const AccountRow& account);
Result<std::optional<AccountRow>> FindAccount(db::Tx& tx, const iam::AccountId& id);
Result<std::optional<AccountRow>> FindAccountByAlias(db::Tx& tx, const std::string& alias);
// Up to `limit` in order of their ids, after `after` ("" from the start).
Result<std::vector<AccountRow>> ListAccounts(db::Tx& tx, const std::string& after, int64_t limit);
// False: there is no such account.
Result<bool> SetAccountAlias(db::Tx& tx, const iam::AccountId& id, const std::string& alias);

Result<std::vector<AccountVersions>> ListAccountVersions(db::Tx& tx);
// internal/row_missing: there is no such account.
Result<void> RaisePolicies(db::Tx& tx, const iam::AccountId& account);
Result<void> RaiseIdentities(db::Tx& tx, const iam::AccountId& account);
// For a change that concerns every account.
Result<void> RaiseAllIdentities(db::Tx& tx);

}  // namespace gantry::meta
