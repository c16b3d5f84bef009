#include "crypto/cipher.h"

#include <gtest/gtest.h>

namespace gantry::crypto {
namespace {

const std::string kKey(32, 'k');

TEST(CipherTest, OpensWhatItSealed) {
  for (const size_t size : {0U, 1U, 16U, 1000U}) {
    const std::string plain(size, 'p');
    const std::string sealed = Encrypt(kKey, "context", plain);
    EXPECT_EQ(sealed.size(), size + 28);
    EXPECT_EQ(Decrypt(kKey, "context", sealed), plain);
  }
}

TEST(CipherTest, OpensAKnownMessage) {
  // AES-256-GCM of 16 zero bytes under a zero key and nonce: test case 14 of the GCM specification
  // (McGrew, Viega).
  const std::string sealed(
      "\0\0\0\0\0\0\0\0\0\0\0\0"
      "\xce\xa7\x40\x3d\x4d\x60\x6b\x6e\x07\x4e\xc5\xd3\xba\xf3\x9d\x18"
      "\xd0\xd1\xc8\xa7\x99\x99\x6b\xf0\x26\x5b\x98\xb5\xd4\x8a\xb9\x19",
      44);
  EXPECT_EQ(Decrypt(std::string(32, '\0'), "", sealed), std::string(16, '\0'));
}

TEST(CipherTest, NeverSealsTheSameTwice) {
  EXPECT_NE(Encrypt(kKey, "", "plain"), Encrypt(kKey, "", "plain"));
}

TEST(CipherTest, OpensNothingElse) {
  const std::string sealed = Encrypt(kKey, "context", "plain");
  EXPECT_EQ(Decrypt(kKey, "another", sealed), std::nullopt);
  EXPECT_EQ(Decrypt(std::string(32, 'x'), "context", sealed), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(Decrypt(kKey, "context", changed), std::nullopt) << i;
    EXPECT_EQ(Decrypt(kKey, "context", sealed.substr(0, i)), std::nullopt) << i;
  }
}

TEST(CipherTest, Erases) {
  std::string secret = "secret";
  Erase(secret);
  EXPECT_EQ(secret, "");
}

}  // namespace
}  // namespace gantry::crypto
