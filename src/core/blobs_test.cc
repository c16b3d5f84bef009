#include "core/blobs.h"

#include "core/testing.h"

namespace gantry::core {
namespace {

bool Anything(const meta::RepositoryKey&) { return true; }

class BlobsTest : public CoreTest {
 protected:
  std::string Read(const meta::RepositoryKey& repository, const oci::Digest& digest) {
    std::string bytes;
    EXPECT_TRUE(Must(blobs_.Open(repository, digest))->Read(0, 1 << 20, bytes).ok());
    return bytes;
  }
};

TEST_F(BlobsTest, KnowingADigestGrantsNothing) {
  const auto digest = PushBlob(Repo("private"), "secret");
  EXPECT_EQ(Read(Repo("private"), digest), "secret");
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("mine"), digest)), "name_unknown");
  PushBlob(Repo("mine"), "other");
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("mine"), digest)), "blob_unknown");
  EXPECT_EQ(ReasonOf(blobs_.Stat(Repo("mine"), digest)), "blob_unknown");
  const auto refuse = [](const meta::RepositoryKey&) { return false; };
  EXPECT_FALSE(Must(blobs_.Mount(Repo("mine"), digest, Repo("private"), refuse)));
  EXPECT_FALSE(Must(blobs_.Mount(Repo("mine"), digest, std::nullopt, refuse)));
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("mine"), digest)), "blob_unknown");
}

TEST_F(BlobsTest, MountsWithAndWithoutSource) {
  const auto digest = PushBlob(Repo("a"), "bytes");
  EXPECT_TRUE(Must(blobs_.Mount(Repo("b"), digest, Repo("a"), Anything)));
  EXPECT_EQ(Read(Repo("b"), digest), "bytes");
  EXPECT_TRUE(Must(blobs_.Mount(Repo("c"), digest, std::nullopt, Anything)));
  EXPECT_FALSE(Must(blobs_.Mount(Repo("b"), digest, Repo("nowhere"), Anything)));
  EXPECT_FALSE(Must(blobs_.Mount(Repo("b"), DigestOf("none"), std::nullopt, Anything)));
}

TEST_F(BlobsTest, ANeededBlobIsNotDeleted) {
  PushImage(Repo("app"), "v1", {"layer"});
  const auto digest = DigestOf("layer");
  EXPECT_EQ(ReasonOf(blobs_.Delete(Repo("app"), digest, "test")), "blob_referenced");
  const auto loose = PushBlob(Repo("app"), "loose");
  EXPECT_TRUE(blobs_.Delete(Repo("app"), loose, "test").ok());
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("app"), loose)), "blob_unknown");
  PushBlob(Repo("app"), "loose");
  EXPECT_EQ(Read(Repo("app"), loose), "loose");
}

TEST_F(BlobsTest, AnAnswerOfPresenceIsAPromise) {
  const auto digest = PushBlob(Repo("app"), "layer");
  const Duration grace = store_.settings.grace_period;
  clock_.Advance(Duration{grace.micros * 3 / 4});
  EXPECT_EQ(Must(blobs_.Stat(Repo("app"), digest)), 5);
  clock_.Advance(Duration{grace.micros * 3 / 4});
  Must(collector_.Run());
  EXPECT_TRUE(blobs_.Open(Repo("app"), digest).ok());
  clock_.Advance(grace);
  Must(collector_.Run());
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("app"), digest)), "blob_unknown");
}

TEST_F(BlobsTest, RemembersOpenBlobsUntilTheRepositoryChanges) {
  const auto digest = PushBlob(Repo("app"), "layer");
  EXPECT_EQ(blobs_.FindCached(Repo("app").text(), digest.text()), nullptr);
  Must(blobs_.Open(Repo("app"), digest));
  EXPECT_NE(blobs_.FindCached(Repo("app").text(), digest.text()), nullptr);
  EXPECT_TRUE(blobs_.Delete(Repo("app"), digest, "test").ok());
  EXPECT_EQ(blobs_.FindCached(Repo("app").text(), digest.text()), nullptr);
}

}  // namespace
}  // namespace gantry::core
