#pragma once

#include "auth/session.h"
#include "http/request.h"

namespace gantry::api {

// Who a request comes from, as the guard found out (server/guard.h). REQUIRES: inside of a handler
// of a route with an action.
const auth::Session& CallerOf(const http::Request& request);

// The guard's side.
void SetCaller(http::Request& request, auth::SessionPtr session);

}  // namespace gantry::api
