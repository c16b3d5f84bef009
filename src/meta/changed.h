#pragma once

#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/accounts.h"

// How changes of rows of an account raise its versions.
namespace gantry::meta {

// Runs a statement; whether it changed anything. If so, the version of identities rises.
inline Result<bool> ChangeIdentities(db::Tx& tx, const iam::AccountId& account, const db::Sql& sql,
                                     db::Arguments arguments) {
  TRY_ASSIGN(const int64_t changed, tx.Execute(sql, arguments));
  if (changed == 0) return false;
  TRY(RaiseIdentities(tx, account));
  return true;
}

// The same for the version of policies.
inline Result<bool> ChangePolicies(db::Tx& tx, const iam::AccountId& account, const db::Sql& sql,
                                   db::Arguments arguments) {
  TRY_ASSIGN(const int64_t changed, tx.Execute(sql, arguments));
  if (changed == 0) return false;
  TRY(RaisePolicies(tx, account));
  return true;
}

}  // namespace gantry::meta
