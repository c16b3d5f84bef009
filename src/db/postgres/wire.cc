#include "db/postgres/wire.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include "db/postgres/errors.h"

namespace gantry::db::postgres {
namespace {

// Timeouts are the server's (statement_timeout), so that it stops working for nobody; the clock of
// this class only catches a server that does not answer any more. JIT pays for long queries only.
// An administrator's synchronous_commit may be stricter than "on", but "off" would acknowledge what
// is not durable.
constexpr const char* kSession =
    "SET statement_timeout = '30s'; SET lock_timeout = '10s';"
    "SET idle_in_transaction_session_timeout = '60s'; SET jit = off;"
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";
constexpr std::chrono::seconds kSessionPatience{5};

void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

void ResultDeleter::operator()(PGresult* result) const { PQclear(result); }

Result<std::unique_ptr<Wire>> Wire::Open(const std::string& conninfo) {
  // What stands before dbname are defaults, what `conninfo` says wins.
  const char* const keywords[] = {"fallback_application_name",
                                  "connect_timeout",
                                  "keepalives_idle",
                                  "keepalives_interval",
                                  "keepalives_count",
                                  "tcp_user_timeout",
                                  "dbname",
                                  "client_encoding",
                                  nullptr};
  const char* const values[] = {"gantry",         "2",    "10",   "5", "3", "20000",
                                conninfo.c_str(), "UTF8", nullptr};
  PGconn* const handle = PQconnectdbParams(keywords, values, /*expand_dbname=*/1);
  std::unique_ptr<Wire> wire(new Wire(handle));
  if (PQstatus(handle) != CONNECTION_OK) return wire->Lost();
  TRY(wire->Configure());
  return wire;
}

Wire::~Wire() { PQfinish(handle_); }

Result<void> Wire::Configure() {
  PQsetNoticeReceiver(handle_, IgnoreNotice, nullptr);
  const char* const encoding = PQparameterStatus(handle_, "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return Error(Code::kFailedPrecondition, "database_encoding",
                 "the database must have the encoding UTF8; create it with ENCODING 'UTF8'");
  }
  if (PQsetnonblocking(handle_, 1) != 0) return Lost();
  StartClock(kSessionPatience);
  return RunSimple(kSession);
}

void Wire::StartClock(std::chrono::microseconds patience) {
  deadline_ = std::chrono::steady_clock::now() + patience;
}

Result<ResultPtr> Wire::Next() {
  for (;;) {
    if (broken_) return Lost();
    const int unsent = PQflush(handle_);
    if (unsent < 0) return Lost();
    if (PQisBusy(handle_) == 0) return ResultPtr(PQgetResult(handle_));
    TRY(WaitForSocket(unsent == 1));
    if (PQconsumeInput(handle_) == 0) return Lost();
  }
}

void Wire::FlushSome() {
  if (PQflush(handle_) < 0) broken_ = true;
}

Result<void> Wire::RunSimple(const std::string& text) {
  if (PQsendQuery(handle_, text.c_str()) == 0) return Lost();
  std::optional<Error> refused;
  for (;;) {
    TRY_ASSIGN(const ResultPtr result, Next());
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR && !refused) refused = Refused(result.get(), text.c_str());
  }
  if (refused) return *std::move(refused);
  return Ok();
}

Result<void> Wire::WaitForSocket(bool writing) {
  pollfd socket = {PQsocket(handle_), static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    const int ready = poll(&socket, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready > 0) return Ok();
    if (ready < 0 && errno == EINTR) continue;
    broken_ = true;
    if (ready < 0) return FromErrno(errno, "poll");
    return Unavailable("database_unavailable", "database: the server does not answer");
  }
}

Error Wire::Refused(const PGresult* result, const char* statement) {
  if (EndsConnection(result)) broken_ = true;
  return FromResult(result, statement);
}

Error Wire::Lost() {
  broken_ = true;
  return FromConnection(handle_);
}

}  // namespace gantry::db::postgres
