#pragma once

#include "base/result.h"
#include "blob/blob_store.h"
#include "core/store.h"
#include "meta/repository_key.h"
#include "oci/digest.h"

namespace gantry::core {

// Makes uploaded bytes a blob of the repository, durably: publishes them in the blob store and
// links them in one transaction. REQUIRES: `writer` holds the bytes of `digest`.
//
// The store and the database can't change together, so the order is the proof (invariant 5):
//   push:    read the digest's row and last removal  →  publish: the bytes are durable in the store
//            →  commit: row and link exist
//   collect: the row becomes kRemoving  →  the bytes are removed  →  the row is deleted and the
//   removal
//            remembered, in one transaction
// What the commit finds tells whether the published bytes are still there:
//   present             the bytes are durable, whoever published them: link
//   kRemoving           they may be gone: wait until the row is, publish again
//   no row              there, if no removal was remembered since the push read; else publish again
Result<void> PublishBlob(const Store& store, const meta::RepositoryKey& repository,
                         const oci::Digest& digest, blob::BlobWriter& writer);

}  // namespace gantry::core
