#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace gantry::api::oci {

struct ByteRange {
  int64_t first = 0;
  int64_t length = 0;
};

// The Range header of a GET for something of `size` bytes (RFC 9110, 14.2). nullopt: answer all of
// it (no header, another unit, several ranges, or nonsense that the RFC says to ignore).
// out_of_range/range_not_satisfiable.
Result<std::optional<ByteRange>> ParseRange(std::optional<std::string_view> header, int64_t size);

// The Content-Range of a chunk, "<first>-<last>" without unit (OCI distribution 1.1, pushing a blob
// in chunks); a leading "bytes " and a trailing "/…" that some clients send are accepted.
// invalid_argument/upload_invalid.
Result<ByteRange> ParseContentRange(std::string_view header);

}  // namespace gantry::api::oci
