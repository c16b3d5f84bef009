#include <algorithm>

#include "meta/images.h"
#include "meta/lifecycle.h"
#include "meta/pins.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

using Lifecycle = Contract;

RepositoryKey KeyOf(const std::string& name) {
  return {kAccount, Must(oci::RepositoryName::Parse(name))};
}

TEST_P(Lifecycle, PoliciesAreFoundByScope) {
  const LifecyclePolicyRow of_account{"account", "", "ecr", "1", now(), {}};
  const LifecyclePolicyRow of_project{"project", "team", "harbor", "2", now(), {}};
  const LifecyclePolicyRow of_repository{"repository", "team/a", "ecr", "3", now(), {}};
  Read([&](db::Tx& tx) { EXPECT_FALSE(Must(AnyLifecyclePolicy(tx))); });
  Write([&](db::Tx& tx) {
    for (const auto& row : {of_account, of_project, of_repository}) {
      Must(PutLifecyclePolicy(tx, kAccount, row));
    }
  });
  EnsureRepo("team/a");
  EnsureRepo("other");
  Read([&](db::Tx& tx) {
    EXPECT_TRUE(Must(AnyLifecyclePolicy(tx)));
    EXPECT_EQ(Must(LifecyclePoliciesFor(tx, KeyOf("team/a"))).size(), 3u);
    EXPECT_EQ(Must(LifecyclePoliciesFor(tx, KeyOf("team/b"))).size(), 2u);
    EXPECT_EQ(Must(LifecyclePoliciesFor(tx, KeyOf("other"))).size(), 1u);
    EXPECT_EQ(Must(FindLifecyclePolicy(tx, kAccount, of_project))->body, "2");
  });
  Write([&](db::Tx& tx) {
    Must(NoteLifecycleEvaluation(tx, kAccount, of_account, now()));
    EXPECT_EQ(Must(FindLifecyclePolicy(tx, kAccount, of_account))->last_evaluated_at, now());
    Must(PutLifecyclePolicy(tx, kAccount, of_account));
    EXPECT_EQ(Must(FindLifecyclePolicy(tx, kAccount, of_account))->last_evaluated_at, Time{});
    EXPECT_TRUE(Must(DeleteLifecyclePolicy(tx, kAccount, of_account)));
    EXPECT_FALSE(Must(DeleteLifecyclePolicy(tx, kAccount, of_account)));
  });
}

TEST_P(Lifecycle, APolicyOfADeletedRepositoryIsNotThatOfTheNext) {
  EnsureRepo("a");
  Write([&](db::Tx& tx) {
    Must(PutLifecyclePolicy(tx, kAccount, {"repository", "a", "ecr", "{}", now(), {}}));
  });
  clock_.Advance(Seconds(1));
  DeleteRepo("a");
  EnsureRepo("a");
  Read([&](db::Tx& tx) { EXPECT_TRUE(Must(LifecyclePoliciesFor(tx, KeyOf("a"))).empty()); });
}

TEST_P(Lifecycle, RowsOfARepositoryAreWhatIsThere) {
  PushImage("a", {"one", {"layer"}, "", "", "v1"});
  const auto two = PushImage("a", {"two", {"layer"}, "", "", "v2"});
  PushImage("b", {"three", {"layer"}, "", "", "v3"});
  const auto repository = EnsureRepo("a");
  Write([&](db::Tx& tx) {
    Must(NotePull(tx, repository, DigestOf("two").text(), now()));
    Must(ArchiveImage(tx, repository, DigestOf("one").text(), now()));
    for (const char* source : {"kube:prod", "kube:test"}) {
      Must(PutPin(tx, ids_, kAccount,
                  {{}, DigestOf("two").text(), "", source, "runs", "{}", now(), {}}));
    }
    Must(PutPin(tx, ids_, kAccount,
                {{}, DigestOf("one").text(), "b", "manual", "elsewhere", "{}", now(), {}}));
    Must(PutPin(tx, ids_, kAccount,
                {{}, DigestOf("one").text(), "", "manual", "over", "{}", now(), now()}));
  });
  Read([&](db::Tx& tx) {
    const auto rows = Must(ReadLifecycleRows(tx, KeyOf("a"), repository, now()));
    ASSERT_EQ(rows.images.size(), 2u);
    EXPECT_LT(rows.images[0].digest, rows.images[1].digest);
    const auto& image = rows.images[rows.images[0].id == two ? 0 : 1];
    const auto& other = rows.images[rows.images[0].id == two ? 1 : 0];
    EXPECT_EQ(image.digest, DigestOf("two").text());
    EXPECT_EQ(image.last_pulled_at, now());
    EXPECT_EQ(image.archived_at, Time{});
    EXPECT_EQ(other.last_pulled_at, Time{});
    EXPECT_EQ(other.archived_at, now());
    ASSERT_EQ(rows.tags.size(), 2u);
    EXPECT_EQ(rows.tags[1].name, "v2");
    EXPECT_EQ(rows.tags[1].manifest, two);
    ASSERT_EQ(rows.pins.size(), 2u);
    EXPECT_EQ(rows.pins[0].source, "kube:prod");
    const auto blobs = Must(ReadLifecycleBlobs(tx, repository));
    ASSERT_EQ(blobs.size(), 4u);  // a config and a layer each
    EXPECT_EQ(std::count_if(blobs.begin(), blobs.end(), [](const auto& it) { return it.shared; }),
              2);  // b links the layer, too
  });
}

