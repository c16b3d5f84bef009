#pragma once

#include <vector>

#include "auth/federation.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "http/handler.h"

namespace gantry::api::token {

// What the exchange speaks to; outlives the routes.
struct ExchangeServices {
  auth::Federation& federation;
  auth::TokenService& tokens;
  db::Db& db;
};

// Where a workload turns the token of its own issuer into one of this installation:
// - POST /v1/token: token exchange (RFC 8693) as Google's clients do it, parameters in a form or,
//   with Google's names, in JSON. `audience` names the trust (api/trust_name.h); without it the
//   trust is found by the token's issuer. `expires_in` (not in the RFC) asks for a lifetime, an
//   hour where it is absent; the trust's limit ends it earlier. Of `scope`, entries
//   "repository:NAME:ACTIONS" narrow the token; others, Google's, are passed over.
// - POST /v1/introspect: whether a token of this installation is good, and whose (RFC 7662). A
//   token is asked about by who has it: there is no other right to ask.
// Client authentication is not looked at: gcloud sends its own. The handlers set the caller.
std::vector<http::Route> ExchangeRoutes(const ExchangeServices& services);

// {"error","error_description"} of RFC 6749, 5.2.
http::Response RenderExchangeError(const Error& error);

}  // namespace gantry::api::token
