#include "crypto/keyed_hash.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/encoding.h"

namespace gantry::crypto {
namespace {

std::string Hex(const KeyedHash::Value& value) {
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), value.data(), bytes.size());
  return HexEncode(bytes);
}

TEST(KeyedHashTest, IsSipHash) {
  // The reference implementation's vectors (vectors.h, vectors_sip128): the key is 00 to 0f, the
  // text the first bytes of 00, 01, 02 …
  KeyedHash::Key key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  const KeyedHash hash(key);
  EXPECT_EQ(Hex(hash("")), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(Hex(hash(std::string_view("\0", 1))), "da87c1d86b99af44347659119b22fc45");
}

TEST(KeyedHashTest, DependsOnEveryByteAndTheKey) {
  const KeyedHash hash;
  const std::string text(40, 'x');
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = 'y';
    EXPECT_NE(hash(changed), hash(text)) << i;
    EXPECT_NE(hash(text.substr(0, i)), hash(text)) << i;
  }
  EXPECT_EQ(hash(text), hash(text));
  EXPECT_NE(KeyedHash()(text), hash(text));
}

TEST(KeyedHashTest, KnowsWhereTheFirstTextEnds) {
  const KeyedHash hash;
  EXPECT_EQ(hash("ab", "c"), hash("ab", "c"));
  EXPECT_NE(hash("ab", "c"), hash("a", "bc"));
  EXPECT_NE(hash("", "abc"), hash("abc", ""));
}

}  // namespace
}  // namespace gantry::crypto
