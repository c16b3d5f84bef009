#include "meta/consistency.h"

#include "meta/consistency_checks.h"
#include "meta/consistency_counters.h"

namespace gantry::meta {
namespace {

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
    TRY(CheckCounters(tx, limit, findings));
    for (const Check& check : Checks()) TRY(Run(tx, check, limit, findings));
    return Ok();
  }));
  return findings;
}

}  // namespace gantry::meta
