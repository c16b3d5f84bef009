#pragma once

#include <cstdint>

#include "base/function_ref.h"
#include "base/result.h"
#include "db/db.h"

// All rows from one database to another, of the same or of the other engine: backup, restore, and
// the move from the embedded database to PostgreSQL.
namespace gantry::meta {

struct CopyProgress {
  const char* table;  // the one being copied
  int64_t rows = 0;   // of that table, so far
};

// Copies every table of the schema as it is in one snapshot of `from`; `from` serves on meanwhile.
// Memory: at most 8 MiB beyond one page of 16 manifests. `progress` is called after each batch.
//
// REQUIRES: both are migrated to the same version (failed_precondition/schema_differs) and `to`
// has no rows (failed_precondition/database_not_empty). Nobody else writes to `to`. After any other
// error the rows that were copied are deleted again.
Result<void> CopyAll(db::Db& from, db::Db& to, FunctionRef<void(const CopyProgress&)> progress);

}  // namespace gantry::meta
