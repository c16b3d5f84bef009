#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "oci/digest.h"
#include "oci/manifest.h"

// Queries over the images of a repository: each manifest with all that lists show of it.
namespace gantry::meta {

struct Image {
  ManifestId id;
  std::string digest;
  std::string media_type;
  std::string artifact_type;
  std::string subject;  // a digest; "" when it refers to none
  oci::ManifestKind kind = oci::ManifestKind::kUnknown;
  int64_t manifest_size = 0;  // of the body
  // Config and layers as declared (compressed); of an index that of its largest child.
  int64_t image_size = 0;
  Time pushed_at;
  std::optional<Time> last_pulled_at;
  std::vector<std::string> tags;      // in byte order
  std::vector<std::string> parents;   // digests of the indexes that list it, in byte order
  std::vector<std::string> children;  // digests that an index lists, in byte order
};

enum class ImageFilter { kAny, kTagged, kUntagged };

// Up to `limit` in byte order of digests, after `after` ("" from the start); not those in the
// trash.
Result<std::vector<Image>> ListImages(db::Tx& tx, RepositoryId repository, ImageFilter filter,
                                      const std::string& after, int64_t limit);
Result<std::optional<Image>> FindImage(db::Tx& tx, RepositoryId repository,
                                       const oci::Digest& digest);

// The digests by whose pins `digest` is kept, itself first: the indexes that list it, what it
// lists, its subject with the same, and its referrers; not those in the trash.
Result<std::vector<std::string>> DigestsOfUnit(db::Tx& tx, RepositoryId repository,
                                               const std::string& digest);

// Notes that the manifest was pulled, at most once an hour: false when it has been noted less than
// that ago, or the repository has no such manifest.
Result<bool> NotePull(db::Tx& tx, RepositoryId repository, const std::string& digest, Time at);

}  // namespace gantry::meta
