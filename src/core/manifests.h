#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/deletion.h"
#include "core/stamped_cache.h"
#include "core/store.h"
#include "meta/manifests.h"
#include "meta/repository_key.h"
#include "oci/manifest.h"
#include "oci/reference.h"

namespace gantry::core {

// A manifest as it is answered. Immutable; shared with the cache and with responses being sent.
struct StoredManifest {
  std::string digest;
  std::string media_type;
  std::shared_ptr<const std::string> body;
};
using StoredManifestPointer = std::shared_ptr<const StoredManifest>;

struct PutManifest {
  oci::Reference reference;  // what stands in the URL
  // Further tags, from the `tag` query parameters of a push by digest.
  std::vector<oci::Tag> tags;
  // Another digest the client expects the bytes to have; when set, the manifest is stored under it.
  std::optional<oci::Digest> digest;
  std::string content_type;
  std::string body;
};

struct PutManifestResult {
  oci::Digest digest;
  std::optional<oci::Digest> subject;
};

// Manifests and the tags that name them: push, pull, delete.
// Threads: all methods from any thread; all but FindCached block.
class Manifests {
 public:
  // `cache_bytes` bounds what FindCached remembers.
  Manifests(const Store& store, int64_t cache_bytes);

  // What a Get of the same arguments would return, if that is known without asking the database;
  // else nullptr. For reactor threads. `key` is the text of a RepositoryKey, `reference` a tag or a
  // digest as it stands in the URL.
  StoredManifestPointer FindCached(std::string_view key, std::string_view reference);

  // not_found/manifest_unknown, not_found/name_unknown.
  Result<StoredManifestPointer> Get(const meta::RepositoryKey& repository,
                                    const oci::Reference& reference);

  // Checks a manifest and everything it references, stores it, and sets its tags, in one commit.
  // Errors: those of oci::ParseManifest; invalid_argument/digest_invalid when the bytes have
  // another digest; invalid_argument/manifest_blob_unknown (detail `digest`) for a blob, or
  // invalid_argument/manifest_unknown for a child, that the repository does not have;
  // invalid_argument/size_invalid when a descriptor's size is not the blob's;
  // failed_precondition/tag_immutable when a tag would have to move that must not (immutability.h).
  Result<PutManifestResult> Put(const meta::RepositoryKey& repository, const PutManifest& put);

  // Both move what they delete into the trash. not_found/manifest_unknown, not_found/name_unknown;
  // failed_precondition/tag_immutable by a rule of the project or a lock;
  // failed_precondition/image_pinned, of a tag when it is the last of what is pinned (pins.h).
  Result<void> DeleteTag(const meta::RepositoryKey& repository, const oci::Tag& tag,
                         const Deletion& deletion);
  // Its tags go with it. failed_precondition/manifest_referenced while an index lists it.
  Result<void> DeleteManifest(const meta::RepositoryKey& repository, const oci::Digest& digest,
                              const Deletion& deletion);

  // Many in one commit, in their order: an index before what it lists. Each for itself is deleted
  // as by DeleteManifest, or refused with the error that would be, also
  // failed_precondition/image_changed when its tags are not those that were seen. Nothing is
  // forced.
  struct Victim {
    oci::Digest digest;
    std::vector<std::string> tags;  // as they were when this was decided, in byte order
    std::string reason;
  };
  // One error for each victim; nullopt: it is deleted.
  Result<std::vector<std::optional<Error>>> DeleteAll(const meta::RepositoryKey& repository,
                                                      const std::vector<Victim>& victims,
                                                      meta::RunId run);

 private:
  Store store_;
  StampedCache<StoredManifest> cache_;
};

}  // namespace gantry::core
