#pragma once

#include "base/result.h"
#include "blob/blob_store.h"
#include "core/store.h"
#include "oci/digest.h"
#include "oci/reference.h"

namespace gantry::core {

// Makes uploaded bytes a blob of the repository, durably: publishes them in the blob store and
// links them in one transaction. REQUIRES: `writer` holds the bytes of `digest`.
//
// The store and the database can't change together, so the order is the proof (invariant 5):
//   publish: bytes are durable in the store  →  commit: row and link exist
//   collect: row becomes kRemoving  →  bytes are removed  →  row is deleted
// A commit that finds the row kRemoving can't know whether its bytes are already gone: it waits
// until the row is, and publishes again.
Result<void> PublishBlob(const Store& store, const oci::RepositoryName& repository,
                         const oci::Digest& digest, blob::BlobWriter& writer);

}  // namespace gantry::core
