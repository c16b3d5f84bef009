#pragma once

#include <cstdint>

#include "base/function_ref.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "oci/digest.h"

namespace gantry::core {

enum class BlobCondition { kGood, kDamaged, kMissing };

// Reads a stored blob and compares it with its digest and size. `on_bytes` is called after each MiB
// that was read. An error means that nothing is known about the blob (invariant 4), not that it is
// damaged.
Result<BlobCondition> ExamineBlob(blob::BlobStore& blobs, const oci::Digest& digest, int64_t size,
                                  FunctionRef<void(int64_t bytes)> on_bytes);

}  // namespace gantry::core
