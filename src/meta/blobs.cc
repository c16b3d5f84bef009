#include "meta/blobs.h"

#include "meta/counters.h"
#include "meta/query.h"
#include "meta/repositories.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFind{"SELECT id, size, state, repository_count FROM blobs WHERE digest = $1"};
constexpr db::Sql kInsert{
    "INSERT INTO blobs (id, digest, size, state, created_at, unlinked_at, verified_at)"
    " VALUES ($1, $2, $3, $4, $5, $5, $5)"};
constexpr db::Sql kFindById{"SELECT size, state FROM blobs WHERE id = $1"};
constexpr db::Sql kSetState{"UPDATE blobs SET state = $2 WHERE id = $1"};
constexpr db::Sql kDelete{"DELETE FROM blobs WHERE id = $1 AND repository_count = 0"};

// CROSS JOIN keeps SQLite from reading all links of the repository first.
constexpr db::Sql kFindLinkedByName{
    "SELECT b.id, b.size, b.state, l.lease_until, l.manifest_count"
    " FROM repositories r CROSS JOIN blobs b"
    " JOIN repository_blobs l ON l.repository_id = r.id AND l.blob_id = b.id"
    " WHERE r.name = $1 AND b.digest = $2 AND l.trash_id IS NULL"};
constexpr db::Sql kFindLinked{
    "SELECT b.id, b.size, b.state, l.lease_until, l.manifest_count"
    " FROM blobs b JOIN repository_blobs l ON l.repository_id = $1 AND l.blob_id = b.id"
    " WHERE b.digest = $2 AND l.trash_id IS NULL"};
constexpr db::Sql kAnyRepository{
    "SELECT r.name FROM blobs b JOIN repository_blobs l ON l.blob_id = b.id"
    " JOIN repositories r ON r.id = l.repository_id"
    " WHERE b.digest = $1 AND l.trash_id IS NULL AND r.name > $2 AND r.name < $3 LIMIT 1"};

constexpr db::Sql kExtendLease{
    "UPDATE repository_blobs SET lease_until = $3"
    " WHERE repository_id = $1 AND blob_id = $2 AND lease_until < $3"};
constexpr db::Sql kInsertLink{
    "INSERT INTO repository_blobs (repository_id, blob_id, linked_at, lease_until)"
    " VALUES ($1, $2, $4, $3) ON CONFLICT (repository_id, blob_id) DO NOTHING"};
constexpr db::Sql kRenewLink{
    "UPDATE repository_blobs SET"
    " lease_until = CASE WHEN lease_until < $3 THEN $3 ELSE lease_until END"
    " WHERE repository_id = $1 AND blob_id = $2 AND trash_id IS NULL"};
constexpr db::Sql kCountLink{
    "UPDATE blobs SET repository_count = repository_count + 1 WHERE id = $1"
    " RETURNING repository_count, (SELECT COUNT(*) FROM manifest_wanted_blobs w"
    " WHERE w.repository_id = $2"
    " AND w.digest = (SELECT b.digest FROM blobs b WHERE b.id = $1))"};
constexpr db::Sql kShareOther{
    "UPDATE repositories SET shared_bytes = shared_bytes + $3 WHERE id IN"
    " (SELECT repository_id FROM repository_blobs WHERE blob_id = $2 AND repository_id <> $1)"};

constexpr db::Sql kAdoptWanted{
    "INSERT INTO manifest_blobs (manifest_id, blob_id)"
    " SELECT w.manifest_id, b.id FROM blobs b JOIN manifest_wanted_blobs w ON w.digest = b.digest"
    " WHERE b.id = $2 AND w.repository_id = $1"};
constexpr db::Sql kDeleteWanted{
    "DELETE FROM manifest_wanted_blobs WHERE repository_id = $1"
    " AND digest = (SELECT b.digest FROM blobs b WHERE b.id = $2)"};
constexpr db::Sql kCountAdopted{
    "UPDATE repository_blobs SET manifest_count = manifest_count + $3"
    " WHERE repository_id = $1 AND blob_id = $2"};

// A link holds its lease until its trash entry ends, so that the collection does not meet it in
// front of the links whose time has come.
constexpr db::Sql kTrashLink{
    "UPDATE repository_blobs SET trash_id = $3, lease_until = CASE"
    " WHEN lease_until < (SELECT t.purge_at FROM trash t WHERE t.id = $3)"
    " THEN (SELECT t.purge_at FROM trash t WHERE t.id = $3) ELSE lease_until END"
    " WHERE repository_id = $1 AND blob_id = $2"};
