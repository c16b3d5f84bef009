#pragma once

#include <string_view>

#include "base/error.h"
#include "http/response.h"

namespace gantry::api::sts {

inline constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

// An error in the XML of STS, with the code and status that the table in errors.cc gives its
// reason.
http::Response RenderError(const Error& error, std::string_view request_id);

}  // namespace gantry::api::sts
