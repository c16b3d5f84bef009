#pragma once

#include <string_view>

namespace gantry {

// Whether `text` matches a doublestar pattern as Harbor's rules use it: '*' is any run without '/',
// "**" as a whole component any number of components, '?' one character but '/', "[a-z]" one of a
// set ('!' or '^' first: none of it), "{a,b}" one of the alternatives, '\' the next character as it
// is. A pattern "a,b" without braces means "{a,b}". Time and memory are bounded by the product of
// the lengths; a pattern with more than 256 alternatives matches nothing.
bool DoublestarMatches(std::string_view pattern, std::string_view text);

}  // namespace gantry
