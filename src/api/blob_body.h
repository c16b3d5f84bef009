#pragma once

#include <cstdint>

#include "core/blobs.h"
#include "http/response.h"

namespace gantry::api {

// Bytes [first, first + length) of a blob as the body of an answer: sent from its file where it has
// one, else read piece by piece.
http::Body BlobBody(const core::BlobPointer& blob, int64_t first, int64_t length);

}  // namespace gantry::api
