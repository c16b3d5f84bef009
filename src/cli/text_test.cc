#include "cli/text.h"

#include <gtest/gtest.h>

namespace gantry::cli {
namespace {

TEST(TextTest, Bytes) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(int64_t{12} << 30), "12.0 GiB");
}

TEST(TextTest, Tables) {
  EXPECT_EQ(TableText({{"ID", "NAME"}, {"123", "a"}, {"4", "bc"}}), "ID   NAME\n123  a\n4    bc\n");
}

}  // namespace
}  // namespace gantry::cli
