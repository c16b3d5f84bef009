#pragma once

#include <string>
#include <string_view>

namespace gantry::oci {

// `text` of a client in double quotes, for a message: at most 100 bytes of it.
std::string Excerpt(std::string_view text);

}  // namespace gantry::oci
