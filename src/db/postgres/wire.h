#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"

struct pg_conn;
struct pg_result;

namespace gantry::db::postgres {

struct ResultDeleter {
  void operator()(pg_result* result) const;
};
using ResultPtr = std::unique_ptr<pg_result, ResultDeleter>;

// libpq's connection without its endless waits: whoever asks for a result gets it, or an error,
// before the clock runs out. Threads: one at a time.
class Wire {
 public:
  // Connects and sets up the session; waits for each host of `conninfo` as long as its
  // connect_timeout says (2 s by default).
  static Result<std::unique_ptr<Wire>> Open(const std::string& conninfo);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  pg_conn* handle() const { return handle_; }

  // From now on results must come within `patience`.
  void StartClock(std::chrono::microseconds patience);

  // The next result; nullptr where libpq's PQgetResult says so (the end of a command's results).
  // unavailable/database_unavailable when the connection is lost or the clock has run out.
  Result<ResultPtr> Next();

  // Sends what is buffered, as far as that goes without waiting.
  void FlushSome();

  // Runs text in the simple protocol. REQUIRES: not in pipeline mode.
  Result<void> RunSimple(const std::string& text);

  // Reports what the server refused, and notes when it hangs up with it.
  Error Refused(const pg_result* result, const char* statement);
  // Reports what libpq refused; the connection is given up.
  Error Lost();
  // Of no more use: lost, or the server did not answer in time.
  bool broken() const { return broken_; }

 private:
  explicit Wire(pg_conn* handle) : handle_(handle) {}
  Result<void> Configure();
  Result<void> WaitForSocket(bool writing);

  pg_conn* const handle_;
  bool broken_ = false;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace gantry::db::postgres