constexpr db::Sql kRestoreLink{
    "UPDATE repository_blobs SET trash_id = NULL WHERE trash_id = $1"
    " AND repository_id = (SELECT t.repository_id FROM trash t WHERE t.id = $1)"
    " AND blob_id = (SELECT b.id FROM trash t JOIN blobs b ON b.digest = t.subject"
    " WHERE t.id = $1)"};
constexpr db::Sql kDeleteTrashOfLink{
    "DELETE FROM trash WHERE id IN (SELECT l.trash_id FROM repository_blobs l"
    " WHERE l.repository_id = $1 AND l.blob_id = $2)"};
constexpr db::Sql kUntrashLink{
    "UPDATE repository_blobs SET trash_id = NULL,"
    " lease_until = CASE WHEN lease_until < $3 THEN $3 ELSE lease_until END"
    " WHERE repository_id = $1 AND blob_id = $2"};

constexpr db::Sql kList{
    "SELECT id, digest, size, state, repository_count FROM blobs WHERE digest > $1"
    " ORDER BY digest LIMIT $2"};
constexpr db::Sql kMarkVerified{"UPDATE blobs SET verified_at = $2 WHERE id = $1"};

bool IsCounted(BlobState state) { return state != BlobState::kRemoving; }

Result<void> CountBlob(db::Tx& tx, BlobId id, int64_t count, int64_t size) {
  TRY(AddToCounter(tx, Counter::kBlobs, id.value, count));
  return AddToCounter(tx, Counter::kBlobBytes, id.value, count * size);
}

Error BlobRowMissing(BlobId id) {
  return Internal("row_missing",
                  "there is no unlinked blob with the id " + std::to_string(id.value));
}

LinkedBlob LinkedBlobOf(const db::Row& row) {
  LinkedBlob blob;
  blob.id = BlobId{row.Integer(0)};
  blob.size = row.Integer(1);
  blob.state = static_cast<BlobState>(row.Integer(2));
  blob.lease_until = Time{row.Integer(3)};
  blob.manifest_count = row.Integer(4);
  return blob;
}

struct SizeAndState {
  int64_t size;
  BlobState state;
};

Result<SizeAndState> RequireBlob(db::Tx& tx, BlobId id) {
  TRY_ASSIGN(const auto found,
             QueryOne<SizeAndState>(tx, kFindById, {id.value}, [](const db::Row& row) {
               return SizeAndState{row.Integer(0), static_cast<BlobState>(row.Integer(1))};
             }));
  if (!found) return BlobRowMissing(id);
  return *found;
}

// Manifests that were pushed before this blob (sparse manifests) now reference it.
Result<void> AdoptWanted(db::Tx& tx, RepositoryId repository, BlobId blob) {
  TRY_ASSIGN(const int64_t adopted, tx.Execute(kAdoptWanted, {repository.value, blob.value}));
  TRY(tx.Execute(kDeleteWanted, {repository.value, blob.value}));
  TRY(tx.Execute(kCountAdopted, {repository.value, blob.value, adopted}));
  return Ok();
}

struct LinkCounts {
  int64_t repositories = 0;  // that link the blob
  int64_t wanted_by = 0;     // manifests of this repository that want it
};

// Counts a link that was just inserted: in the blob, in the repository, and, when the blob thereby
// becomes shared, in the repository that had it alone.
Result<void> CountNewLink(db::Tx& tx, RepositoryId repository, BlobId blob, int64_t size,
                          Time now) {
  LinkCounts counts;
  TRY(tx.Query(kCountLink, {blob.value, repository.value}, [&](const db::Row& row) {
    counts = {row.Integer(0), row.Integer(1)};
    return Ok();
  }));
  if (counts.wanted_by > 0) TRY(AdoptWanted(tx, repository, blob));
  if (counts.repositories == 2) {
    TRY(tx.Execute(kShareOther, {repository.value, blob.value, size}));
  }
  RepositoryCounts change;
  change.blobs = 1;
  change.blob_bytes = size;
  change.shared_bytes = counts.repositories >= 2 ? size : 0;
  return AddToRepository(tx, repository, change, now);
}

}  // namespace

Result<std::optional<Blob>> FindBlob(db::Tx& tx, const oci::Digest& digest) {
  return QueryOne<Blob>(tx, kFind, {digest.text()}, [&](const db::Row& row) {
    return Blob{BlobId{row.Integer(0)}, digest, row.Integer(1),
                static_cast<BlobState>(row.Integer(2)), row.Integer(3)};
  });
}

