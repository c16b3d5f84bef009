#include "db/postgres/errors.h"

#include <libpq-fe.h>

#include <string>

namespace gantry::db::postgres {
namespace {

struct Rule {
  std::string_view state;  // an SQLSTATE or the beginning of one; the first match counts
  Code code;
  const char* reason;
};

// https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr Rule kRules[] = {
    {"40001", Code::kConflict, "serialization_failure"},
    {"40P01", Code::kConflict, "serialization_failure"},  // deadlock
    {"23505", Code::kAlreadyExists, "unique_violation"},
    {"23", Code::kFailedPrecondition, "constraint_violation"},
    {"53100", Code::kResourceExhausted, "disk_full"},
    {"53200", Code::kResourceExhausted, "out_of_memory"},
    {"53", Code::kUnavailable, "database_unavailable"},
    {"57014", Code::kDeadlineExceeded, "database_busy"},  // statement_timeout
    {"55P03", Code::kDeadlineExceeded, "database_busy"},  // lock_timeout
    {"25P03", Code::kDeadlineExceeded, "database_busy"},  // idle_in_transaction_session_timeout
    {"57P", Code::kUnavailable, "database_unavailable"},
    {"58", Code::kUnavailable, "database_unavailable"},
    {"08P01", Code::kInternal, "sql_error"},  // for example a wrong number of parameters
    {"08", Code::kUnavailable, "database_unavailable"},
    {"XX001", Code::kCorruption, "database_corrupt"},
    {"XX002", Code::kCorruption, "database_corrupt"},
};
constexpr Rule kOther{"", Code::kInternal, "sql_error"};
// What libpq itself reports has no SQLSTATE: the connection is gone.
constexpr Rule kNoState{"", Code::kUnavailable, "database_unavailable"};

const Rule& RuleFor(std::string_view state) {
  if (state.empty()) return kNoState;
  for (const Rule& rule : kRules) {
    if (state.substr(0, rule.state.size()) == rule.state) return rule;
  }
  return kOther;
}

std::string_view Field(const PGresult* result, int field) {
  const char* const text = PQresultErrorField(result, field);
  return text == nullptr ? std::string_view() : text;
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

}  // namespace

Error FromResult(const PGresult* result, std::string_view statement) {
  const std::string_view state = Field(result, PG_DIAG_SQLSTATE);
  std::string_view primary = Field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (primary.empty()) primary = TrimRight(PQresultErrorMessage(result));
  const Rule& rule = RuleFor(state);
  Error error(rule.code, rule.reason, "database: " + std::string(primary));
  if (!state.empty()) error = std::move(error).With("sqlstate", std::string(state));
  const std::string_view constraint = Field(result, PG_DIAG_CONSTRAINT_NAME);
  if (!constraint.empty()) error = std::move(error).With("constraint", std::string(constraint));
  if (!statement.empty()) error = std::move(error).With("statement", std::string(statement));
  return error;
}

Error FromConnection(const PGconn* connection) {
  return Unavailable("database_unavailable",
                     "database: " + std::string(TrimRight(PQerrorMessage(connection))));
}

bool EndsConnection(const PGresult* result) {
  const std::string_view severity = Field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity.empty() || severity == "FATAL" || severity == "PANIC";
}

}  // namespace gantry::db::postgres
