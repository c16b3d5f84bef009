#include "core/trash.h"

#include "core/testing.h"

namespace gantry::core {
namespace {

class TrashTest : public CoreTest {
 protected:
  meta::TrashId OnlyEntry() {
    const auto page = Must(trash_.List(std::nullopt, {}, 10));
    EXPECT_EQ(page.items.size(), 1u);
    return page.items.at(0).id;
  }
  void PassTrashPeriod() {
    clock_.Advance(store_.settings.trash_period);
    clock_.Advance(Hours(1));
  }
};

TEST_F(TrashTest, ATagComesBack) {
  const auto digest = PushImage(Repo("app"), "v1", {"layer"});
  ASSERT_TRUE(manifests_.DeleteTag(Repo("app"), Tag("v1"), "by hand").ok());
  const auto restored = Must(trash_.Restore(OnlyEntry()));
  EXPECT_EQ(restored.entry.reason, "by hand");
  EXPECT_EQ(restored.tags, std::vector<std::string>{"v1"});
  EXPECT_EQ(Must(manifests_.Get(Repo("app"), Tag("v1")))->digest, digest.text());
  EXPECT_TRUE(Must(trash_.List(std::nullopt, {}, 10)).items.empty());
}

TEST_F(TrashTest, AManifestComesBackWithItsTags) {
  const auto digest = PushImage(Repo("app"), "v1", {"layer"});
  PushImage(Repo("app"), "v1.0", {"layer"});
  ASSERT_TRUE(manifests_.DeleteManifest(Repo("app"), digest, "test").ok());
  const auto restored = Must(trash_.Restore(OnlyEntry()));
  EXPECT_EQ(restored.tags, (std::vector<std::string>{"v1", "v1.0"}));
  EXPECT_TRUE(manifests_.Get(Repo("app"), Tag("v1.0")).ok());
  EXPECT_TRUE(blobs_.Open(Repo("app"), DigestOf("layer")).ok());
}

TEST_F(TrashTest, ANewTagIsLeftAlone) {
  PushImage(Repo("app"), "v1", {"old"});
  ASSERT_TRUE(manifests_.DeleteTag(Repo("app"), Tag("v1"), "test").ok());
  const auto entry = OnlyEntry();
  const auto newer = PushImage(Repo("app"), "v1", {"new"});
  const auto restored = Must(trash_.Restore(entry));
  EXPECT_EQ(restored.tags_kept, std::vector<std::string>{"v1"});
  EXPECT_EQ(Must(manifests_.Get(Repo("app"), Tag("v1")))->digest, newer.text());
}

TEST_F(TrashTest, AnImageWhoseBlobsWereDeletedTooComesBackWhole) {
  const auto digest = PushImage(Repo("app"), "v1", {"layer"});
  ASSERT_TRUE(manifests_.DeleteManifest(Repo("app"), digest, "test").ok());
  const auto manifest_entry = OnlyEntry();
  ASSERT_TRUE(blobs_.Delete(Repo("app"), DigestOf("layer"), "test").ok());
  Must(trash_.Restore(manifest_entry));
  EXPECT_TRUE(blobs_.Open(Repo("app"), DigestOf("layer")).ok());
}

TEST_F(TrashTest, UndoneUntilThePeriodEnds) {
  const auto digest = PushImage(Repo("app"), "v1", {"layer"});
  ASSERT_TRUE(manifests_.DeleteManifest(Repo("app"), digest, "test").ok());
  clock_.Advance(Duration{store_.settings.trash_period.micros - Hours(1).micros});
  Must(collector_.Run());
  Must(trash_.Restore(OnlyEntry()));
  ASSERT_TRUE(manifests_.DeleteManifest(Repo("app"), digest, "test").ok());
  const auto entry = OnlyEntry();
  PassTrashPeriod();
  Must(collector_.Run());
  EXPECT_EQ(ReasonOf(trash_.Restore(entry)), "trash_unknown");
  clock_.Advance(store_.settings.grace_period);
  clock_.Advance(Hours(1));
  const auto done = Must(collector_.Run());
  EXPECT_EQ(done.blobs_removed + done.links_removed > 0, true);
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("app"), DigestOf("layer"))), "blob_unknown");
}

TEST_F(TrashTest, ListsOneRepositoryInPages) {
  for (const char* tag : {"a", "b", "c"}) PushImage(Repo("app"), tag, {"layer"});
  for (const char* tag : {"a", "b", "c"}) {
    ASSERT_TRUE(manifests_.DeleteTag(Repo("app"), Tag(tag), "test").ok());
  }
  PushImage(Repo("other"), "x", {});
  const auto first = Must(trash_.List(Repo("app"), {}, 2));
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_TRUE(first.more);
  const auto second = Must(trash_.List(Repo("app"), first.items.back().id, 2));
  ASSERT_EQ(second.items.size(), 1u);
  EXPECT_FALSE(second.more);
  EXPECT_TRUE(Must(trash_.List(Repo("other"), {}, 2)).items.empty());
}

}  // namespace
}  // namespace gantry::core
