#include "db/postgres/connection.h"

#include <libpq-fe.h>

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "db/postgres/types.h"

namespace gantry::db::postgres {
namespace {

constexpr int kBinary = 1;
constexpr const char* kRollback = "ROLLBACK";
constexpr const char* kCommit = "COMMIT";
// The server's statement_timeout would end the wait for a synchronous standby, and then the COMMIT
// is answered with success although the standby does not have it.
constexpr const char* kPatientCommit = "SET LOCAL statement_timeout = 0";
constexpr const char* kPatientScript =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
    "SET LOCAL idle_in_transaction_session_timeout = 0";
constexpr std::chrono::hours kScriptPatience{24};

int64_t ChangedRows(PGresult* result) {
  const char* const text = PQcmdTuples(result);
  int64_t rows = 0;
  std::from_chars(text, text + std::strlen(text), rows);
  return rows;
}

// NULL fits every type; a type that the server inferred fits NULL only.
bool Fits(const std::vector<TypeId>& arguments, const std::vector<TypeId>& form) {
  if (arguments.size() != form.size()) return false;
  for (size_t i = 0; i < form.size(); ++i) {
    if (arguments[i] != kInferred && arguments[i] != form[i]) return false;
  }
  return true;
}

// Migrations of another node can change what a prepared statement means ("cached plan must not
// change result type"), and a proxy can lose it; a new session knows neither.
bool IsStale(const PGresult* result) {
  const char* const text = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = text == nullptr ? "" : text;
  return state == "0A000" || state == "26000";
}

Error SqlError(const std::string& message, const char* statement) {
  return Internal("sql_error", "database: " + message).With("statement", statement);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo) {
  TRY_ASSIGN(std::unique_ptr<Wire> wire, Wire::Open(conninfo));
  if (PQenterPipelineMode(wire->handle()) == 0) return wire->Lost();
  return std::unique_ptr<Connection>(new Connection(std::move(wire)));
}

void Connection::Begin(const char* begin) {
  in_transaction_ = true;
  unsent_begin_ = begin;
}

Result<int64_t> Connection::Run(const Sql& sql, Arguments arguments, const RowHandler* on_row) {
  wire_->StartClock(patience_);
  TRY(Drain());
  const Parameters parameters(arguments);
  std::vector<Form>& forms = forms_[sql.text];
  size_t index = 0;
  while (index < forms.size() && !Fits(parameters.types(), forms[index].types)) ++index;
  const bool prepare = index == forms.size();
  if (prepare) {
    const size_t expected = ParameterCount(sql.text);
    if (expected != arguments.size()) {
      return SqlError("the statement has " + std::to_string(expected) +
                          " parameters, but was given " + std::to_string(arguments.size()),
                      sql.text);
    }
    forms.push_back({"s" + std::to_string(++form_count_), parameters.types()});
  }

  const bool begin = unsent_begin_ != nullptr;
  if (begin && !Send(std::exchange(unsent_begin_, nullptr))) return wire_->Lost();
  if (!SendStatement(sql, parameters, forms[index], prepare)) return wire_->Lost();
  if (PQpipelineSync(wire_->handle()) == 0) return wire_->Lost();

  Result<Completion> completion = Completion();
  if (begin) completion = Receive("BEGIN", nullptr);
  if (prepare && !wire_->broken()) {
    Result<Completion> prepared = Receive(sql.text, nullptr);
    if (!prepared.ok()) forms.pop_back();
    if (completion.ok()) completion = std::move(prepared);
  }
  if (!wire_->broken()) {
    Result<Completion> executed = Receive(sql.text, on_row);
    if (completion.ok()) completion = std::move(executed);
  }
  if (!wire_->broken()) TRY(ReceiveSync());
  if (!completion.ok()) return std::move(completion).error();
  return completion->rows;
}

Result<void> Connection::RunScript(const std::string& text) {
  wire_->StartClock(kScriptPatience);
  TRY(Drain());
  if (PQexitPipelineMode(wire_->handle()) == 0) return wire_->Lost();
  if (unsent_begin_ != nullptr) TRY(wire_->RunSimple(std::exchange(unsent_begin_, nullptr)));
  TRY(wire_->RunSimple(kPatientScript));
  Result<void> ran = wire_->RunSimple(text);
  if (!wire_->broken() && PQenterPipelineMode(wire_->handle()) == 0) return wire_->Lost();
  return ran;
}

Result<void> Connection::Commit() {
  in_transaction_ = false;
  if (std::exchange(unsent_begin_, nullptr) != nullptr) return Ok();
  wire_->StartClock(patience_);
  Result<Completion> completion = Completion();
  if (Send(kPatientCommit) && Send(kCommit) && PQpipelineSync(wire_->handle()) != 0) {
    completion = Receive(kPatientCommit, nullptr);
    if (!wire_->broken()) completion = Receive(kCommit, nullptr);
    if (!wire_->broken() && !ReceiveSync().ok()) completion = wire_->Lost();
  } else {
    completion = wire_->Lost();
  }
  if (wire_->broken()) {
    return Unavailable("commit_unknown",
                       "the connection to the database broke during a commit, which may or may "
                       "not have happened: " +
                           completion.error().message());
  }
  if (!completion.ok()) return std::move(completion).error();
  if (completion->rolled_back) return SqlError("the server rolled back instead", kCommit);
  return Ok();
}

void Connection::Leave() {
  const bool sent = in_transaction_ && unsent_begin_ == nullptr;
  in_transaction_ = false;
  unsent_begin_ = nullptr;
  if (!sent || broken()) return;
  if (!Send(kRollback) || PQpipelineSync(wire_->handle()) == 0) {
    stale_ = true;
    return;
  }
  ++unread_rollbacks_;
  wire_->FlushSome();
}

bool Connection::Send(const char* text) {
  return PQsendQueryParams(wire_->handle(), text, 0, nullptr, nullptr, nullptr, nullptr, kBinary) !=
         0;
}

bool Connection::SendStatement(const Sql& sql, const Parameters& parameters, const Form& form,
                               bool prepare) {
  PGconn* const handle = wire_->handle();
  if (prepare && PQsendPrepare(handle, form.name.c_str(), sql.text, parameters.size(),
                               parameters.types().data()) == 0) {
    return false;
  }
  return PQsendQueryPrepared(handle, form.name.c_str(), parameters.size(), parameters.values(),
                             parameters.lengths(), parameters.formats(), kBinary) != 0;
}

Result<Connection::Completion> Connection::Receive(const char* statement,
                                                   const RowHandler* on_row) {
  if (on_row != nullptr) PQsetSingleRowMode(wire_->handle());
  Completion completion;
  std::optional<Error> error;
  const auto fail = [&](Error what) {
    if (!error) error = std::move(what);
  };
  for (;;) {
    TRY_ASSIGN(const ResultPtr owned, wire_->Next());
    PGresult* const result = owned.get();
    if (result == nullptr) break;
    switch (PQresultStatus(result)) {
      case PGRES_COMMAND_OK:
        completion.rows = ChangedRows(result);
        completion.rolled_back = std::string_view(PQcmdStatus(result)) == kRollback;
        break;
      case PGRES_SINGLE_TUPLE:
      case PGRES_TUPLES_OK:
        if (on_row == nullptr) {
          fail(SqlError("a statement with answer rows needs Query", statement));
        }
        for (int row = 0; row < PQntuples(result) && !error; ++row) {
          Result<void> taken = (*on_row)(PostgresRow(result, row));
          if (!taken.ok()) fail(std::move(taken).error());
        }
        break;
      case PGRES_PIPELINE_ABORTED:
        fail(SqlError("an earlier statement failed", statement));
        break;
      default:
        if (IsStale(result)) stale_ = true;
        fail(wire_->Refused(result, statement));
    }
    if (wire_->broken()) break;
  }
  if (error) return *std::move(error);
  return completion;
}

Result<void> Connection::ReceiveSync() {
  TRY_ASSIGN(const ResultPtr result, wire_->Next());
  if (result && PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return Ok();
  return wire_->Lost();
}

Result<void> Connection::Drain() {
  while (unread_rollbacks_ > 0) {
    --unread_rollbacks_;
    TRY(Receive(kRollback, nullptr));
    TRY(ReceiveSync());
  }
  return Ok();
}

}  // namespace gantry::db::postgres
