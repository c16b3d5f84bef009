#pragma once

#include "base/error.h"
#include "http/response.h"

namespace gantry::api::oci {

// The response of an error in the OCI form, {"errors":[{"code","message","detail"}]}, with the code
// and status that the table in errors.cc gives its reason (OCI distribution 1.1, error codes).
http::Response RenderError(const Error& error);

}  // namespace gantry::api::oci
