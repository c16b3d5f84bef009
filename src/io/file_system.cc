#include "io/file_system.h"

#include "base/assert.h"

namespace gantry::io {

void CheckPath(std::string_view path) {
  GANTRY_ASSERT(!path.empty());
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    GANTRY_ASSERT(!component.empty() && component != "." && component != "..");
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
  GANTRY_ASSERT(false && "a path ends with a name");
}

}  // namespace gantry::io
