// Repositories of the same name in two accounts share nothing that anybody can see.
#include <algorithm>

#include "core/testing.h"

namespace gantry::core {
namespace {

class AccountsTest : public CoreTest {
 protected:
  const iam::AccountId other_account_ = Account("111111111111");
  const meta::RepositoryKey mine_ = Repo("team/app");
  const meta::RepositoryKey theirs_ = RepoIn(other_account_, "team/app");

  static bool Anything(const meta::RepositoryKey&) { return true; }

  std::vector<std::string> NamesOf(const iam::AccountId& account) {
    return Must(listings_.Repositories(account, "", 100)).items;
  }
};
using Names = std::vector<std::string>;

TEST_F(AccountsTest, ManifestsAndTagsAreTheirOwn) {
  const auto digest = PushImage(mine_, "v1", {"layer"});
  EXPECT_EQ(ReasonOf(manifests_.Get(theirs_, Tag("v1"))), "name_unknown");
  const auto other = PushImage(theirs_, "v1", {"another layer"});
  EXPECT_EQ(Must(manifests_.Get(mine_, Tag("v1")))->digest, digest.text());
  EXPECT_EQ(Must(manifests_.Get(theirs_, Tag("v1")))->digest, other.text());
  EXPECT_EQ(ReasonOf(manifests_.Get(theirs_, digest)), "manifest_unknown");
  ASSERT_TRUE(manifests_.DeleteTag(theirs_, Tag("v1"), "test").ok());
  EXPECT_TRUE(manifests_.Get(mine_, Tag("v1")).ok());
  EXPECT_EQ(ReasonOf(manifests_.Get(theirs_, Tag("v1"))), "manifest_unknown");
}

TEST_F(AccountsTest, CachesAreTheirOwn) {
  const auto digest = PushImage(mine_, "v1", {"layer"});
  Must(manifests_.Get(mine_, Tag("v1")));
  Must(blobs_.Open(mine_, DigestOf("layer")));
  const meta::RepositoryKeyText own(kAccount.text(), "team/app");
  const meta::RepositoryKeyText foreign(other_account_.text(), "team/app");
  ASSERT_NE(manifests_.FindCached(own.view(), "v1"), nullptr);
  ASSERT_NE(blobs_.FindCached(own.view(), DigestOf("layer").text()), nullptr);
  EXPECT_EQ(manifests_.FindCached(foreign.view(), "v1"), nullptr);
  EXPECT_EQ(manifests_.FindCached(foreign.view(), digest.text()), nullptr);
  EXPECT_EQ(blobs_.FindCached(foreign.view(), DigestOf("layer").text()), nullptr);
}

TEST_F(AccountsTest, BlobsAreReadThroughTheOwnLink) {
  PushBlob(mine_, "layer");
  EXPECT_EQ(ReasonOf(blobs_.Open(theirs_, DigestOf("layer"))), "name_unknown");
  PushBlob(theirs_, "something");
  EXPECT_EQ(ReasonOf(blobs_.Open(theirs_, DigestOf("layer"))), "blob_unknown");
  EXPECT_EQ(ReasonOf(blobs_.Stat(theirs_, DigestOf("layer"))), "blob_unknown");
}

TEST_F(AccountsTest, NothingIsMountedFromAnotherAccount) {
  const auto digest = PushBlob(mine_, "layer");
  const auto target = RepoIn(other_account_, "target");
  EXPECT_FALSE(Must(blobs_.Mount(target, digest, mine_, Anything)));
  EXPECT_FALSE(Must(blobs_.Mount(target, digest, std::nullopt, Anything)));
  EXPECT_EQ(ReasonOf(blobs_.Open(target, digest)), "name_unknown");
  PushBlob(theirs_, "layer");
  EXPECT_TRUE(Must(blobs_.Mount(target, digest, std::nullopt, Anything)));
}

TEST_F(AccountsTest, AnUploadIsUnknownInTheOtherAccount) {
  const std::string id = Must(uploads_.Start(mine_, oci::Algorithm::kSha256));
  EXPECT_EQ(ReasonOf(uploads_.Status(theirs_, id)), "upload_unknown");
  EXPECT_EQ(ReasonOf(uploads_.Acquire(theirs_, id)), "upload_unknown");
  EXPECT_TRUE(uploads_.Status(mine_, id).ok());
}

TEST_F(AccountsTest, ListsShowTheOwnOnly) {
  PushImage(mine_, "v1", {});
  PushImage(theirs_, "v2", {});
  PushImage(RepoIn(other_account_, "zz"), "v1", {});
  EXPECT_EQ(NamesOf(kAccount), Names{"team/app"});
  EXPECT_EQ(NamesOf(other_account_), (Names{"team/app", "zz"}));
  EXPECT_EQ(NamesOf(Account("222222222222")), Names{});
  EXPECT_EQ(Must(listings_.TagNames(theirs_, "", 10)).items, Names{"v2"});
  const auto details = Must(listings_.RepositoryDetails(other_account_, "", 10)).items;
  ASSERT_EQ(details.size(), 2u);
  EXPECT_EQ(details[0].name, "team/app");
  EXPECT_EQ(details[0].account, "111111111111");
}

TEST_F(AccountsTest, ReferrersAreTheirOwn) {
  const auto subject = PushImage(mine_, "v1", {});
  PushImage(theirs_, "v1", {});
  const std::string field =
      R"(,"subject":)" + DescriptorOf(ImageOf({}), std::string(oci::kImageManifest));
  Must(Put(mine_, "signature", ImageOf({}, field)));
  EXPECT_EQ(Must(listings_.Referrers(mine_, subject, "", "", 10)).items.size(), 1u);
  EXPECT_TRUE(Must(listings_.Referrers(theirs_, subject, "", "", 10)).items.empty());
}

TEST_F(AccountsTest, TheTrashIsTheirOwn) {
  PushImage(mine_, "v1", {});
  PushImage(theirs_, "v1", {});
  ASSERT_TRUE(manifests_.DeleteTag(mine_, Tag("v1"), "test").ok());
  const auto own = Must(trash_.List(mine_, {}, 10)).items;
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].repository_key, mine_.text());
  EXPECT_TRUE(Must(trash_.List(theirs_, {}, 10)).items.empty());
  Must(manifests_.Get(theirs_, Tag("v1")));
  Must(trash_.Restore(own[0].id));
  EXPECT_TRUE(manifests_.Get(mine_, Tag("v1")).ok());
}

TEST_F(AccountsTest, ErrorsNameTheRepositoryWithoutItsAccount) {
  const auto unknown = manifests_.Get(theirs_, Tag("v1"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().ToString().find("111111111111"), std::string::npos)
      << unknown.error().ToString();
  PushBlob(theirs_, "x");
  for (const auto& error :
       {manifests_.Get(theirs_, Tag("v1")).error(), blobs_.Open(theirs_, DigestOf("y")).error()}) {
    EXPECT_EQ(error.ToString().find("111111111111"), std::string::npos) << error.ToString();
    EXPECT_NE(error.ToString().find("team/app"), std::string::npos) << error.ToString();
  }
}

}  // namespace
}  // namespace gantry::core
