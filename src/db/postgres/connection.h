#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "db/db.h"
#include "db/postgres/parameters.h"
#include "db/postgres/row.h"
#include "db/postgres/wire.h"

namespace gantry::db::postgres {

// One connection and its prepared statements, in libpq's pipeline mode: BEGIN travels with the
// first statement, and nobody waits for the answer to a ROLLBACK. Threads: one at a time.
class Connection {
 public:
  using RowHandler = FunctionRef<Result<void>(const PostgresRow&)>;

  static Result<std::unique_ptr<Connection>> Open(const std::string& conninfo);

  // Starts a transaction with the statement `begin`, which goes out with the first statement.
  // REQUIRES: none is open, and set_patience was called; `begin` has static storage.
  void Begin(const char* begin);

  // Runs a statement in the open transaction, prepared at its first call. Its rows go to `on_row`,
  // whose first error is returned when all have come; nullptr: it must have none. Returns the
  // number of rows changed.
  Result<int64_t> Run(const Sql& sql, Arguments arguments, const RowHandler* on_row);

  // Runs any number of statements without time limit; rows are dropped.
  Result<void> RunScript(const std::string& text);

  // Commits and waits for it. unavailable/commit_unknown when no answer came.
  Result<void> Commit();

  // Rolls the open transaction back, if there is one, without waiting for the answer.
  void Leave();

  // How long the server may take to answer.
  void set_patience(std::chrono::microseconds patience) { patience_ = patience; }

  // Of no more use: lost, or the server did not answer in time, or the session is out of date.
  bool broken() const { return stale_ || wire_->broken(); }

 private:
  // One form of a statement: the server learns the types of the parameters at the first call.
  struct Form {
    std::string name;
    std::vector<TypeId> types;
  };
  // How a command ended.
  struct Completion {
    int64_t rows = 0;
    bool rolled_back = false;
  };

  explicit Connection(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}

  // Whether libpq took what was to be sent.
  bool Send(const char* text);
  bool SendStatement(const Sql& sql, const Parameters& parameters, const Form& form, bool prepare);
  Result<Completion> Receive(const char* statement, const RowHandler* on_row);
  Result<void> ReceiveSync();
  // Takes the answers that nobody waited for.
  Result<void> Drain();

  const std::unique_ptr<Wire> wire_;
  std::chrono::microseconds patience_{};
  bool in_transaction_ = false;
  bool stale_ = false;
  const char* unsent_begin_ = nullptr;
  int unread_rollbacks_ = 0;
  int64_t form_count_ = 0;
  std::unordered_map<const char*, std::vector<Form>> forms_;  // by the address of the text
};

}  // namespace gantry::db::postgres
