#pragma once

#include <vector>

#include "api/deeds.h"
#include "audit/log.h"
#include "auth/session.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "server/guard_rule.h"

namespace gantry::server {

// Writes requests and their answers into the audit log: which, and how long the answer waits for
// it, says guard.h. Threads: all methods from any thread.
class GuardRecorder {
 public:
  // `log` outlives this.
  GuardRecorder(audit::Log& log, bool record_pulls) : log_(log), record_pulls_(record_pulls) {}

  // Errors: those of audit::Log::Wait; the request must then be refused.
  Result<void> Record(const GuardRule& rule, const http::Request& request,
                      const auth::Session& session, const http::Response& response);

 private:
  Result<void> RecordDeeds(const std::vector<api::Deed>& deeds, const http::Request& request,
                           const auth::Session& session, const http::Response& response);

  audit::Log& log_;
  const bool record_pulls_;
};

}  // namespace gantry::server
