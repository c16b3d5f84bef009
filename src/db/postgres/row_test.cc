#include "db/postgres/row.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <string>

namespace gantry::db::postgres {
namespace {

// digits, weight, sign, scale, then the digits: 16 bits each, big-endian.
std::string Numeric(std::initializer_list<int> fields) {
  std::string bytes;
  for (const int field : fields) {
    bytes.push_back(static_cast<char>(field >> 8));
    bytes.push_back(static_cast<char>(field & 0xff));
  }
  return bytes;
}

TEST(RowTest, DecodesIntegersInNumericFormat) {
  EXPECT_EQ(DecodeNumeric(Numeric({0, 0, 0, 0})), 0);
  EXPECT_EQ(DecodeNumeric(Numeric({1, 0, 0, 0, 7})), 7);
  EXPECT_EQ(DecodeNumeric(Numeric({1, 0, 0x4000, 0, 7})), -7);
  EXPECT_EQ(DecodeNumeric(Numeric({1, 1, 0, 0, 1})), 10'000);  // trailing zeros are left out
  EXPECT_EQ(DecodeNumeric(Numeric({2, 1, 0, 0, 12, 34})), 120'034);
  EXPECT_EQ(DecodeNumeric(Numeric({5, 4, 0, 0, 922, 3372, 368, 5477, 5807})),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(DecodeNumeric(Numeric({5, 4, 0x4000, 0, 922, 3372, 368, 5477, 5808})),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(DecodeNumeric(Numeric({2, 0, 0, 2, 7, 0})), 7);  // 7.00
}

TEST(RowTest, RefusesWhatIsNoInteger) {
  EXPECT_EQ(DecodeNumeric(Numeric({2, 0, 0, 1, 7, 5000})), std::nullopt);  // 7.5
  EXPECT_EQ(DecodeNumeric(Numeric({1, -1, 0, 1, 5000})), std::nullopt);    // 0.5
  EXPECT_EQ(DecodeNumeric(Numeric({0, 0, 0xc000, 0})), std::nullopt);      // NaN
  EXPECT_EQ(DecodeNumeric(Numeric({5, 4, 0, 0, 922, 3372, 368, 5477, 5808})), std::nullopt);
  EXPECT_EQ(DecodeNumeric(Numeric({1, 32767, 0, 0, 1})), std::nullopt);
  EXPECT_EQ(DecodeNumeric(Numeric({2, 0, 0, 0, 1})), std::nullopt);  // cut off
  EXPECT_EQ(DecodeNumeric("abc"), std::nullopt);
}

}  // namespace
}  // namespace gantry::db::postgres
