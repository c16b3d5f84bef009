#pragma once

#include <string_view>

namespace gantry {

// Whether `text` matches `pattern`: '*' stands for any run of characters, '?' for one. Linear in
// text times stars, no recursion.
bool GlobMatches(std::string_view pattern, std::string_view text);

}  // namespace gantry
