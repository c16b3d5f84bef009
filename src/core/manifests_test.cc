#include "core/manifests.h"

#include "core/testing.h"

namespace gantry::core {
namespace {

class ManifestsTest : public CoreTest {};

TEST_F(ManifestsTest, PushAndPullByTagAndDigest) {
  const auto repository = Repo("team/app");
  const auto digest = PushImage(repository, "v1", {"layer"});
  const auto by_tag = Must(manifests_.Get(repository, Tag("v1")));
  EXPECT_EQ(by_tag->digest, digest.text());
  EXPECT_EQ(by_tag->media_type, oci::kImageManifest);
  EXPECT_EQ(*by_tag->body, ImageOf({"layer"}));
  EXPECT_EQ(Must(manifests_.Get(repository, digest))->digest, digest.text());
}

TEST_F(ManifestsTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("none"), Tag("v1"))), "name_unknown");
  PushImage(Repo("app"), "v1", {});
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("app"), Tag("v2"))), "manifest_unknown");
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("app"), DigestOf("x"))), "manifest_unknown");
}

TEST_F(ManifestsTest, RefusesAManifestWhoseBlobsAreElsewhere) {
  PushImage(Repo("other"), "v1", {"layer"});
  PushBlob(Repo("app"), "{}");
  const auto put = Put(Repo("app"), "v1", ImageOf({"layer"}));
  ASSERT_EQ(ReasonOf(put), "manifest_blob_unknown");
  EXPECT_EQ(put.error().detail()[0].second, DigestOf("layer").text());
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("app"), Tag("v1"))), "manifest_unknown");
}

TEST_F(ManifestsTest, RefusesAWrongSize) {
  PushBlob(Repo("app"), "{}");
  PushBlob(Repo("app"), "layer");
  std::string body = ImageOf({"layer"});
  body.replace(body.rfind(R"("size":5)"), 8, R"("size":6)");
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v1", body)), "size_invalid");
}

TEST_F(ManifestsTest, RefusesAnotherDigestThanTheBytesHave) {
  PushBlob(Repo("app"), "{}");
  EXPECT_EQ(ReasonOf(Put(Repo("app"), DigestOf("other").text(), ImageOf({}))), "digest_invalid");
}

TEST_F(ManifestsTest, AnIndexNeedsItsChildrenAndProtectsThem) {
  const auto repository = Repo("app");
  const std::string child = ImageOf({});
  const std::string index =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" +
      DescriptorOf(child, std::string(oci::kImageManifest)) + "]}";
  PushBlob(repository, "{}");
  EXPECT_EQ(ReasonOf(Put(repository, "multi", index, oci::kImageIndex)), "child_manifest_unknown");
  const auto digest = Must(Put(repository, "single", child)).digest;
  const auto index_digest = Must(Put(repository, "multi", index, oci::kImageIndex)).digest;
  EXPECT_EQ(ReasonOf(manifests_.DeleteManifest(repository, digest, "test")), "manifest_referenced");
  EXPECT_TRUE(manifests_.DeleteManifest(repository, index_digest, "test").ok());
  EXPECT_TRUE(manifests_.DeleteManifest(repository, digest, "test").ok());
}

TEST_F(ManifestsTest, ATagMovesAndTheOldManifestStays) {
  const auto repository = Repo("app");
  const auto first = PushImage(repository, "latest", {"one"});
  const auto second = PushImage(repository, "latest", {"two"});
  EXPECT_EQ(Must(manifests_.Get(repository, Tag("latest")))->digest, second.text());
  EXPECT_TRUE(manifests_.Get(repository, first).ok());
}

TEST_F(ManifestsTest, TheSameManifestAgainIsSuccess) {
  const auto first = PushImage(Repo("app"), "v1", {"layer"});
  EXPECT_EQ(PushImage(Repo("app"), "v1", {"layer"}), first);
}

TEST_F(ManifestsTest, IsNotTwoThingsAtOnce) {
  const auto repository = Repo("app");
  const std::string body = R"({"schemaVersion":2,"config":)" +
                           DescriptorOf("{}", "application/vnd.oci.image.config.v1+json") +
                           R"(,"layers":[]})";
  PushBlob(repository, "{}");
  Must(Put(repository, "v1", body, "application/vnd.example.other+json"));
  EXPECT_EQ(ReasonOf(Put(repository, "v1", body)), "manifest_invalid");
}

TEST_F(ManifestsTest, SetsTheTagsOfAPushByDigest) {
  const auto repository = Repo("app");
  PushBlob(repository, "{}");
  const std::string body = ImageOf({});
  const PutManifest put{
      DigestOf(body), {Tag("a"), Tag("b")}, std::nullopt, std::string(oci::kImageManifest), body};
  Must(manifests_.Put(repository, put));
  EXPECT_TRUE(manifests_.Get(repository, Tag("a")).ok());
  EXPECT_TRUE(manifests_.Get(repository, Tag("b")).ok());
}

TEST_F(ManifestsTest, TheCacheNeverAnswersFromBeforeACommit) {
  const auto repository = Repo("app");
  const auto first = PushImage(repository, "latest", {"one"});
  EXPECT_EQ(manifests_.FindCached(Repo("app").text(), "latest"), nullptr);
  Must(manifests_.Get(repository, Tag("latest")));
  ASSERT_NE(manifests_.FindCached(Repo("app").text(), "latest"), nullptr);
  EXPECT_EQ(manifests_.FindCached(Repo("app").text(), "latest")->digest, first.text());
  PushImage(repository, "latest", {"two"});
  EXPECT_EQ(manifests_.FindCached(Repo("app").text(), "latest"), nullptr);
  Must(manifests_.Get(repository, Tag("latest")));
  EXPECT_TRUE(manifests_.DeleteTag(repository, Tag("latest"), "test").ok());
  EXPECT_EQ(manifests_.FindCached(Repo("app").text(), "latest"), nullptr);
}

TEST_F(ManifestsTest, ADeletedManifestCanBePushedAgain) {
  const auto repository = Repo("app");
  const auto digest = PushImage(repository, "v1", {"layer"});
  ASSERT_TRUE(manifests_.DeleteManifest(repository, digest, "test").ok());
  EXPECT_EQ(ReasonOf(manifests_.Get(repository, Tag("v1"))), "manifest_unknown");
  EXPECT_EQ(ReasonOf(manifests_.DeleteManifest(repository, digest, "test")), "manifest_unknown");
  PushImage(repository, "v1", {"layer"});
  EXPECT_TRUE(manifests_.Get(repository, Tag("v1")).ok());
}

class SparseManifestsTest : public CoreTest {
 protected:
  static Settings Sparse() {
    Settings settings;
    settings.allow_sparse_manifests = true;
    return settings;
  }
  SparseManifestsTest() : CoreTest(Sparse()) {}
};

TEST_F(SparseManifestsTest, ABlobThatComesLaterIsKeptForTheManifest) {
  const auto repository = Repo("app");
  PushBlob(repository, "{}");
  Must(Put(repository, "v1", ImageOf({"late"})));
  PushBlob(repository, "late");
  clock_.Advance(store_.settings.grace_period);
  clock_.Advance(Hours(1));
  Must(collector_.Run());
  EXPECT_TRUE(blobs_.Open(repository, DigestOf("late")).ok());
}

}  // namespace
}  // namespace gantry::core
