#include "crypto/random.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace gantry::crypto {
namespace {

TEST(RandomTest, HasTheLengthAskedForAndDiffers) {
  EXPECT_EQ(RandomBytes(0), "");
  EXPECT_EQ(RandomBytes(33).size(), 33U);
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
}

TEST(RandomTest, HexIsTwiceAsLong) {
  const std::string hex = RandomHex(16);
  EXPECT_EQ(hex.size(), 32U);
  EXPECT_TRUE(HexDecode(hex).has_value());
}

}  // namespace
}  // namespace gantry::crypto
