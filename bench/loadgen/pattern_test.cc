#include "pattern.h"

#include <gtest/gtest.h>

#include <set>

#include "digest.h"

namespace loadgen {
namespace {

TEST(Pattern, PiecesCoverTheBlobAndDigestMatchesThem) {
  const uint64_t size = 3 * Pattern::kBlockBytes + 17;
  Pattern pattern(7, size);
  Sha256 hash;
  uint64_t offset = 0;
  std::set<std::string> first_bytes;
  while (offset < size) {
    const std::span<const char> piece = pattern.At(offset);
    ASSERT_GT(piece.size(), 0U);
    first_bytes.insert(std::string(piece.data(), 8));
    hash.Update(piece.data(), piece.size());
    offset += piece.size();
  }
  EXPECT_EQ(offset, size);
  EXPECT_EQ(first_bytes.size(), 4U);  // every block differs
  EXPECT_EQ(hash.FinishDigest(), Pattern(7, size).Digest());
}

TEST(Pattern, SplitAtAnyOffsetGivesTheSameBytes) {
  Pattern pattern(7, 2 * Pattern::kBlockBytes);
  const uint64_t offset = Pattern::kBlockBytes + 3;
  const std::span<const char> whole = pattern.At(Pattern::kBlockBytes);
  const std::string expected(whole.data() + 3, 16);
  pattern.At(0);  // another block in between
  EXPECT_EQ(std::string(pattern.At(offset).data(), 16), expected);
}

TEST(Pattern, SeedsGiveDifferentDigests) {
  EXPECT_NE(Pattern(1, 4096).Digest(), Pattern(2, 4096).Digest());
}

TEST(Sha256, KnownValue) {
  Sha256 hash;
  hash.Update("abc", 3);
  EXPECT_EQ(hash.FinishDigest(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace loadgen
