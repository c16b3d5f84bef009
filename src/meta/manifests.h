#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "meta/repository_key.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "oci/reference.h"

// Queries over manifests, their bodies, what they reference, and their referrers.
namespace gantry::meta {

struct ManifestRow {
  ManifestId id;
  std::string digest;
  std::string media_type;
  oci::ManifestKind kind = oci::ManifestKind::kUnknown;
  std::string artifact_type;
  int64_t size = 0;          // of the body
  int64_t content_size = 0;  // config and layers as declared
  Time pushed_at;
  TrashId trash;  // none unless deleted
};

struct ManifestWithBody {
  ManifestRow row;
  std::string body;
};

// Not those in the trash. nullopt also when the repository does not exist.
Result<std::optional<ManifestRow>> FindManifest(db::Tx& tx, const RepositoryKey& repository,
                                                const oci::Digest& digest);
Result<std::optional<ManifestWithBody>> ReadManifest(db::Tx& tx, const RepositoryKey& repository,
                                                     const oci::Digest& digest);
// By tag.
Result<std::optional<ManifestWithBody>> ReadTaggedManifest(db::Tx& tx,
                                                           const RepositoryKey& repository,
                                                           const oci::Tag& tag);
// Those in the trash too (`trash` says so).
Result<std::optional<ManifestRow>> FindManifestOrTrashed(db::Tx& tx, RepositoryId repository,
                                                         const oci::Digest& digest);
// Whether the digest exists in the repository, not in the trash.
Result<bool> ManifestExists(db::Tx& tx, RepositoryId repository, const oci::Digest& digest);

struct NewManifest {
  RepositoryId repository;
  const oci::Digest& digest;
  const oci::Manifest& manifest;
  const std::string& body;
  const std::vector<BlobId>& blobs;  // each once
  // Digests of blobs that are not there (sparse manifests); LinkBlob makes references of them.
  const std::vector<std::string>& wanted_blobs;
  Time pushed_at;
};
// Inserts the row, the body and the references, and counts them. A wanted blob that the repository
// links after all (in the trash, quarantined) is referenced like any other.
// REQUIRES: the repository has no manifest of that digest, in the trash or not
// (already_exists/unique_violation), and links all `blobs` (internal/blob_not_linked).
Result<ManifestId> InsertManifest(db::Tx& tx, IdGenerator& ids, const NewManifest& manifest);

// Puts a manifest into the trash, or takes it out; counters follow. No change when it is there, or
// out, already. Restoring also takes the links of the blobs it needs out of the trash, so that a
// restored image is whole, and deletes the rows of deletions that nothing is left of.
Result<void> TrashManifest(db::Tx& tx, RepositoryId repository, const ManifestRow& manifest,
                           TrashId trash, Time now);
Result<void> RestoreManifest(db::Tx& tx, RepositoryId repository, const ManifestRow& manifest,
                             Time now);
// Up to `limit` of the manifests that one deletion put into the trash.
Result<std::vector<ManifestRow>> ListTrashedManifests(
    db::Tx& tx, TrashId trash, int64_t limit = std::numeric_limits<int64_t>::max());
// Deletes a trashed manifest for good: body, references, trashed tags, row; and the rows of
// deletions of tags that nothing is left of. The leases of blobs that lose their last manifest end
// at `lease_until` at the earliest. REQUIRES: it is in the trash (internal/row_missing).
Result<void> PurgeManifest(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                           Time lease_until);

// The digest of some index in the repository, not in the trash, that lists `child`; nullopt if
// none.
Result<std::optional<std::string>> AnyIndexOf(db::Tx& tx, RepositoryId repository,
                                              const oci::Digest& child);
// The digest of some manifest, not in the trash, that needs the blob; nullopt if none.
Result<std::optional<std::string>> AnyManifestOf(db::Tx& tx, RepositoryId repository, BlobId blob);

struct ReferrerRow {
  std::string digest;
  std::string media_type;
  std::string artifact_type;
  int64_t size = 0;
  std::string annotations;  // a JSON object, as in the manifest
};
// Referrers of a subject in byte order of digests after `after`; `artifact_type` "" for all.
Result<std::vector<ReferrerRow>> ListReferrers(db::Tx& tx, const RepositoryKey& repository,
                                               const oci::Digest& subject,
                                               const std::string& artifact_type,
                                               const std::string& after, int64_t limit);

}  // namespace gantry::meta