TEST_P(Lifecycle, APreviewReplacesTheOneBefore) {
  const RepositoryKey key = KeyOf("a");
  Write([&](db::Tx& tx) {
    Must(BeginLifecyclePreview(tx, key, {"{}", false, "f1", "{}", now()}));
    Must(AddLifecyclePreviewPage(tx, key, "b", "[1]"));
    Must(AddLifecyclePreviewPage(tx, key, "d", "[2]"));
  });
  Read([&](db::Tx& tx) {
    EXPECT_FALSE(Must(FindLifecyclePreview(tx, key))->complete);
    EXPECT_EQ(Must(NextLifecyclePreviewPage(tx, key, ""))->images, "[1]");
    EXPECT_EQ(Must(NextLifecyclePreviewPage(tx, key, "a"))->images, "[1]");
    EXPECT_EQ(Must(NextLifecyclePreviewPage(tx, key, "b"))->images, "[2]");
    EXPECT_FALSE(Must(NextLifecyclePreviewPage(tx, key, "d")));
  });
  Write([&](db::Tx& tx) {
    Must(CompleteLifecyclePreview(tx, key));
    EXPECT_TRUE(Must(FindLifecyclePreview(tx, key))->complete);
    Must(BeginLifecyclePreview(tx, key, {"{}", false, "f2", "{}", now()}));
    EXPECT_EQ(Must(FindLifecyclePreview(tx, key))->fingerprint, "f2");
    EXPECT_FALSE(Must(NextLifecyclePreviewPage(tx, key, "")));
  });
}

TEST_P(Lifecycle, RunsAreListedTheLatestFirst) {
  const auto put = [&](int64_t id, const std::string& repository) {
    LifecycleRunRow run;
    run.id = RunId{id};
    run.repository = repository;
    run.cause = "request";
    run.status = "done";
    run.expired = id;
    run.started_at = now();
    Write([&](db::Tx& tx) { Must(PutLifecycleRun(tx, run)); });
  };
  put(1, "000000000000/a");
  put(2, "000000000000/b");
  put(3, "000000000001/a");
  put(2, "000000000000/b");
  Write([&](db::Tx& tx) {
    const auto runs = Must(ListLifecycleRuns(tx, "000000000000/", {}, 10));
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_EQ(runs[0].id.value, 2);
    EXPECT_EQ(Must(ListLifecycleRuns(tx, "000000000000/", RunId{2}, 10)).size(), 1u);
  });
}

TEST_P(Lifecycle, RepositoriesThatChanged) {
  EnsureRepo("a");
  clock_.Advance(Seconds(1));
  const Time since = now();
  EnsureRepo("b");
  EnsureRepo("c");
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(ListChangedRepositories(tx, {}, "", 10)).size(), 3u);
    EXPECT_EQ(Must(ListChangedRepositories(tx, since, "", 10)).size(), 2u);
    EXPECT_EQ(Must(ListChangedRepositories(tx, since, "000000000000/b", 10)),
              (std::vector<std::string>{"000000000000/c"}));
  });
}

INSTANTIATE_TEST_SUITE_P(Meta, Lifecycle, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
