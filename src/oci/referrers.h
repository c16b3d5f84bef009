#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gantry::oci {

// One manifest that names another as its subject.
struct ReferrerEntry {
  std::string_view media_type;
  std::string_view digest;
  int64_t size = 0;
  std::string_view artifact_type;  // "": left out
  std::string_view
      annotations;  // a JSON object, as RenderAnnotations gives it; "" or "{}": left out
};

// The answer of the referrers API: an OCI image index that lists the entries in their order (OCI
// distribution 1.1, listing referrers). "manifests" is [] when there are none.
std::string RenderReferrers(std::span<const ReferrerEntry> entries);

}  // namespace gantry::oci
