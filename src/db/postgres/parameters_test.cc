#include "db/postgres/parameters.h"

#include <gtest/gtest.h>

#include <string>

#include "db/postgres/types.h"

namespace gantry::db::postgres {
namespace {

TEST(ParametersTest, CountsTheHighestNumberOutsideOfQuotes) {
  EXPECT_EQ(ParameterCount("SELECT 1"), 0u);
  EXPECT_EQ(ParameterCount("SELECT $2 + $1 + $2"), 2u);
  EXPECT_EQ(ParameterCount("SELECT $12"), 12u);
  EXPECT_EQ(ParameterCount("SELECT '$3', \"$4\", $1, 'it''s $5'"), 1u);
  EXPECT_EQ(ParameterCount("$"), 0u);
}

TEST(ParametersTest, EncodesInBinary) {
  const std::string bytes("\0x", 2);
  const Parameters parameters({int64_t{-2}, "text", Value::Bytes(bytes), Value(), ""});
  ASSERT_EQ(parameters.size(), 5);
  EXPECT_EQ(parameters.types(), (std::vector<TypeId>{kInt8, kText, kBytea, kInferred, kText}));
  const auto raw = [&](size_t i) {
    return std::string(parameters.values()[i], static_cast<size_t>(parameters.lengths()[i]));
  };
  EXPECT_EQ(raw(0), "\xff\xff\xff\xff\xff\xff\xff\xfe");
  EXPECT_EQ(raw(1), "text");
  EXPECT_EQ(raw(2), bytes);
  EXPECT_EQ(parameters.values()[3], nullptr);
  EXPECT_NE(parameters.values()[4], nullptr);
  EXPECT_EQ(raw(4), "");
}

}  // namespace
}  // namespace gantry::db::postgres
