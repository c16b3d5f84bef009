#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace loadgen {

// A blob of any size made of one random block of at most 1 MiB that repeats, with the number of
// the repetition stamped into its first eight bytes. Making the next megabyte costs a store of
// eight bytes, so the client is never the limit; two patterns with different seeds share no digest.
class Pattern {
 public:
  static constexpr uint64_t kBlockBytes = 1 << 20;

  // REQUIRES: size_bytes > 0.
  Pattern(uint64_t seed, uint64_t size_bytes);

  uint64_t size_bytes() const { return size_bytes_; }

  // The bytes from `offset` to the end of their block or of the blob, whichever comes first.
  // The span is valid until the next call that reaches another block. REQUIRES: offset < size.
  std::span<const char> At(uint64_t offset);

  // Hashes the whole blob.
  std::string Digest();

 private:
  uint64_t size_bytes_;
  uint64_t seed_;
  std::vector<char> block_;
};

}  // namespace loadgen
