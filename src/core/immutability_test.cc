#include "core/immutability.h"

#include <atomic>
#include <thread>

#include "core/repositories.h"
#include "core/testing.h"
#include "db/testing/postgres_server.h"

namespace gantry::core {
namespace {

using Mode = meta::TagMutability;

TagRules RulesOf(Mode mode, std::vector<std::string> filters) {
  TagRules rules;
  rules.settings.tag_mutability = mode;
  rules.settings.mutability_filters = std::move(filters);
  rules.repository = "team/web";
  return rules;
}

TEST(TagRules, OfModes) {
  EXPECT_TRUE(MayMoveTag(RulesOf(Mode::kMutable, {}), "v1", false));
  EXPECT_FALSE(MayMoveTag(RulesOf(Mode::kImmutable, {}), "v1", false));
  const auto immutable = RulesOf(Mode::kImmutableWithExclusion, {"latest", "dev-*"});
  EXPECT_TRUE(MayMoveTag(immutable, "latest", false));
  EXPECT_TRUE(MayMoveTag(immutable, "dev-1", false));
  EXPECT_FALSE(MayMoveTag(immutable, "latest-1", false));
  const auto except = RulesOf(Mode::kMutableWithExclusion, {"v*.*"});
  EXPECT_FALSE(MayMoveTag(except, "v1.0", false));
  EXPECT_TRUE(MayMoveTag(except, "v1", false));
  // ECR lets go what does not move.
  for (const auto& rules : {immutable, except, RulesOf(Mode::kImmutable, {})})
    EXPECT_TRUE(MayDeleteTag(rules, "v1.0", false));
}

TEST(TagRules, OfLocks) {
  EXPECT_FALSE(MayMoveTag(RulesOf(Mode::kMutable, {}), "v1", true));
  EXPECT_FALSE(MayDeleteTag(RulesOf(Mode::kMutable, {}), "v1", true));
}

TEST(TagRules, OfProjects) {
  meta::ImmutabilityRule rule;
  rule.repository_pattern = "team/**";
  rule.tag_pattern = "{v*,release-*}";
  TagRules rules = RulesOf(Mode::kMutable, {});
  rules.rules = {rule};
  EXPECT_FALSE(MayMoveTag(rules, "release-1", false));
  EXPECT_FALSE(MayDeleteTag(rules, "release-1", false));
  EXPECT_TRUE(MayMoveTag(rules, "latest", false));
  rules.rules[0].tag_excludes = true;
  EXPECT_TRUE(MayMoveTag(rules, "release-1", false));
  EXPECT_FALSE(MayMoveTag(rules, "latest", false));
  rules.rules[0].repository_excludes = true;
  EXPECT_TRUE(MayMoveTag(rules, "latest", false));
  rules.rules[0] = {};
  rules.rules[0].disabled = true;
  EXPECT_TRUE(MayMoveTag(rules, "latest", false));
}

class ImmutabilityTest : public CoreTest {
 protected:
  void Set(const std::string& repository, Mode mode, std::vector<std::string> filters = {}) {
    ASSERT_EQ(ReasonOf(repositories_.UpdateSettings(Repo(repository),
                                                    [&](auto& settings) {
                                                      settings.tag_mutability = mode;
                                                      settings.mutability_filters = filters;
                                                    })),
              "");
  }

  Repositories repositories_{store_};
  Immutability immutability_{store_};
};

TEST_F(ImmutabilityTest, TheSameDigestAgainSucceedsAnotherDoesNot) {
  const auto digest = PushImage(Repo("app"), "v1", {"one"});
  PushImage(Repo("app"), "other", {"two"});
  Set("app", Mode::kImmutable);
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v1", ImageOf({"one"}))), "");
  const auto refused = Put(Repo("app"), "v1", ImageOf({"two"}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "tag_immutable");
  EXPECT_EQ(refused.error().message(),
            "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten "
            "because the tag is immutable.");
  EXPECT_EQ(Must(manifests_.Get(Repo("app"), Tag("v1")))->digest, digest.text());
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v2", ImageOf({"two"}))), "");
  // Nothing of a refused push stays.
  PushBlob(Repo("app"), "three");
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v1", ImageOf({"three"}))), "tag_immutable");
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("app"), DigestOf(ImageOf({"three"})))),
            "manifest_unknown");
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("app"), Tag("v1"), "test")), "");
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v1", ImageOf({"two"}))), "");
}

TEST_F(ImmutabilityTest, ExclusionsHold) {
  PushImage(Repo("app"), "latest", {"one"});
  PushImage(Repo("app"), "v1", {"two"});
  Set("app", Mode::kImmutableWithExclusion, {"latest"});
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "latest", ImageOf({"two"}))), "");
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v1", ImageOf({"one"}))), "tag_immutable");
}

