#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/db.h"

// Whether the tables agree with each other: every counter against the rows it counts, every
// reference against what it refers to. For `gantry verify` and for tests; what the blob store holds
// is compared elsewhere.
namespace gantry::meta {

struct Finding {
  // A stable word; consistency_checks.cc and consistency_counters.cc list them.
  std::string what;
  std::string subject;  // what is wrong: a repository, a digest, "repository:tag", …
  std::string detail;   // in what way
  // Allowed, and good to know: an index without one of its children where sparse manifests are
  // allowed.
  bool information = false;
};

// All findings, at most `limit` of each kind. One consistent snapshot; nothing is changed, pushes
// go on meanwhile. Cost O(rows); memory O(limit): the comparisons run inside the database.
Result<std::vector<Finding>> CheckConsistency(db::Db& db, int64_t limit = 1000);

}  // namespace gantry::meta
