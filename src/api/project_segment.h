#pragma once

#include <string_view>

namespace gantry::api {

// The project that a path segment names: "-" is the root project, whose name is "". No project can
// be called "-" (OCI distribution 1.1: a component begins with a letter or digit).
inline std::string_view ProjectOfSegment(std::string_view segment) {
  return segment == "-" ? std::string_view() : segment;
}

}  // namespace gantry::api
