#include "core/pins.h"

#include "core/pulls.h"
#include "core/repositories.h"
#include "core/testing.h"
#include "meta/account_documents.h"

namespace gantry::core {
namespace {

class PinsTest : public CoreTest {
 protected:
  meta::Pin Pin(const oci::Digest& digest, const std::string& source = "manual",
                const std::string& repository = "") {
    meta::Pin pin;
    pin.digest = digest.text();
    pin.source = source;
    pin.repository = repository;
    pin.reason = "wanted";
    return pin;
  }
  std::string PutIndex(const std::string& tag, const oci::Digest& child) {
    const std::string body = R"({"schemaVersion":2,"mediaType":")" + std::string(oci::kImageIndex) +
                             R"(","manifests":[{"mediaType":")" + std::string(oci::kImageManifest) +
                             R"(","digest":")" + child.text() + R"(","size":1}]})";
    return Must(Put(Repo("app"), tag, body, oci::kImageIndex)).digest.text();
  }
  std::string Delete(const std::string& digest) {
    return ReasonOf(
        manifests_.DeleteManifest(Repo("app"), Must(oci::Digest::Parse(digest)), "test"));
  }

  Pins pins_{store_};
  Repositories repositories_{store_};
};

TEST_F(PinsTest, KeepAnImageUntilTheyAreRemovedOrForced) {
  const auto one = PushImage(Repo("app"), "v1", {"one"});
  const auto two = PushImage(Repo("app"), "v2", {"two"});
  const auto pin = Must(pins_.Put(kAccount, Pin(one)));
  const auto refused = manifests_.DeleteManifest(Repo("app"), one, "test");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "image_pinned");
  EXPECT_NE(refused.error().message().find("pinned by manual, wanted"), std::string::npos)
      << refused.error().message();
  EXPECT_EQ(Delete(two.text()), "");
  EXPECT_EQ(ReasonOf(repositories_.Delete(Repo("app"), true, "test")), "image_pinned");
  ASSERT_TRUE(pins_.Remove(kAccount, pin.id).ok());
  EXPECT_EQ(ReasonOf(pins_.Remove(kAccount, pin.id)), "pin_unknown");
  EXPECT_EQ(Delete(one.text()), "");

  const auto three = PushImage(Repo("app"), "v3", {"three"});
  Must(pins_.Put(kAccount, Pin(three)));
  EXPECT_EQ(ReasonOf(manifests_.DeleteManifest(Repo("app"), three, {"test", {}, true})), "");
}

TEST_F(PinsTest, KeepTheLastTag) {
  const auto digest = PushImage(Repo("app"), "v1", {"one"});
  PushImage(Repo("app"), "latest", {"one"});
  Must(pins_.Put(kAccount, Pin(digest)));
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("app"), Tag("latest"), "test")), "");
  EXPECT_EQ(ReasonOf(manifests_.DeleteTag(Repo("app"), Tag("v1"), "test")), "image_pinned");
  PushImage(Repo("app"), "v1", {"two"});  // moved away
  EXPECT_EQ(Delete(digest.text()), "image_pinned");
}

TEST_F(PinsTest, KeepTheIndexOfAChildAndTheChildrenOfAnIndex) {
  const auto child = PushImage(Repo("app"), "amd64", {"one"});
  const std::string index = PutIndex("all", child);
  const auto pin = Must(pins_.Put(kAccount, Pin(child)));
  EXPECT_EQ(Delete(index), "image_pinned");
  ASSERT_TRUE(pins_.Remove(kAccount, pin.id).ok());
  Must(pins_.Put(kAccount, Pin(Must(oci::Digest::Parse(index)))));
  EXPECT_EQ(Delete(child.text()), "manifest_referenced");
  EXPECT_EQ(Delete(index), "image_pinned");
}

TEST_F(PinsTest, KeepReferrersAndSubjects) {
  const auto image = PushImage(Repo("app"), "v1", {"one"});
  const std::string signature =
      ImageOf({}, R"(,"subject":{"mediaType":")" + std::string(oci::kImageManifest) +
                      R"(","digest":")" + image.text() + R"(","size":1})");
  const auto referrer = Must(Put(Repo("app"), DigestOf(signature).text(), signature)).digest;
  const auto pin = Must(pins_.Put(kAccount, Pin(image)));
  EXPECT_EQ(Delete(referrer.text()), "image_pinned");
  ASSERT_TRUE(pins_.Remove(kAccount, pin.id).ok());
  Must(pins_.Put(kAccount, Pin(referrer)));
  EXPECT_EQ(Delete(image.text()), "image_pinned");
}