Result<BlobId> InsertBlob(db::Tx& tx, IdGenerator& ids, const oci::Digest& digest, int64_t size,
                          BlobState state, Time now) {
  const auto id = ids.Next<BlobId>();
  TRY(tx.Execute(kInsert,
                 {id.value, digest.text(), size, static_cast<int64_t>(state), now.micros}));
  if (IsCounted(state)) TRY(CountBlob(tx, id, 1, size));
  return id;
}

Result<void> SetBlobState(db::Tx& tx, BlobId id, BlobState state) {
  TRY_ASSIGN(const SizeAndState before, RequireBlob(tx, id));
  if (before.state == state) return Ok();
  TRY(tx.Execute(kSetState, {id.value, static_cast<int64_t>(state)}));
  if (IsCounted(before.state) == IsCounted(state)) return Ok();
  return CountBlob(tx, id, IsCounted(state) ? 1 : -1, before.size);
}

Result<void> DeleteBlob(db::Tx& tx, BlobId id) {
  TRY_ASSIGN(const SizeAndState before, RequireBlob(tx, id));
  TRY_ASSIGN(const int64_t deleted, tx.Execute(kDelete, {id.value}));
  if (deleted == 0) return BlobRowMissing(id);
  if (!IsCounted(before.state)) return Ok();
  return CountBlob(tx, id, -1, before.size);
}

Result<std::optional<LinkedBlob>> FindLinkedBlob(db::Tx& tx, const RepositoryKey& repository,
                                                 const oci::Digest& digest) {
  return QueryOne<LinkedBlob>(tx, kFindLinkedByName, {repository.text(), digest.text()},
                              LinkedBlobOf);
}

Result<std::optional<LinkedBlob>> FindLinkedBlob(db::Tx& tx, RepositoryId repository,
                                                 const oci::Digest& digest) {
  return QueryOne<LinkedBlob>(tx, kFindLinked, {repository.value, digest.text()}, LinkedBlobOf);
}

Result<std::optional<RepositoryKey>> AnyRepositoryOf(db::Tx& tx, const iam::AccountId& account,
                                                     const oci::Digest& digest) {
  const RepositoryKeyRange range(account, "");
  TRY_ASSIGN(const auto text,
             QueryOne<std::string>(tx, kAnyRepository, {digest.text(), range.first, range.end},
                                   [](const db::Row& row) { return std::string(row.Text(0)); }));
  if (!text) return std::optional<RepositoryKey>();
  TRY_ASSIGN(auto key, RepositoryKey::Parse(*text));
  return std::optional(std::move(key));
}

Result<void> LinkBlob(db::Tx& tx, RepositoryId repository, BlobId blob, int64_t size,
                      Time lease_until, Time now) {
  const int64_t lease = lease_until.micros;
  TRY_ASSIGN(const int64_t inserted,
             tx.Execute(kInsertLink, {repository.value, blob.value, lease, now.micros}));
  if (inserted == 1) return CountNewLink(tx, repository, blob, size, now);
  TRY_ASSIGN(const int64_t renewed, tx.Execute(kRenewLink, {repository.value, blob.value, lease}));
  if (renewed == 1) return Ok();
  TRY(tx.Execute(kDeleteTrashOfLink, {repository.value, blob.value}));
  TRY(tx.Execute(kUntrashLink, {repository.value, blob.value, lease}));
  return Ok();
}

Result<void> ExtendLease(db::Tx& tx, RepositoryId repository, BlobId blob, Time lease_until) {
  TRY(tx.Execute(kExtendLease, {repository.value, blob.value, lease_until.micros}));
  return Ok();
}

Result<void> TrashBlobLink(db::Tx& tx, RepositoryId repository, BlobId blob, TrashId trash) {
  TRY(tx.Execute(kTrashLink, {repository.value, blob.value, trash.value}));
  return Ok();
}

Result<bool> RestoreBlobLink(db::Tx& tx, TrashId trash) {
  TRY_ASSIGN(const int64_t restored, tx.Execute(kRestoreLink, {trash.value}));
  return restored == 1;
}

Result<std::vector<Blob>> ListBlobs(db::Tx& tx, const std::string& after, int64_t limit) {
  std::vector<Blob> blobs;
  TRY(tx.Query(kList, {after, limit}, [&](const db::Row& row) -> Result<void> {
    TRY_ASSIGN(auto digest, oci::Digest::Parse(row.Text(1)));
    blobs.push_back({BlobId{row.Integer(0)}, std::move(digest), row.Integer(2),
                     static_cast<BlobState>(row.Integer(3)), row.Integer(4)});
    return Ok();
  }));
  return blobs;
}

Result<void> MarkVerified(db::Tx& tx, BlobId id, Time now) {
  TRY(tx.Execute(kMarkVerified, {id.value, now.micros}));
  return Ok();
}

}  // namespace gantry::meta
