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

}  // namespace

Result<std::vector<Finding>> CheckConsistency(db::Db& db, int64_t limit) {
  std::vector<Finding> findings;
  TRY(db.Read([&](db::Tx& tx) -> Result<void> {
    findings.clear();
    for (const Check& check : Checks()) TRY(Run(tx, check, limit, findings));
    TRY(CheckCounter(tx, Counter::kBlobs, kCountBlobs, findings));
    TRY(CheckCounter(tx, Counter::kBlobBytes, kCountBlobBytes, findings));
    TRY(CheckCounter(tx, Counter::kManifests, kCountManifests, findings));
    return CheckCounter(tx, Counter::kTags, kCountTags, findings);
  }));
  return findings;
}

}  // namespace gantry::meta
