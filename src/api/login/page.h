#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/response.h"

namespace gantry::api::login {

// Text as it stands in HTML, between tags or in an attribute in quotation marks.
std::string Escaped(std::string_view text);

// A page with a heading; `body` is HTML. Never kept by a browser.
http::Response Page(int status, std::string_view heading, std::string_view body);

// A page that says what went wrong, with the status of its code.
http::Response RenderError(const Error& error);

}  // namespace gantry::api::login
