#pragma once

#include <string_view>

#include "base/result.h"
#include "http/request.h"

namespace gantry::http {

// Fills target, path and query of a request from a request target: origin form ("/v2/?n=1") or
// absolute form ("http://host/v2/", whose authority replaces the Host header, RFC 9112 section
// 3.2.2). "*" is accepted with OPTIONS and gives an empty path.
// Errors: invalid_argument/bad_target for what RFC 3986 does not allow, an escaped '/', NUL or
// control character, a broken escape, and segments that are "." or "..".
Result<void> ParseTarget(std::string_view target, Request& request);

}  // namespace gantry::http
