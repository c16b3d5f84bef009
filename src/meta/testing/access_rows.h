#pragma once

#include "base/clock.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"

namespace gantry::meta {

// The account that the tests of access use.
iam::AccountId TestAccount();

// A row in each table of 0002_access.sql.
void InsertAccessRows(db::Tx& tx, IdGenerator& ids, Time now);

}  // namespace gantry::meta
