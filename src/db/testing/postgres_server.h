#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "db/testing/temp_folder.h"

namespace gantry::db {

// A PostgreSQL 15 server of its own for a test program: Debian's binaries, a temporary folder that
// holds its data and its socket, no TCP, no fsync. Its default text order is English (ICU), so that
// a forgotten COLLATE "C" shows. As root the server runs as the user "postgres". It is stopped, and
// the folder removed, by the destructor; it also dies with the thread that started it.
// Threads: Start on one that outlives the server; the rest from any.
class PostgresServer {
 public:
  // internal/postgres_failed with the end of the server's log in the message.
  static Result<std::unique_ptr<PostgresServer>> Start();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Creates an empty database and returns libpq's connection string for it.
  Result<std::string> CreateDatabase();

  // Runs statements as the superuser in the database "postgres".
  Result<void> Run(const std::string& sql);

 private:
  PostgresServer() = default;
  Result<void> Initialise();
  Result<void> Launch();
  std::string ConnectionString(const std::string& database) const;
  Error Failed(const std::string& what) const;

  TempFolder folder_;
  pid_t process_ = -1;
  std::atomic<int> databases_ = 0;
};

}  // namespace gantry::db
