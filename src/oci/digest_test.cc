#include "oci/digest.h"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

// FIPS 180-4 of no bytes.
constexpr std::string_view kEmpty256 =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kEmpty512 =
    "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

TEST(DigestTest, OfBytes) {
  EXPECT_EQ(Digest::Of(Algorithm::kSha256, "").text(), kEmpty256);
  EXPECT_EQ(Digest::Of(Algorithm::kSha512, "").text(), kEmpty512);
  EXPECT_EQ(Digest::FromHash(Algorithm::kSha256, std::string(32, '\xab')).text(),
            "sha256:" + std::string("abababababababababababababababab") +
                "abababababababababababababababab");
}

TEST(DigestTest, ParsesItsOneForm) {
  for (const auto text : {kEmpty256, kEmpty512}) {
    const auto digest = Digest::Parse(text);
    ASSERT_TRUE(digest.ok());
    EXPECT_EQ(digest->text(), text);
    EXPECT_EQ(digest->hex(), text.substr(7));
    EXPECT_EQ(AlgorithmName(digest->algorithm()), text.substr(0, 6));
  }
  EXPECT_EQ(*Digest::Parse(kEmpty256), Digest::Of(Algorithm::kSha256, ""));
  EXPECT_LT(*Digest::Parse(kEmpty256), *Digest::Parse(kEmpty512));
}

TEST(DigestTest, RefusesWhatIsMalformed) {
  const std::string hex(kEmpty256.substr(7));
  const std::string hex512(kEmpty512.substr(7));
  const std::string texts[] = {
      "",
      ":",
      "sha256",
      "sha256:",
      hex,
      "sha256:" + hex.substr(1),
      "sha256:" + hex + "0",
      "sha256:" + hex512,
      "sha512:" + hex,
      "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
      "SHA256:" + hex,
      " sha256:" + hex,
      "sha256:" + hex + " ",
      "sha256: " + hex.substr(1),
      "sha256:" + hex.substr(1) + "g",
      "sha256:" + hex.substr(1) + std::string(1, '\0'),
      "sha256::" + hex.substr(1),
      "sha256:../../../../etc/passwd",
      "sha256+:" + hex,
      "+b64:" + hex,
      "a++b:" + hex,
      "md5:",
      "md5:a/b",
      "md5:é",
  };
  for (const auto& text : texts) {
    const auto digest = Digest::Parse(text);
    ASSERT_FALSE(digest.ok()) << text;
    EXPECT_EQ(digest.error().reason(), "digest_invalid") << text;
    EXPECT_EQ(digest.error().code(), Code::kInvalidArgument) << text;
  }
}

TEST(DigestTest, KnowsOtherAlgorithmsByTheirGrammar) {
  for (const char* text : {"md5:d41d8cd98f00b204e9800998ecf8427e", "sha256+b64u:LCa0a2j_xo-5m0U8=",
                           "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
                           "sha384:00", "a.b_c-d+e:0", "sha2567:00"}) {
    const auto digest = Digest::Parse(text);
    ASSERT_FALSE(digest.ok()) << text;
    EXPECT_EQ(digest.error().reason(), "digest_unsupported") << text;
    EXPECT_EQ(digest.error().code(), Code::kUnsupported) << text;
  }
}

TEST(DigestTest, MessagesStayShort) {
  const auto digest = Digest::Parse("sha256:" + std::string(100'000, 'x'));
  ASSERT_FALSE(digest.ok());
  EXPECT_LT(digest.error().ToString().size(), 600U);
}

}  // namespace
}  // namespace gantry::oci
