#include "db/postgres/test_server.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace gantry::db::postgres {
namespace {

template <typename T>
T Must(Result<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
  std::abort();
}

}  // namespace

PostgresServer& TestServer() {
  static const std::unique_ptr<PostgresServer> server = Must(PostgresServer::Start());
  return *server;
}

std::string NewTestDatabase() { return Must(TestServer().CreateDatabase()); }

}  // namespace gantry::db::postgres
