#pragma once

#include <string>
#include <string_view>

namespace gantry::db::sqlite {

// SQLite's spelling of a script written for both engines (migrate.h): "BIGINT PRIMARY KEY" becomes
// "INTEGER PRIMARY KEY", and "/*sqlite: X*/" becomes "X".
std::string ToSqlite(std::string_view script);

}  // namespace gantry::db::sqlite
