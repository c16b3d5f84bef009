#include "base/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace gantry {
namespace {

const std::vector<std::string> kWords = {"serve", "scrub", "verify", "storage.trash_period", "gc"};

TEST(SuggestTest, FindsTheNearestWord) {
  EXPECT_EQ(Nearest("srve", kWords), "serve");
  EXPECT_EQ(Nearest("sevre", kWords), "serve");
  EXPECT_EQ(Nearest("verfiy", kWords), "verify");
  EXPECT_EQ(Nearest("storage.trash_perod", kWords), "storage.trash_period");
  EXPECT_EQ(Nearest("cg", kWords), "gc");
}

TEST(SuggestTest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(Nearest("", kWords), std::nullopt);
  EXPECT_EQ(Nearest("push", kWords), std::nullopt);
  EXPECT_EQ(Nearest(std::string(65, 's'), kWords), std::nullopt);
  EXPECT_EQ(Nearest("serve", {}), std::nullopt);
}

}  // namespace
}  // namespace gantry
