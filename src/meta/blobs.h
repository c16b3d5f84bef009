#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"
#include "meta/repository_key.h"
#include "oci/digest.h"

// Queries over blobs and the links from repositories to them.
namespace gantry::meta {

enum class BlobState : int64_t { kPresent = 0, kRemoving = 1, kQuarantined = 2 };

struct Blob {
  BlobId id;
  oci::Digest digest;
  int64_t size = 0;
  BlobState state = BlobState::kPresent;
  int64_t repository_count = 0;
};

// A blob as one repository sees it.
struct LinkedBlob {
  BlobId id;
  int64_t size = 0;
  BlobState state = BlobState::kPresent;
  Time lease_until;
  int64_t manifest_count = 0;
};

Result<std::optional<Blob>> FindBlob(db::Tx& tx, const oci::Digest& digest);
Result<BlobId> InsertBlob(db::Tx& tx, IdGenerator& ids, const oci::Digest& digest, int64_t size,
                          BlobState state, Time now);
// REQUIRES: the row exists (internal/row_missing).
Result<void> SetBlobState(db::Tx& tx, BlobId id, BlobState state);
// Deletes the row. REQUIRES: it exists and no repository links it (internal/row_missing).
Result<void> DeleteBlob(db::Tx& tx, BlobId id);

// nullopt when the repository does not exist or does not link the blob (or its link is in the
// trash).
Result<std::optional<LinkedBlob>> FindLinkedBlob(db::Tx& tx, const RepositoryKey& repository,
                                                 const oci::Digest& digest);
Result<std::optional<LinkedBlob>> FindLinkedBlob(db::Tx& tx, RepositoryId repository,
                                                 const oci::Digest& digest);
// Some repository of the account that links the blob; nullopt if none does.
Result<std::optional<RepositoryKey>> AnyRepositoryOf(db::Tx& tx, const iam::AccountId& account,
                                                     const oci::Digest& digest);

// Links a blob (or takes its link out of the trash and forgets that deletion), extends the lease to
// at least `lease_until`, and keeps every counter right. Manifests of the repository that wanted
// the blob reference it from now on. On a link that is there already only the lease changes.
Result<void> LinkBlob(db::Tx& tx, RepositoryId repository, BlobId blob, int64_t size,
                      Time lease_until, Time now);
Result<void> ExtendLease(db::Tx& tx, RepositoryId repository, BlobId blob, Time lease_until);
// Puts a link into the trash: the repository can't read the blob any more. The lease then ends at
// the purge_at of `trash` at the earliest. Deleting the row of `trash` leaves the link unreadable.
Result<void> TrashBlobLink(db::Tx& tx, RepositoryId repository, BlobId blob, TrashId trash);
// Takes it out again; returns whether there was one. REQUIRES: the row of `trash` is still there.
Result<bool> RestoreBlobLink(db::Tx& tx, TrashId trash);

// A manifest starts or stops needing the blobs of its rows in manifest_blobs: counts them at the
// links of its repository. InsertManifest and PurgeManifest call these.
// `count`: how many rows there are. internal/blob_not_linked when the repository links fewer.
Result<void> AddManifestReferences(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                                   int64_t count);
// Deletes the rows too. The lease of a link that loses its last manifest ends at `lease_until` at
// the earliest.
Result<void> DropManifestReferences(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                                    Time lease_until);

// Collection, step 1: removes up to `limit` links that no manifest needs, whose lease has ended and
// that are not in the trash. A link whose deletion was purged has a trash_id without a trash row:
// it counts as not in the trash here, though no one can read it. Returns how many.
Result<int64_t> UnlinkUnneeded(db::Tx& tx, Time now, int64_t limit);
// Step 2: up to `limit` blobs that no repository links become kRemoving; a quarantined one too.
// The longest unlinked come first, and of those the ones that already were kRemoving (an earlier
// process stopped).
Result<std::vector<Blob>> TakeUnlinked(db::Tx& tx, int64_t limit);

struct Garbage {
  int64_t links = 0;       // links no manifest needs and not in the trash, running leases included
  int64_t link_bytes = 0;  // their bytes; a shared blob counts once per link
};
Result<Garbage> CountGarbage(db::Tx& tx);

// Blobs in byte order of digests after `after` ("" from the start), for scrub and verify.
Result<std::vector<Blob>> ListBlobs(db::Tx& tx, const std::string& after, int64_t limit);
Result<void> MarkVerified(db::Tx& tx, BlobId id, Time now);

}  // namespace gantry::meta
