#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "oci/digest.h"

// What was removed from the blob store lately: how a push notices that the bytes it published were
// removed before it could link them (core/publish.h).
namespace gantry::meta {

// Ends a removal: deletes the blob's row (REQUIRES: kRemoving, linked by no repository) and
// remembers it.
Result<void> FinishRemoval(db::Tx& tx, BlobId id, const oci::Digest& digest, Time now);

// A number that changes with each removal of the digest; 0 when none is remembered.
Result<int64_t> LastRemoval(db::Tx& tx, const oci::Digest& digest);

// Forgets up to `limit` removals from before `before`; returns how many.
Result<int64_t> ForgetRemovals(db::Tx& tx, Time before, int64_t limit);

}  // namespace gantry::meta
