#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// What a segment file holds. Numbers are little-endian, hashes are SHA-256, times are µs.
//
//   header
//     0   8  "GANTRYAL"
//     8   4  format: 1
//     12  4  zero
//     16  8  sequence of the first record; the file's name says the same
//     24  8  time of creation
//     32  16 installation id: random, the same in all segments of a log
//     48  32 final hash of the segment before; zeros in the first one
//     80  32 hash of everything before
//   frames
//     0   1  kind: 1 records, 2 footer (the segment is closed, nothing follows)
//     1   3  zero
//     4   4  size of the payload
//     8   8  sequence of the first record; in a footer that of the next segment's first one
//     16  4  number of records; 0 in a footer
//     20  4  zero
//     24  8  base time: that of the first record; in a footer that of the closing
//     32     payload
//     ..  32 hash of (the 32 bytes before the frame: the hash of the frame before or of the header)
//            and the frame up to here
//   records, the payload of a frame. Each is
//     varint zigzag of its time minus that of the record before; the base time for the first
//     varint 4 * status + outcome
//     varint set of the fields that are not empty: bit n for Field n
//     for each of them, in order, a varint v and what it calls for:
//       0  varint size, then a text
//       1  varint size, then the bytes whose lower-case hexadecimal form is the text
//       2  32 bytes: the text is "sha256:" and their hexadecimal form
//       v  the (v-3)th text of this field in this frame; all but those of request id and detail
//       count
namespace gantry::audit {

inline constexpr size_t kSegmentHeaderSize = 112;
inline constexpr size_t kFrameHeaderSize = 32;
inline constexpr size_t kHashSize = 32;
// The encoder begins a new frame when a payload has reached the first size; no payload is larger
// than the second.
inline constexpr size_t kFramePayloadFull = 32 << 10;
inline constexpr size_t kFramePayloadMax = 64 << 10;

struct SegmentHeader {
  uint64_t first_sequence = 0;
  Time created;
  std::string installation;   // 16 bytes
  std::string previous_hash;  // 32 bytes
};

std::string EncodeSegmentHeader(const SegmentHeader& header);
// nullopt: these are not the bytes of a header.
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes);

enum class FrameKind : uint8_t { kRecords = 1, kFooter = 2 };

struct FrameHeader {
  FrameKind kind = FrameKind::kRecords;
  uint32_t payload_size = 0;
  uint64_t first_sequence = 0;
  uint32_t records = 0;
  Time base_time;
};

// Appends a whole frame and returns its hash. REQUIRES: header.payload_size == payload.size().
std::string AppendFrame(const FrameHeader& header, std::string_view payload,
                        std::string_view previous_hash, std::string& out);
// nullopt: `bytes`, of which there are kFrameHeaderSize or more, do not begin with a frame's
// header.
std::optional<FrameHeader> DecodeFrameHeader(std::string_view bytes);
// The hash that a frame must have. `frame` ends before its own hash.
std::string FrameHash(std::string_view previous_hash, std::string_view frame);

}  // namespace gantry::audit
