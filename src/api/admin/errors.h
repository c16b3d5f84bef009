#pragma once

#include "base/error.h"
#include "http/response.h"

namespace gantry::api::admin {

// {"error":{"reason","message","detail"}} with the status that the code stands for; for handlers
// and for whoever refuses a request before one (http::ErrorRenderer).
http::Response RenderError(const Error& error);

}  // namespace gantry::api::admin
