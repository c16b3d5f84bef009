#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gantry::auth {

// A value as it stands in a search filter (RFC 4515, section 3): it cannot end the assertion it is
// in, and is no pattern.
std::string EscapeFilterValue(std::string_view value);

// `filter` with each "{NAME}" of `values` replaced by its escaped value; in one pass, so that no
// value is looked at for names. Other braces stay.
std::string FillFilter(std::string_view filter, const std::map<std::string, std::string>& values);

}  // namespace gantry::auth
