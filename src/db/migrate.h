#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "db/db.h"

namespace gantry::db {

// One step of the schema; steps are numbered from 1 without gaps and never change once released.
struct Migration {
  int64_t version;
  const char* name;
  // The same text for both engines. On SQLite, Tx::Script reads "BIGINT PRIMARY KEY" as
  // "INTEGER PRIMARY KEY" (the row id itself) and unwraps comments of the form
  // "/*sqlite: WITHOUT ROWID*/".
  const char* script;
};

// Brings the schema up to the last of `migrations`, each step in one transaction together with its
// row in `schema_migrations(version, name, applied_at)`. Two processes may call it at once.
// failed_precondition/database_newer: the database has a step this program does not know.
Result<void> Migrate(Db& db, std::span<const Migration> migrations);

}  // namespace gantry::db
