#include "pattern.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "digest.h"

namespace loadgen {

Pattern::Pattern(uint64_t seed, uint64_t size_bytes) : size_bytes_(size_bytes), seed_(seed) {
  block_.resize(std::min(size_bytes, kBlockBytes));
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < block_.size(); i += sizeof(uint64_t)) {
    const uint64_t word = random();
    std::memcpy(block_.data() + i, &word, std::min(sizeof(word), block_.size() - i));
  }
}

std::span<const char> Pattern::At(uint64_t offset) {
  const uint64_t block_number = offset / kBlockBytes;
  const uint64_t within = offset % kBlockBytes;
  const uint64_t stamp = seed_ ^ (block_number + 1);
  std::memcpy(block_.data(), &stamp, std::min(sizeof(stamp), block_.size()));
  const uint64_t length = std::min(kBlockBytes - within, size_bytes_ - offset);
  return std::span<const char>(block_).subspan(within, length);
}

std::string Pattern::Digest() {
  Sha256 hash;
  for (uint64_t offset = 0; offset < size_bytes_;) {
    const std::span<const char> piece = At(offset);
    hash.Update(piece.data(), piece.size());
    offset += piece.size();
  }
  return hash.FinishDigest();
}

}  // namespace loadgen
