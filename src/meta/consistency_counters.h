#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "db/db.h"
#include "meta/consistency.h"

namespace gantry::meta {

// Every counter against the rows it counts, page by page of repositories and of blobs; at most
// `limit` findings of each kind are added.
Result<void> CheckCounters(db::Tx& tx, int64_t limit, std::vector<Finding>& findings);

}  // namespace gantry::meta
