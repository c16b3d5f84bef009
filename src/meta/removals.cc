#include "meta/removals.h"

#include "meta/blobs.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kRemember{
    "INSERT INTO blob_removals (digest, removal, removed_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (digest) DO UPDATE SET removal = $2, removed_at = $3"};
constexpr db::Sql kLast{"SELECT removal FROM blob_removals WHERE digest = $1"};
constexpr db::Sql kForget{
    "DELETE FROM blob_removals WHERE digest IN"
    " (SELECT digest FROM blob_removals WHERE removed_at < $1 ORDER BY removed_at LIMIT $2)"};

}  // namespace

Result<void> FinishRemoval(db::Tx& tx, BlobId id, const oci::Digest& digest, Time now) {
  TRY(DeleteBlob(tx, id));
  TRY(tx.Execute(kRemember, {digest.text(), id.value, now.micros}));
  return Ok();
}

Result<int64_t> LastRemoval(db::Tx& tx, const oci::Digest& digest) {
  int64_t removal = 0;
  TRY(tx.Query(kLast, {digest.text()}, [&](const db::Row& row) {
    removal = row.Integer(0);
    return Ok();
  }));
  return removal;
}

Result<int64_t> ForgetRemovals(db::Tx& tx, Time before, int64_t limit) {
  return tx.Execute(kForget, {before.micros, limit});
}

}  // namespace gantry::meta
