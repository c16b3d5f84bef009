#pragma once

#include <string_view>

namespace gantry::auth {

// 1 to 128 of A-Z a-z 0-9 . _ @ - with a letter or digit first; not the names that clients send
// with tokens.
bool IsUserName(std::string_view name);
// 1 to 64 of A-Z a-z 0-9 . _ - with a letter or digit first.
bool IsGroupName(std::string_view name);

}  // namespace gantry::auth
