// Collection: what no manifest needs any more. The declarations are in meta/blobs.h.
#include <algorithm>
#include <map>

#include "meta/blobs.h"
#include "meta/counters.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

// A link is in the trash while the row of its deletion is there; a trash_id without that row was
// purged. (As a scalar subquery: PostgreSQL would read all of the trash for a NOT EXISTS here.)
constexpr db::Sql kFindUnneeded{
    "SELECT l.repository_id, l.blob_id, b.size"
    " FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id"
    " WHERE l.manifest_count = 0 AND l.lease_until <= $1 AND"
    " (SELECT t.id FROM trash t WHERE t.id = l.trash_id) IS NULL"
    " ORDER BY l.lease_until LIMIT $2"};
constexpr db::Sql kDeleteLink{
    "DELETE FROM repository_blobs WHERE repository_id = $1 AND blob_id = $2"};
constexpr db::Sql kCountUnlink{
    "UPDATE blobs SET repository_count = repository_count - 1,"
    " unlinked_at = CASE WHEN repository_count = 1 THEN $2 ELSE unlinked_at END"
    " WHERE id = $1 RETURNING repository_count"};
constexpr db::Sql kRemainingRepository{
    "SELECT repository_id FROM repository_blobs WHERE blob_id = $1 LIMIT 1"};
constexpr db::Sql kCountUnlinkedInRepository{
    "UPDATE repositories SET blob_count = blob_count - $2, blob_bytes = blob_bytes - $3,"
    " shared_bytes = shared_bytes - $4 WHERE id = $1"};

constexpr db::Sql kFindUnlinked{
    "SELECT id, digest, size, state FROM blobs WHERE repository_count = 0"
    " ORDER BY unlinked_at LIMIT $1"};
constexpr db::Sql kTake{"UPDATE blobs SET state = 1 WHERE id = $1"};

constexpr db::Sql kCountGarbage{
    "SELECT COUNT(*), CAST(COALESCE(SUM(b.size), 0) AS BIGINT)"
    " FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id WHERE l.manifest_count = 0 AND"
    " (SELECT t.id FROM trash t WHERE t.id = l.trash_id) IS NULL"};

struct Link {
  RepositoryId repository;
  BlobId blob;
  int64_t size;
};

struct Loss {
  int64_t blobs = 0;
  int64_t bytes = 0;
  int64_t shared_bytes = 0;
};
using Losses = std::map<RepositoryId, Loss>;

Result<void> Unlink(db::Tx& tx, const Link& link, Time now, Losses& losses) {
  TRY(tx.Execute(kDeleteLink, {link.repository.value, link.blob.value}));
  TRY_ASSIGN(const int64_t links, QueryInteger(tx, kCountUnlink, {link.blob.value, now.micros}));
  Loss& loss = losses[link.repository];
  loss.blobs += 1;
  loss.bytes += link.size;
  if (links >= 1) loss.shared_bytes += link.size;
  if (links != 1) return Ok();
  TRY_ASSIGN(const int64_t remaining, QueryInteger(tx, kRemainingRepository, {link.blob.value}));
  losses[RepositoryId{remaining}].shared_bytes += link.size;
  return Ok();
}

}  // namespace

Result<int64_t> UnlinkUnneeded(db::Tx& tx, Time now, int64_t limit) {
  TRY_ASSIGN(const auto links,
             QueryAll<Link>(tx, kFindUnneeded, {now.micros, limit}, [](const db::Row& row) {
               return Link{RepositoryId{row.Integer(0)}, BlobId{row.Integer(1)}, row.Integer(2)};
             }));
  Losses losses;
  for (const Link& link : links) TRY(Unlink(tx, link, now, losses));
  for (const auto& [repository, loss] : losses) {
    TRY(tx.Execute(kCountUnlinkedInRepository,
                   {repository.value, loss.blobs, loss.bytes, loss.shared_bytes}));
  }
  return static_cast<int64_t>(links.size());
}

Result<std::vector<Blob>> TakeUnlinked(db::Tx& tx, int64_t limit) {
  std::vector<Blob> taken;
  TRY(tx.Query(kFindUnlinked, {limit}, [&](const db::Row& row) -> Result<void> {
    TRY_ASSIGN(auto digest, oci::Digest::Parse(row.Text(1)));
    taken.push_back({BlobId{row.Integer(0)}, std::move(digest), row.Integer(2),
                     static_cast<BlobState>(row.Integer(3)), 0});
    return Ok();
  }));
  std::stable_partition(taken.begin(), taken.end(),
                        [](const Blob& blob) { return blob.state == BlobState::kRemoving; });
  int64_t count = 0;
  int64_t bytes = 0;
  for (Blob& blob : taken) {
    if (blob.state == BlobState::kRemoving) continue;
    TRY(tx.Execute(kTake, {blob.id.value}));
    blob.state = BlobState::kRemoving;
    count += 1;
    bytes += blob.size;
  }
  if (count == 0) return taken;
  TRY(AddToCounter(tx, Counter::kBlobs, taken.back().id.value, -count));
  TRY(AddToCounter(tx, Counter::kBlobBytes, taken.back().id.value, -bytes));
  return taken;
}

Result<Garbage> CountGarbage(db::Tx& tx) {
  TRY_ASSIGN(const auto garbage, QueryOne<Garbage>(tx, kCountGarbage, {}, [](const db::Row& row) {
               return Garbage{row.Integer(0), row.Integer(1)};
             }));
  return garbage.value_or(Garbage{});
}

}  // namespace gantry::meta
