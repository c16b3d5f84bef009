#include "iam/decision_cache.h"

#include <thread>

#include "iam/testing.h"

namespace gantry::iam {
namespace {

using enum Action;

constexpr Decision kAllowed{.kind = DecisionKind::kAllowed, .statement = 3};

TEST(DecisionCacheTest, FindsWhatIsEqualInEverything) {
  DecisionCache cache(1000);
  const Resource app = Repository("app");
  const Resource web = Repository("web");
  const Resource project = Resource::Project(Home(), "app");
  const Resource theirs = Resource::Repository(Other(), "app");
  cache.Insert({"alice", "", kRepositoryPull, app, 1, 2}, kAllowed);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, app, 1, 2}), kAllowed);
  EXPECT_EQ(cache.Find({"bob", "", kRepositoryPull, app, 1, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alice", "x", kRepositoryPull, app, 1, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alic", "e", kRepositoryPull, app, 1, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPush, app, 1, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, web, 1, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, project, 1, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, theirs, 1, 2}), std::nullopt);
}

TEST(DecisionCacheTest, AChangeOfPoliciesHoldsAtOnce) {
  DecisionCache cache(1000);
  const Resource app = Repository("app");
  cache.Insert({"alice", "", kRepositoryPull, app, 1, 2}, kAllowed);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, app, 2, 2}), std::nullopt);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, app, 1, 3}), std::nullopt);
  const Decision denied{.kind = DecisionKind::kExplicitDeny};
  cache.Insert({"alice", "", kRepositoryPull, app, 1, 3}, denied);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, app, 1, 3}), denied);
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, app, 1, 2}), std::nullopt);
}

TEST(DecisionCacheTest, KeepsOnlyWhatIsCacheable) {
  DecisionCache cache(1000);
  const Resource app = Repository("app");
  cache.Insert({"alice", "", kRepositoryPull, app, 1, 1},
               {.kind = DecisionKind::kAllowed, .cacheable = false});
  EXPECT_EQ(cache.Find({"alice", "", kRepositoryPull, app, 1, 1}), std::nullopt);
  const std::string huge(5000, 'x');
  cache.Insert({huge, "", kRepositoryPull, app, 1, 1}, kAllowed);
  EXPECT_EQ(cache.Find({huge, "", kRepositoryPull, app, 1, 1}), std::nullopt);
}

TEST(DecisionCacheTest, IsBoundedAndKeepsWhatIsUsed) {
  DecisionCache cache(1024);
  const Resource app = Repository("app");
  int often_found = 0;
  for (int i = 0; i < 10'000; ++i) {
    cache.Insert({std::to_string(i), "", kRepositoryPull, app, 1, 1}, kAllowed);
    const DecisionKey often{"often", "", kRepositoryPull, app, 1, 1};
    if (cache.Find(often)) ++often_found;
    cache.Insert(often, kAllowed);
  }
  EXPECT_GT(often_found, 9'990);
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (cache.Find({std::to_string(i), "", kRepositoryPull, app, 1, 1})) ++kept;
  }
  EXPECT_GT(kept, 500);
  EXPECT_LE(kept, 1024);
}

// What one thread finds is what some thread put there for that key.
TEST(DecisionCacheTest, Threads) {
  DecisionCache cache(256);
  const auto work = [&cache] {
    const Resource app = Repository("app");
    for (uint32_t i = 0; i < 20'000; ++i) {
      const std::string name = std::to_string(i % 500);
      const DecisionKey key{name, "", kRepositoryPull, app, 1, 1};
      const auto found = cache.Find(key);
      ASSERT_TRUE(!found || found->statement == i % 500);
      cache.Insert(key, {.kind = DecisionKind::kAllowed, .statement = i % 500});
    }
  };
  std::thread other(work);
  work();
  other.join();
}

}  // namespace
}  // namespace gantry::iam
