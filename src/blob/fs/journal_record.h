#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

// What a journal file holds. Numbers are little-endian; a checksum is the first 8 bytes of the
// SHA-256 of everything before it.
//
//   header, the first 4096 bytes
//     0   8  "GANTRYBJ"
//     8   4  format: 1
//     12  4  state: 1 live, 2 retired (its blobs are durable as files; nothing in it counts)
//     16  8  sequence: segments are replayed in this order; grows by one with each use of a file
//     24  8  nonce: random, new with each use of a file
//     32  8  checksum
//   batches, each beginning at a multiple of 4096 and filled up with zeros; a batch is records
//     0   4  "GBJr"
//     4   1  kind: 1 blob, 2 removal
//     5   1  algorithm: 1 sha256, 2 sha512
//     6   2  zero
//     8   4  length of the bytes; 0 for a removal
//     12  4  zero
//     16  8  nonce of the header: what an earlier use of the file left is not taken for a record,
//            nor is a blob that was made to look like one
//     24  64 hash, filled up with zeros
//     88  8  checksum
//     96     the bytes; the hash is their checksum
namespace gantry::blob {

// The largest blob that goes through the journal: its upload is kept in memory while it arrives.
inline constexpr int64_t kSmallBlobMax = 64 << 10;
inline constexpr int64_t kJournalBlock = 4096;
inline constexpr size_t kRecordHeaderSize = 96;

struct SegmentHeader {
  bool live = false;
  uint64_t sequence = 0;
  uint64_t nonce = 0;
};

// A whole block.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// nullopt: it is not a header.
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view block);

struct RecordHeader {
  enum class Kind { kBlob, kRemoval };
  Kind kind;
  oci::Digest digest;
  size_t length;
};

void AppendRecord(const RecordHeader& header, std::string_view bytes, uint64_t nonce,
                  std::string& out);
// nullopt: it is not the header of a record with that nonce. REQUIRES: kRecordHeaderSize bytes.
std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, uint64_t nonce);

}  // namespace gantry::blob
