#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "oci/digest.h"
#include "oci/reference.h"

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
Result<void> SetBlobState(db::Tx& tx, BlobId id, BlobState state);
// Deletes the row. REQUIRES: no repository links it.
Result<void> DeleteBlob(db::Tx& tx, BlobId id);

// nullopt when the repository does not exist or does not link the blob (or its link is in the
// trash).
Result<std::optional<LinkedBlob>> FindLinkedBlob(db::Tx& tx, const oci::RepositoryName& repository,
                                                 const oci::Digest& digest);
Result<std::optional<LinkedBlob>> FindLinkedBlob(db::Tx& tx, RepositoryId repository,
                                                 const oci::Digest& digest);
// Some repository that links the blob, by name; nullopt if none does.
Result<std::optional<std::string>> AnyRepositoryOf(db::Tx& tx, const oci::Digest& digest);

// Links a blob (or takes its link out of the trash), extends the lease to at least `lease_until`,
// and keeps every counter right.
Result<void> LinkBlob(db::Tx& tx, RepositoryId repository, BlobId blob, int64_t size,
                      Time lease_until, Time now);
Result<void> ExtendLease(db::Tx& tx, RepositoryId repository, BlobId blob, Time lease_until);
// Puts a link into the trash: the repository can't read the blob any more.
Result<void> TrashBlobLink(db::Tx& tx, RepositoryId repository, BlobId blob, TrashId trash);
// Takes it out again; returns whether there was one.
Result<bool> RestoreBlobLink(db::Tx& tx, TrashId trash);

// A manifest starts or stops needing a blob. The lease of a link that loses its last manifest ends
// at `lease_until` at the earliest.
Result<void> AddManifestReference(db::Tx& tx, RepositoryId repository, BlobId blob);
Result<void> DropManifestReferences(db::Tx& tx, RepositoryId repository, ManifestId manifest,
                                    Time lease_until);

// Collection, step 1: removes up to `limit` links that no manifest needs, whose lease has ended and
// that are not in the trash. Returns how many.
Result<int64_t> UnlinkUnneeded(db::Tx& tx, Time now, int64_t limit);
// Step 2: up to `limit` blobs that no repository links become kRemoving; a quarantined one too.
// Those that already were kRemoving (an earlier process stopped) come first.
Result<std::vector<Blob>> TakeUnlinked(db::Tx& tx, int64_t limit);

struct Garbage {
  int64_t links = 0;       // links no manifest needs, leases still running included
  int64_t link_bytes = 0;  // their bytes; a shared blob counts once per link
};
Result<Garbage> CountGarbage(db::Tx& tx);

// Blobs in byte order of digests after `after` ("" from the start), for scrub and verify.
Result<std::vector<Blob>> ListBlobs(db::Tx& tx, const std::string& after, int64_t limit);
Result<void> MarkVerified(db::Tx& tx, BlobId id, Time now);

}  // namespace gantry::meta
