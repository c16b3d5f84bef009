#pragma once

#include "base/assert.h"
#include "db/db.h"
#include "iam/account_id.h"

namespace gantry::meta {

// A column of account ids. What is stored was parsed before: anything else is a mistake of ours.
inline iam::AccountId AccountColumn(const db::Row& row, int column) {
  auto account = iam::AccountId::Parse(row.Text(column));
  GANTRY_ASSERT(account.ok());
  return *account;
}

}  // namespace gantry::meta
