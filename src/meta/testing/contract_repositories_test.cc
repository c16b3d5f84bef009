#include <algorithm>

#include "meta/schedules.h"
#include "meta/settings.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

using Repositories = Contract;

TEST_P(Repositories, AreCreatedOnce) {
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindRepositoryId(tx, Key("a/b"))), std::nullopt);
    EXPECT_FALSE(Must(FindRepository(tx, Key("a/b"))).has_value());
  });
  const auto id = EnsureRepo("a/b");
  const Time created = now();
  clock_.Advance(Seconds(1));
  EXPECT_EQ(EnsureRepo("a/b"), id);
  EXPECT_NE(EnsureRepo("a/c"), id);
  const Repository repository = Repo("a/b");
  EXPECT_EQ(repository.id, id);
  EXPECT_EQ(repository.account, "000000000000");
  EXPECT_EQ(repository.name, "a/b");
  EXPECT_EQ(repository.created_at, created);
  EXPECT_EQ(repository.updated_at, created);
  EXPECT_EQ(repository.counts.tags, 0);
}

TEST_P(Repositories, AreListedInByteOrderPageByPage) {
  std::vector<std::string> names = {"b", "a", "a/b", "a-b", "a.b", "a__b", "ab", "a0", "z/z"};
  for (const auto& name : names) EnsureRepo(name);
  std::sort(names.begin(), names.end());
  std::vector<std::string> listed;
  Read([&](db::Tx& tx) {
    for (std::string after;;) {
      const auto page = Must(ListRepositoryNames(tx, kAccount, after, 2));
      listed.insert(listed.end(), page.begin(), page.end());
      if (page.size() < 2) break;
      after = page.back();
    }
    EXPECT_EQ(listed, names);
    const auto whole = Must(ListRepositories(tx, kAccount, "a/b", 3));
    ASSERT_EQ(whole.size(), 3u);
    EXPECT_EQ(whole[0].name, names[4]);
    EXPECT_EQ(whole[2].name, names[6]);
    EXPECT_TRUE(Must(ListRepositoryNames(tx, kAccount, "zz", 10)).empty());
  });
}

TEST_P(Repositories, OfAnAccountAreARange) {
  const std::vector<std::string> accounts = {"000000000000", "000000000001", "123456789012",
                                             "999999999999"};
  for (const auto& account : accounts) {
    Write([&](db::Tx& tx) {
      for (const char* name : {"same", "zz", "0", account.c_str()}) {
        Must(EnsureRepository(tx, ids_, KeyIn(account, name), now()));
      }
    });
  }
  for (const auto& account : accounts) {
    std::vector<std::string> names = {"0", account, "same", "zz"};
    std::sort(names.begin(), names.end());
    Read([&](db::Tx& tx) {
      EXPECT_EQ(Must(ListRepositoryNames(tx, Account(account), "", 100)), names);
      EXPECT_EQ(Must(ListRepositoryNames(tx, Account(account), "same", 100)),
                std::vector<std::string>{"zz"});
      const auto whole = Must(ListRepositories(tx, Account(account), "", 100));
      ASSERT_EQ(whole.size(), names.size());
      for (const auto& repository : whole) EXPECT_EQ(repository.account, account);
    });
  }
  Read([&](db::Tx& tx) {
    EXPECT_TRUE(Must(ListRepositoryNames(tx, Account("000000000002"), "", 100)).empty());
    EXPECT_NE(Must(FindRepositoryId(tx, KeyIn(accounts[0], "same"))),
              Must(FindRepositoryId(tx, KeyIn(accounts[1], "same"))));
    EXPECT_FALSE(Must(FindRepository(tx, KeyIn("000000000002", "same"))).has_value());
  });
}

TEST_P(Repositories, CountWhatIsAdded) {
  check_at_end_ = false;
  const auto id = EnsureRepo("a");
  clock_.Advance(Seconds(5));
  Write([&](db::Tx& tx) {
    Must(AddToRepository(tx, id, {1, 2, 3, 4, 5, 6}, now()));
    Must(AddToRepository(tx, id, {1, 0, 0, 0, 0, -1}, now()));
  });
  const Repository repository = Repo("a");
  EXPECT_EQ(repository.updated_at, now());
  EXPECT_EQ(repository.counts.tags, 2);
  EXPECT_EQ(repository.counts.manifests, 2);
  EXPECT_EQ(repository.counts.manifest_bytes, 3);
  EXPECT_EQ(repository.counts.blobs, 4);
  EXPECT_EQ(repository.counts.blob_bytes, 5);
  EXPECT_EQ(repository.counts.shared_bytes, 5);
  EXPECT_EQ(WriteError([&](db::Tx& tx) { return AddToRepository(tx, {7}, {}, now()); }),
            "internal/row_missing");
}

TEST_P(Repositories, KnowWhatACollectionWouldFree) {
  PushBlob("a", "loose", 100, now() + Hours(1));
  PushBlob("a", "deleted", 1000);
  PushImage("a", {"image", {"layer"}, "", "", ""});
  const TrashId trash = DeleteBlobOf("a", "deleted");
  const auto id = EnsureRepo("a");
  Read([&](db::Tx& tx) { EXPECT_EQ(Must(ReclaimableBytes(tx, id)), 100); });
  Write([&](db::Tx& tx) { Must(DeleteTrash(tx, trash)); });
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(ReclaimableBytes(tx, id)), 1100);
    EXPECT_EQ(Must(ReclaimableBytes(tx, {99})), 0);
  });
}

TEST_P(Repositories, SettingsKeepTheirFirstValue) {
  Write([&](db::Tx& tx) {
    EXPECT_EQ(Must(EnsureSetting(tx, "key", "one")), "one");
    EXPECT_EQ(Must(EnsureSetting(tx, "key", "two")), "one");
    EXPECT_EQ(Must(EnsureSetting(tx, "other", "two")), "two");
  });
}

TEST_P(Repositories, SchedulesAreHeldByOne) {
  const Time later = now() + Hours(1);
  Write([&](db::Tx& tx) {
    EXPECT_EQ(Must(ClaimSchedule(tx, "scrub", now(), now(), later)), "");
    EXPECT_EQ(Must(ClaimSchedule(tx, "scrub", now(), now(), later)), std::nullopt);
    EXPECT_FALSE(Must(FinishSchedule(tx, "scrub", now(), later, "not the holder's")));
    EXPECT_TRUE(Must(FinishSchedule(tx, "scrub", later, later, "here")));
    EXPECT_FALSE(Must(FinishSchedule(tx, "scrub", later, now(), "twice")));
    EXPECT_EQ(Must(ClaimSchedule(tx, "scrub", now(), now(), later)), std::nullopt);
    EXPECT_EQ(Must(ClaimSchedule(tx, "scrub", now(), later, later + Hours(1))), "here");
  });
}

INSTANTIATE_TEST_SUITE_P(Meta, Repositories, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
