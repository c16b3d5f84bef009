#include "meta/consistency.h"

#include "meta/consistency_checks.h"
#include "meta/counters.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kCountBlobs{"SELECT COUNT(*) FROM blobs WHERE state <> 1"};
constexpr db::Sql kCountBlobBytes{
    "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM blobs WHERE state <> 1"};
constexpr db::Sql kCountManifests{"SELECT COUNT(*) FROM manifests WHERE trash_id IS NULL"};
constexpr db::Sql kCountTags{"SELECT COUNT(*) FROM tags"};

// The references of this many blobs are grouped at once.
constexpr int64_t kBlobPage = 200;

constexpr db::Sql kPageEnd{
    "SELECT CAST(COALESCE(MAX(p.id), 0) AS BIGINT) FROM"
    " (SELECT id FROM blobs WHERE id > $1 ORDER BY id LIMIT $2) p"};
constexpr db::Sql kLinkCounts{
    "SELECT r.name || '@' || b.digest, 'stored ' || CAST(l.manifest_count AS TEXT) ||"
    " ', counted ' || CAST(COALESCE(c.counted, 0) AS TEXT)"
    " FROM repository_blobs l LEFT JOIN"
    " (SELECT m.repository_id AS repository_id, n.blob_id AS blob_id, COUNT(*) AS counted"
    " FROM manifest_blobs n JOIN manifests m ON m.id = n.manifest_id"
    " WHERE n.blob_id > $1 AND n.blob_id <= $2 GROUP BY m.repository_id, n.blob_id) c"
    " ON c.repository_id = l.repository_id AND c.blob_id = l.blob_id"
    " JOIN repositories r ON r.id = l.repository_id JOIN blobs b ON b.id = l.blob_id"
    " WHERE l.blob_id > $1 AND l.blob_id <= $2"
    " AND l.manifest_count <> COALESCE(c.counted, 0) LIMIT $3"};

Result<void> CheckCounter(db::Tx& tx, Counter counter, const db::Sql& count,
                          std::vector<Finding>& findings) {
  TRY_ASSIGN(const int64_t stored, SumCounter(tx, counter));
  TRY_ASSIGN(const int64_t counted, QueryInteger(tx, count, {}));
  if (stored == counted) return Ok();
  findings.push_back({"counter_differs", CounterName(counter),
                      "stored " + std::to_string(stored) + ", counted " + std::to_string(counted),
                      false});
  return Ok();
}

Result<void> Run(db::Tx& tx, const Check& check, int64_t limit, std::vector<Finding>& findings) {
  return tx.Query(check.sql, {limit}, [&](const db::Row& row) {
    findings.push_back(
        {check.what, std::string(row.Text(0)), std::string(row.Text(1)), check.information});
    return Ok();
  });
}

// Page by page of blobs: grouping the references of all of them would store them all aside.
Result<void> CheckLinkCounts(db::Tx& tx, int64_t limit, std::vector<Finding>& findings) {
  int64_t after = 0;
  int64_t left = limit;
  while (left > 0) {
    TRY_ASSIGN(const int64_t end, QueryInteger(tx, kPageEnd, {after, kBlobPage}));
    if (end == 0) return Ok();
    TRY(tx.Query(kLinkCounts, {after, end, left}, [&](const db::Row& row) {
      findings.push_back({"link_manifest_count_differs", std::string(row.Text(0)),
                          std::string(row.Text(1)), false});
      left -= 1;
      return Ok();
    }));
    after = end;
  }
  return Ok();
}

}  // namespace

Result<std::vector<Finding>> CheckConsistency(db::Db& db, int64_t limit) {
  std::vector<Finding> findings;
  TRY(db.Read([&](db::Tx& tx) -> Result<void> {
    findings.clear();
    for (const Check& check : Checks()) TRY(Run(tx, check, limit, findings));
    TRY(CheckLinkCounts(tx, limit, findings));
    TRY(CheckCounter(tx, Counter::kBlobs, kCountBlobs, findings));
    TRY(CheckCounter(tx, Counter::kBlobBytes, kCountBlobBytes, findings));
    TRY(CheckCounter(tx, Counter::kManifests, kCountManifests, findings));
    return CheckCounter(tx, Counter::kTags, kCountTags, findings);
  }));
  return findings;
}

}  // namespace gantry::meta
