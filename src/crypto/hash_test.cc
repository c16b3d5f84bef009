#include "crypto/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/encoding.h"

namespace gantry::crypto {
namespace {

// FIPS 180-4 examples.
constexpr char kSha256Abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kSha256Empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kSha512Abc[] =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(HasherTest, KnownHashes) {
  EXPECT_EQ(HexEncode(Sha256("")), kSha256Empty);
  EXPECT_EQ(HexEncode(Sha256("abc")), kSha256Abc);
  EXPECT_EQ(HexEncode(Sha512("abc")), kSha512Abc);
}

TEST(HasherTest, PiecesMakeTheSameHash) {
  Hasher hasher(HashAlgorithm::kSha512);
  for (const char* piece : {"a", "", "bc"}) hasher.Update(piece);
  EXPECT_EQ(HexEncode(hasher.Finish()), kSha512Abc);
}

TEST(HasherTest, CloneAndOriginalGoOnIndependently) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.Update("a");
  Hasher clone = hasher.Clone();
  clone.Update("bc");
  hasher.Update("x");
  EXPECT_EQ(HexEncode(clone.Finish()), kSha256Abc);
  EXPECT_EQ(hasher.Finish(), Sha256("ax"));
}

TEST(HasherTest, ResetBeginsAnew) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.Update("something else");
  hasher.Finish();
  hasher.Reset();
  hasher.Update("abc");
  Hasher moved = std::move(hasher);
  EXPECT_EQ(HexEncode(moved.Finish()), kSha256Abc);
}

// RFC 4231, test cases 2, 3 and 6.
TEST(HmacTest, KnownCodes) {
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(ConstantTimeEqualsTest, ComparesBytes) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals("secret", "secret"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secreT"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secre"));
}

}  // namespace
}  // namespace gantry::crypto
