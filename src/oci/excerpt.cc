#include "oci/excerpt.h"

namespace gantry::oci {

std::string Excerpt(std::string_view text) {
  constexpr size_t kMax = 100;
  std::string quoted = "\"";
  quoted += text.substr(0, kMax);
  quoted += text.size() > kMax ? "…\"" : "\"";
  return quoted;
}

}  // namespace gantry::oci