TEST_F(PinsTest, HoldWhereTheySayAndUntilTheyExpire) {
  const auto image = PushImage(Repo("app"), "v1", {"one"});
  Must(pins_.Put(kAccount, Pin(image, "manual", "other")));
  Must(pins_.Put(Account("111122223333"), Pin(image)));
  auto expiring = Pin(image, "ci");
  expiring.expires_at = clock_.Now() + Hours(1);
  Must(pins_.Put(kAccount, expiring));
  EXPECT_EQ(Delete(image.text()), "image_pinned");
  clock_.Advance(Hours(1));
  EXPECT_EQ(Delete(image.text()), "");
  Must(pins_.Sweep());
  EXPECT_EQ(Must(pins_.List(kAccount, {}, 10)).items.size(), 1u);
}

TEST_F(PinsTest, OfASourceAreReplacedByWhatItSees) {
  const auto one = PushImage(Repo("app"), "v1", {"one"});
  const auto two = PushImage(Repo("app"), "v2", {"two"});
  EXPECT_EQ(ReasonOf(pins_.ReplaceState(kAccount, "kube:prod", {Pin(one)})), "pin_source_unknown");
  ASSERT_TRUE(pins_.PutSource(kAccount, {"kube:prod", "kube", Hours(1), {}, {}}).ok());
  auto changes = Must(pins_.ReplaceState(kAccount, "kube:prod", {Pin(one), Pin(two)}));
  EXPECT_EQ(changes.added, 2);
  auto running = Pin(two);
  running.detail = R"({"namespace":"shop","pods":3})";
  changes = Must(pins_.ReplaceState(kAccount, "kube:prod", {running}));
  EXPECT_EQ(changes.added, 0);
  EXPECT_EQ(changes.changed, 1);
  EXPECT_EQ(changes.removed, 1);
  EXPECT_EQ(Delete(one.text()), "");
  const auto refused = manifests_.DeleteManifest(Repo("app"), two, "test");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("running in cluster prod, namespace shop, 3 pods"),
            std::string::npos);
  changes = Must(pins_.ApplyChanges(kAccount, "kube:prod", {Pin(one)}, {Pin(two)}));
  EXPECT_EQ(changes.removed, 1);
  EXPECT_EQ(Delete(two.text()), "");
  ASSERT_TRUE(pins_.RemoveSource(kAccount, "kube:prod").ok());
  EXPECT_TRUE(Must(pins_.List(kAccount, {}, 10)).items.empty());
}

TEST_F(PinsTest, OfASilentSourceStay) {
  const auto image = PushImage(Repo("app"), "v1", {"one"});
  ASSERT_TRUE(pins_.PutSource(kAccount, {"kube:prod", "kube", Hours(1), {}, {}}).ok());
  Must(pins_.ReplaceState(kAccount, "kube:prod", {Pin(image)}));
  EXPECT_TRUE(Must(pins_.Sweep()).empty());
  clock_.Advance(Hours(2));
  const auto silent = Must(pins_.Sweep());
  ASSERT_EQ(silent.size(), 1u);
  EXPECT_EQ(silent[0].source.name, "kube:prod");
  EXPECT_EQ(Delete(image.text()), "image_pinned");
  ASSERT_TRUE(pins_.Heartbeat(kAccount, "kube:prod").ok());
  EXPECT_TRUE(Must(pins_.Sweep()).empty());
}

TEST_F(PinsTest, AreRefusedByManyDeletionsOneByOne) {
  const auto one = PushImage(Repo("app"), "v1", {"one"});
  const auto two = PushImage(Repo("app"), "v2", {"two"});
  const auto three = PushImage(Repo("app"), "v3", {"three"});
  Must(pins_.Put(kAccount, Pin(one)));
  const auto run = ids_.Next<meta::RunId>();
  const auto refusals = Must(manifests_.DeleteAll(
      Repo("app"), {{one, {"v1"}, "rule 1"}, {two, {"v2"}, "rule 1"}, {three, {}, "rule 1"}}, run));
  ASSERT_EQ(refusals.size(), 3u);
  ASSERT_TRUE(refusals[0].has_value());
  EXPECT_EQ(refusals[0]->reason(), "image_pinned");
  EXPECT_FALSE(refusals[1].has_value());
  ASSERT_TRUE(refusals[2].has_value());
  EXPECT_EQ(refusals[2]->reason(), "image_changed");
  EXPECT_EQ(Must(trash_.RestoreRun(run, [](const auto&) {})).restored, 1);
  EXPECT_TRUE(manifests_.Get(Repo("app"), Tag("v2")).ok());
}

