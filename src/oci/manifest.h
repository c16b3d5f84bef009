#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "oci/digest.h"

namespace gantry::oci {

inline constexpr std::string_view kImageManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kImageIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerManifestList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kEmptyJson = "application/vnd.oci.empty.v1+json";

// At most this many bytes of JSON, nested at most 32 deep, with at most 10,000 descriptors.
inline constexpr int64_t kManifestBytesMax = 4 << 20;

using Annotations = std::vector<std::pair<std::string, std::string>>;

// A JSON object of them, in their order; "{}" when there are none.
std::string RenderAnnotations(const Annotations& annotations);

struct Platform {
  std::string os, architecture, variant, os_version;
};

struct Descriptor {
  std::string media_type;
  Digest digest;
  int64_t size = 0;
  std::string artifact_type;
  std::vector<std::string> urls;
  std::optional<std::string> data;  // decoded; checked against digest and size
  std::optional<Platform> platform;
  Annotations annotations;

  // A layer that need not be in the registry (foreign or nondistributable media type).
  bool IsNondistributable() const;
};

// What a stored document is: decided once, at push, by media type, and checked against the body.
enum class ManifestKind {
  kImage,    // config and layers: OCI image manifest, Docker schema 2, artifacts
  kIndex,    // manifests: OCI index, Docker manifest list
  kUnknown,  // any other media type: stored byte for byte, references nothing
};

struct Manifest {
  ManifestKind kind = ManifestKind::kUnknown;
  std::string media_type;     // the effective one: the request's Content-Type
  std::string artifact_type;  // artifactType, else (kImage) the config's media type, as the
                              // referrers API shows it (OCI distribution 1.1, listing referrers);
                              // for an index only its own artifactType
  std::optional<Descriptor> config;
  std::vector<Descriptor> layers;
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> subject;
  Annotations annotations;
};

// Parses and checks a manifest before it is stored. `content_type` is the request's header value
// (parameters such as charset are cut off; "" is answered with the body's mediaType if it has one).
// Members that mean nothing here are passed over, and null counts as absent, as Go's clients write
// it: `layers` and `manifests` may be missing.
//
// invalid_argument/manifest_invalid, with detail `field`: not JSON, too deep, duplicate keys,
// schemaVersion not 2, mediaType in the body different from `content_type`, both `manifests` and
// (`layers` or `config`) present, an image without `config`, a descriptor without mediaType, digest
// or size, a negative size, a digest that is malformed or of another algorithm, `data` that does
// not match, a media type that is not printable ASCII, too many descriptors, or a member whose name
// equals one of the specification's but for case. Of the kind kUnknown, only mediaType is checked,
// and documents that do not claim to be JSON may be any bytes.
// Docker schema 1 is unsupported/schema1. too_large/manifest_too_large.
Result<Manifest> ParseManifest(std::string_view bytes, std::string_view content_type);

}  // namespace gantry::oci
