#include "api/caller.h"

#include <utility>

#include "base/assert.h"

namespace gantry::api {

const auth::Session& CallerOf(const http::Request& request) {
  GANTRY_ASSERT(request.caller != nullptr);
  return *static_cast<const auth::Session*>(request.caller.get());
}

void SetCaller(http::Request& request, auth::SessionPtr session) {
  request.caller = std::move(session);
}

}  // namespace gantry::api
