#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "oci/manifest.h"

namespace gantry::retention {

enum class StorageClass : uint8_t { kStandard, kArchive };

// What the planner sees of one manifest of a repository. Relations are positions in the list of the
// repository's images; what is not in that list (sparse indexes, absent subjects) has no position.
struct Image {
  static constexpr uint32_t kNone = UINT32_MAX;

  std::string digest;
  std::vector<std::string> tags;
  Time pushed_at;
  Time last_pulled_at;  // zero: never
  Time archived_at;     // zero: never
  Time activated_at;    // zero: never brought back from the archive
  StorageClass storage_class = StorageClass::kStandard;
  oci::ManifestKind kind = oci::ManifestKind::kImage;
  int64_t size = 0;                // bytes of the manifest, its config and its layers
  std::vector<uint32_t> children;  // of an index
  // What this one refers to: the subject of the manifest, or, where it has none, the image that its
  // tag "sha256-<hex>", with or without ".sig", ".att", ".sbom", names.
  uint32_t subject = kNone;
  // Why it may not be deleted, for people ("running in cluster prod, namespace shop, 3 pods");
  // empty when nothing pins it.
  std::string pin;
};

}  // namespace gantry::retention
