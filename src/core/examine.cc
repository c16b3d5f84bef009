#include "core/examine.h"

#include <string>
#include <utility>

#include "crypto/hash.h"

namespace gantry::core {
namespace {

constexpr size_t kReadBytes = 1 << 20;

crypto::HashAlgorithm HashOf(oci::Algorithm algorithm) {
  return algorithm == oci::Algorithm::kSha256 ? crypto::HashAlgorithm::kSha256
                                              : crypto::HashAlgorithm::kSha512;
}

}  // namespace

Result<BlobCondition> ExamineBlob(blob::BlobStore& blobs, const oci::Digest& digest, int64_t size,
                                  FunctionRef<void(int64_t bytes)> on_bytes) {
  auto opened = blobs.Open(digest, size);
  if (!opened.ok()) {
    if (opened.error().code() != Code::kCorruption) return std::move(opened).error();
    return BlobCondition::kDamaged;
  }
  if (!*opened) return BlobCondition::kMissing;
  const auto& reader = **opened;
  crypto::Hasher hasher(HashOf(digest.algorithm()));
  std::string piece;
  for (int64_t offset = 0;; offset += static_cast<int64_t>(piece.size())) {
    piece.clear();
    auto read = reader->Read(offset, kReadBytes, piece);
    if (!read.ok()) {
      if (read.error().code() != Code::kCorruption) return std::move(read).error();
      return BlobCondition::kDamaged;
    }
    if (piece.empty()) break;
    hasher.Update(piece);
    on_bytes(static_cast<int64_t>(piece.size()));
  }
  const auto actual = oci::Digest::FromHash(digest.algorithm(), hasher.Finish());
  return actual == digest ? BlobCondition::kGood : BlobCondition::kDamaged;
}

}  // namespace gantry::core
