#pragma once

#include <string_view>

#include "base/error.h"
#include "http/response.h"

namespace gantry::api::ecr {

// An error in the JSON of ECR, {"__type","message"}, with the exception and status that the table
// in errors.cc gives its reason.
http::Response RenderError(const Error& error, std::string_view request_id);

}  // namespace gantry::api::ecr
