#include "meta/counters.h"

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr int64_t kShards = 16;

constexpr db::Sql kAdd{
    "INSERT INTO counters (name, shard, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (name, shard) DO UPDATE SET value = counters.value + excluded.value"};
constexpr db::Sql kSum{
    "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters WHERE name = $1"};

}  // namespace

const char* CounterName(Counter counter) {
  switch (counter) {
    case Counter::kBlobs:
      return "blobs";
    case Counter::kBlobBytes:
      return "blob_bytes";
    case Counter::kManifests:
      return "manifests";
    case Counter::kTags:
      return "tags";
  }
  return "";
}

Result<void> AddToCounter(db::Tx& tx, Counter counter, int64_t row_id, int64_t change) {
  if (change == 0) return Ok();
  TRY(tx.Execute(kAdd, {CounterName(counter), row_id % kShards, change}));
  return Ok();
}

Result<int64_t> SumCounter(db::Tx& tx, Counter counter) {
  return QueryInteger(tx, kSum, {CounterName(counter)});
}

}  // namespace gantry::meta
