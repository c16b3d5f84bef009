#pragma once

#include <string_view>

#include "base/error.h"

struct pg_result;
struct pg_conn;

namespace gantry::db::postgres {

// The error of a result that the server refused; the reason is one of db.h's, chosen by SQLSTATE.
Error FromResult(const pg_result* result, std::string_view statement);

// unavailable/database_unavailable with what libpq last said about the connection.
Error FromConnection(const pg_conn* connection);

// Whether the server closes the connection after this error.
bool EndsConnection(const pg_result* result);

}  // namespace gantry::db::postgres