TEST_F(ImmutabilityTest, RulesOfProjectsKeepTagsFromDeletionToo) {
  const auto digest = PushImage(Repo("shop/web"), "v1", {"one"});
  PushImage(Repo("shop/web"), "latest", {"two"});
  meta::ImmutabilityRule rule;
  rule.repository_pattern = "web";
  rule.tag_pattern = "v*";
  const auto stored = Must(immutability_.Add(kAccount, "shop", rule));
  EXPECT_EQ(ReasonOf(immutability_.Add(kAccount, "shop", rule)), "rule_exists");
  EXPECT_EQ(ReasonOf(Put(Repo("shop/web"), "v1", ImageOf({"two"}))), "tag_immutable");
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("shop/web"), Tag("v1"), "test")), "tag_immutable");
  EXPECT_EQ(ReasonOf(manifests_.DeleteManifest(Repo("shop/web"), digest, "test")), "tag_immutable");
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("shop/web"), Tag("latest"), "test")), "");
  ASSERT_TRUE(immutability_.Remove(kAccount, "shop", stored.id).ok());
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("shop/web"), Tag("v1"), "test")), "");
  EXPECT_EQ(ReasonOf(immutability_.Remove(kAccount, "shop", stored.id)), "rule_unknown");
}

TEST_F(ImmutabilityTest, TheFlagOfAProjectIsNoRuleOfItsList) {
  PushImage(Repo("shop/web"), "v1", {"one"});
  PushImage(Repo("shop/web"), "v2", {"two"});
  ASSERT_TRUE(immutability_.SetFlag(kAccount, "shop", true).ok());
  ASSERT_TRUE(immutability_.SetFlag(kAccount, "shop", true).ok());
  EXPECT_TRUE(Must(immutability_.Flag(kAccount, "shop")));
  EXPECT_TRUE(Must(immutability_.Rules(kAccount, "shop")).empty());
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("shop/web"), Tag("v1"), "test")), "tag_immutable");
  EXPECT_EQ(ReasonOf(Put(Repo("shop/web"), "v3", ImageOf({"two"}))), "");
  ASSERT_TRUE(immutability_.SetFlag(kAccount, "shop", false).ok());
  EXPECT_FALSE(Must(immutability_.Flag(kAccount, "shop")));
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("shop/web"), Tag("v1"), "test")), "");
}

// Everybody pushes another image to one tag at once, creating it; one wins.
void Race(db::Db& db) {
  constexpr int kThreads = 100;
  FakeClock clock;
  Epochs epochs;
  meta::IdGenerator ids{clock};
  log::Logger logger{2, log::Level::kError};
  blob::MemBlobStore memory(clock);
  const Store store{db, memory, epochs, ids, clock, logger, {}};
  Manifests manifests(store, 0);
  Repositories repositories(store);
  const meta::RepositoryKey key(iam::AccountId::Default(),
                                Must(oci::RepositoryName::Parse("race")));
  meta::RepositorySettings settings;
  settings.tag_mutability = Mode::kImmutable;
  Must(repositories.Create(key, settings, {}));

  std::atomic<int> winners{0};
  std::atomic<int> losers{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const std::string body =
          R"({"schemaVersion":2,"mediaType":")" + std::string(oci::kImageIndex) +
          R"(","manifests":[],"annotations":{"n":")" + std::to_string(i) + "\"}}";
      const PutManifest put{
          Must(oci::ParseReference("v1")), {}, std::nullopt, std::string(oci::kImageIndex), body};
      for (int attempt = 0; attempt < 50; ++attempt) {
        const auto done = manifests.Put(key, put);
        if (!done.ok() && done.error().code() == Code::kUnavailable) continue;
        if (done.ok()) {
          winners += 1;
          // A retry of the winner is no move.
          EXPECT_TRUE(manifests.Put(key, put).ok());
        } else {
          EXPECT_EQ(done.error().reason(), "tag_immutable") << done.error().ToString();
          losers += 1;
        }
        return;
      }
      ADD_FAILURE() << "the database never answered";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners.load(), 1);
  EXPECT_EQ(losers.load(), kThreads - 1);
  EXPECT_EQ(Must(repositories.Describe(key)).repository.counts.manifests, 1);
}

TEST_F(ImmutabilityTest, OfAHundredOneWins) { Race(*database_); }

TEST(ImmutabilityOnPostgres, OfAHundredOneWins) {
  const auto server = Must(db::PostgresServer::Start());
  db::PostgresOptions options;
  options.conninfo = Must(server->CreateDatabase());
  const auto database = Must(db::OpenPostgres(options));
  ASSERT_EQ(ReasonOf(db::Migrate(*database, meta::Migrations())), "");
  Race(*database);
}

}  // namespace
}  // namespace gantry::core
