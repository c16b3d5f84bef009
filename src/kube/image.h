#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/digest.h"
#include "oci/reference.h"

namespace gantry::kube {

// An image of one of our registries, as a container names it.
struct Image {
  size_t registry = 0;  // in Registries
  oci::RepositoryName repository;
  // With a digest the tag says nothing more, and is left out: one of the two is there.
  std::optional<oci::Tag> tag;
  std::optional<oci::Digest> digest;

  auto operator<=>(const Image&) const = default;
};

// Under which names clusters reach the registry. A value. Threads: const methods from any.
class Registries {
 public:
  // `names`: "registry.example.com", "http://localhost:5000", or a host with the part of the path
  // that names the account: "us-docker.pkg.example.com/my-project". An image belongs to the first
  // that fits. invalid_argument/registry_invalid for one without a host, or for none at all.
  static Result<Registries> Make(const std::vector<std::string>& names);

  // The image that `image` (as in a container's `image`) names here; nullopt when it is of another
  // registry, or no name of an image.
  std::optional<Image> Find(std::string_view image) const;
  // What a container runs: the digest that the runtime reports (`image_id`, "imageID" of a
  // container's status), else what `image` says. The repository is that of `image` when it is ours,
  // since runtimes report any name of the same bytes.
  std::optional<Image> FindRunning(std::string_view image, std::string_view image_id) const;

  // Where the manifest of an image is: "https://registry.example.com/v2/myapp/api/manifests/1.0".
  std::string ManifestUrl(const Image& image) const;
  // "https://registry.example.com" of the first.
  const std::string& url() const { return all_.front().url; }

 private:
  struct Registry {
    std::string host;    // in lower case, with the port
    std::string prefix;  // "" or "my-project/"
    std::string url;     // without the prefix
  };
  explicit Registries(std::vector<Registry> all) : all_(std::move(all)) {}
  std::vector<Registry> all_;
};

// The digest in an "imageID": "docker-pullable://host/name@sha256:…", "host/name@sha256:…". nullopt
// without one: "docker://sha256:…" and "sha256:…" name the configuration, not the manifest.
std::optional<oci::Digest> DigestOfImageId(std::string_view image_id);

}  // namespace gantry::kube
