#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/epochs.h"
#include "core/stamped_cache.h"

namespace gantry::core {
namespace {

std::shared_ptr<const std::string> Text(const char* text) {
  return std::make_shared<const std::string>(text);
}

TEST(EpochsTest, GivesNoNumberWhileAChangeIsOpenAndANewOneAfter) {
  Epochs epochs;
  const uint64_t before = epochs.Read("app");
  EXPECT_NE(before, 0u);
  {
    const Epochs::Change outer(epochs, "app");
    const Epochs::Change inner(epochs, "app");
    EXPECT_EQ(epochs.Read("app"), 0u);
  }
  EXPECT_NE(epochs.Read("app"), 0u);
  EXPECT_NE(epochs.Read("app"), before);
}

TEST(StampedCacheTest, ForgetsWhenTheRepositoryChanges) {
  Epochs epochs;
  StampedCache<std::string> cache(epochs, 1 << 20);
  cache.Insert("app", "v1", epochs.Read("app"), Text("one"), 10);
  ASSERT_NE(cache.Find("app", "v1"), nullptr);
  EXPECT_EQ(*cache.Find("app", "v1"), "one");
  EXPECT_EQ(cache.Find("app", "v2"), nullptr);
  { const Epochs::Change change(epochs, "app"); }
  EXPECT_EQ(cache.Find("app", "v1"), nullptr);
}

TEST(StampedCacheTest, DoesNotRememberWhatWasReadBeforeAChange) {
  Epochs epochs;
  StampedCache<std::string> cache(epochs, 1 << 20);
  const uint64_t read = epochs.Read("app");
  { const Epochs::Change change(epochs, "app"); }
  cache.Insert("app", "v1", read, Text("old"), 10);
  EXPECT_EQ(cache.Find("app", "v1"), nullptr);
  const Epochs::Change open(epochs, "app");
  cache.Insert("app", "v1", epochs.Read("app"), Text("unsure"), 10);
  EXPECT_EQ(cache.Find("app", "v1"), nullptr);
}

TEST(StampedCacheTest, StaysWithinItsCost) {
  Epochs epochs;
  StampedCache<std::string> cache(epochs, 16 * 100);
  for (int i = 0; i < 1000; ++i) {
    cache.Insert("app", std::to_string(i), epochs.Read("app"), Text("x"), 50);
  }
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += cache.Find("app", std::to_string(i)) != nullptr ? 1 : 0;
  EXPECT_GT(kept, 0);
  EXPECT_LE(kept, 16 * 2);
  cache.Insert("app", "huge", epochs.Read("app"), Text("x"), 1'000'000);
  EXPECT_EQ(cache.Find("app", "huge"), nullptr);
}

}  // namespace
}  // namespace gantry::core
