#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "db/db.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gantry::db::sqlite {

// A prepared statement of one connection, which owns it.
struct Statement {
  sqlite3_stmt* handle = nullptr;
  const char* text = nullptr;
  // SQLite's index of "$1", "$2", …, which it counts in the order of their appearance.
  std::vector<int> positions;
  bool returns_rows = false;
  bool writes = false;
};

// One connection and its prepared statements. Threads: one at a time.
class Connection {
 public:
  // Creates the file if it is absent. `vfs` names the file system layer; nullptr is the system's.
  static Result<std::unique_ptr<Connection>> Open(const SqliteOptions& options, const char* vfs);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The statement of `sql`, prepared at the first call and kept; valid as long as the connection.
  Result<Statement*> Prepare(const Sql& sql);

  // Runs a statement without parameters and rows, such as BEGIN; prepared once.
  Result<void> Run(const Sql& sql);

  // Commits. unavailable/commit_unknown when the log was written but could not be synced: a crash
  // before the next commit could bring the changes back.
  Result<void> Commit();

  // Runs any number of statements that are not kept; rows are dropped.
  Result<void> RunScript(const std::string& text);

  bool InTransaction() const;
  // Leaves the transaction if there is one. False when SQLite could not: the connection is of no
  // more use.
  bool Rollback();

  sqlite3* handle() const { return handle_; }

 private:
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  Result<void> Configure(const SqliteOptions& options);

  sqlite3* const handle_;
  std::unordered_map<const char*, Statement> statements_;  // by the address of the text
};

}  // namespace gantry::db::sqlite
