#pragma once

#include <string>

#include "db/testing/postgres_server.h"

namespace gantry::db::postgres {

// The server that the tests of this program share, started by the first that needs it.
PostgresServer& TestServer();

// The connection string of a new, empty database on it.
std::string NewTestDatabase();

}  // namespace gantry::db::postgres