TEST_F(PinsTest, ARunIsUndoneInReverse) {
  const auto digest = PushImage(Repo("app"), "v1", {"one"});
  PushImage(Repo("app"), "v2", {"one"});
  const auto run = ids_.Next<meta::RunId>();
  ASSERT_TRUE(manifests_.DeleteTag(Repo("app"), Tag("v2"), {"test", run}).ok());
  ASSERT_TRUE(manifests_.DeleteManifest(Repo("app"), digest, {"test", run}).ok());
  const auto restored = Must(trash_.RestoreRun(run, [](const auto&) {}));
  EXPECT_EQ(restored.restored, 2);
  EXPECT_EQ(restored.failed, 0);
  EXPECT_TRUE(manifests_.Get(Repo("app"), Tag("v1")).ok());
  EXPECT_TRUE(manifests_.Get(Repo("app"), Tag("v2")).ok());
}

class PullsTest : public PinsTest {
 protected:
  std::optional<Time> PulledAt(const std::string& tag) {
    return Must(repositories_.ImageOf(Repo("app"), Tag(tag))).last_pulled_at;
  }
  void Note(const oci::Digest& digest, iam::PrincipalKind kind = iam::PrincipalKind::kUser) {
    pulls_.Note(Repo("app").text(), digest.text(),
                {.account = kAccount, .kind = kind, .name = "x"});
  }
  Pulls pulls_{store_, Hours(30 * 24)};
};

TEST_F(PullsTest, AreWrittenOnceAnHour) {
  const auto digest = PushImage(Repo("app"), "v1", {"one"});
  EXPECT_EQ(PulledAt("v1"), std::nullopt);
  Note(digest);
  Note(digest);
  Note(DigestOf("nothing"));
  EXPECT_EQ(Must(pulls_.Flush()), 1);
  const Time first = clock_.Now();
  EXPECT_EQ(PulledAt("v1"), first);
  clock_.Advance(Seconds(3599));
  Note(digest);
  EXPECT_EQ(Must(pulls_.Flush()), 0);
  EXPECT_EQ(PulledAt("v1"), first);
  clock_.Advance(Seconds(1));
  Note(digest);
  EXPECT_EQ(Must(pulls_.Flush()), 1);
  EXPECT_EQ(PulledAt("v1"), clock_.Now());
  EXPECT_TRUE(Must(pins_.List(kAccount, {}, 10)).items.empty());
}

TEST_F(PullsTest, ByNodesArePins) {
  const auto digest = PushImage(Repo("app"), "v1", {"one"});
  Note(digest, iam::PrincipalKind::kNode);
  Must(pulls_.Flush());
  EXPECT_EQ(Delete(digest.text()), "image_pinned");
  const auto pins = Must(pins_.List(kAccount, {}, 10)).items;
  ASSERT_EQ(pins.size(), 1u);
  EXPECT_EQ(pins[0].source, "node:x");
  EXPECT_EQ(pins[0].repository, "app");
  clock_.Advance(Hours(30 * 24));
  EXPECT_EQ(Delete(digest.text()), "");
}

TEST_F(PullsTest, OfExcludedPrincipalsAreNotNoted) {
  const auto digest = PushImage(Repo("app"), "v1", {"one"});
  const iam::Principal scanner{
      .account = kAccount, .kind = iam::PrincipalKind::kUser, .name = "scanner"};
  ASSERT_TRUE(database_
                  ->Write([&](db::Tx& tx) {
                    return meta::PutAccountDocument(
                        tx, kAccount, {kPullExclusionKind, scanner.Arn(), "{}", {}, {}});
                  })
                  .ok());
  Note(digest);
  Must(pulls_.Flush());  // learns of the exclusion
  const auto first = PulledAt("v1");
  clock_.Advance(Hours(2));
  pulls_.Note(Repo("app").text(), digest.text(), scanner);
  EXPECT_EQ(Must(pulls_.Flush()), 0);
  EXPECT_EQ(PulledAt("v1"), first);
}

}  // namespace
}  // namespace gantry::core
