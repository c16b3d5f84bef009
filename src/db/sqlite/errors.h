#pragma once

#include <string_view>

#include "base/error.h"

struct sqlite3;

namespace gantry::db::sqlite {

// The error of the last call on `connection`, which returned the extended result `code`; the reason
// is one of db.h's. Call before anything else touches the connection.
Error FromSqlite(sqlite3* connection, int code, std::string_view statement);

}  // namespace gantry::db::sqlite
