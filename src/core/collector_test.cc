#include "core/collector.h"

#include "core/statistics.h"
#include "core/testing.h"
#include "meta/blobs.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

class CollectorTest : public CoreTest {
 protected:
  void PassGrace() {
    clock_.Advance(store_.settings.grace_period);
    clock_.Advance(Hours(1));
  }
  int StoredBlobs() {
    int count = 0;
    EXPECT_TRUE(memory_
                    .List(std::nullopt,
                          [&](const oci::Digest&, int64_t, gantry::Time) {
                            ++count;
                            return true;
                          })
                    .ok());
    return count;
  }
};

TEST_F(CollectorTest, RemovesWhatNoManifestNeedsAfterItsGrace) {
  PushImage(Repo("app"), "v1", {"layer"});
  PushBlob(Repo("app"), "never used");
  EXPECT_EQ(StoredBlobs(), 3);
  Must(collector_.Run());
  EXPECT_EQ(StoredBlobs(), 3);
  PassGrace();
  const auto done = Must(collector_.Run());
  EXPECT_EQ(done.blobs_removed, 1);
  EXPECT_EQ(done.bytes_freed, 10);
  EXPECT_EQ(StoredBlobs(), 2);
  EXPECT_TRUE(blobs_.Open(Repo("app"), DigestOf("layer")).ok());
}

TEST_F(CollectorTest, ASharedBlobLivesAsLongAsOneRepositoryNeedsIt) {
  PushBlob(Repo("a"), "shared");
  PushImage(Repo("b"), "v1", {"shared"});
  PassGrace();
  const auto done = Must(collector_.Run());
  EXPECT_EQ(done.links_removed, 1);
  EXPECT_EQ(done.blobs_removed, 0);
  EXPECT_TRUE(blobs_.Open(Repo("b"), DigestOf("shared")).ok());
}

TEST_F(CollectorTest, ABlobPushedAgainWhileItsRowIsBeingRemovedIsThere) {
  const auto digest = PushBlob(Repo("app"), "bytes");
  PassGrace();
  ASSERT_TRUE(database_
                  ->Write([&](db::Tx& tx) -> Result<void> {
                    TRY(meta::UnlinkUnneeded(tx, clock_.Now(), 10));
                    TRY(meta::TakeUnlinked(tx, 10));
                    return Ok();
                  })
                  .ok());
  // The collection stopped here; the next run finishes what it finds, then the push succeeds.
  Must(collector_.Run());
  EXPECT_EQ(StoredBlobs(), 0);
  PushBlob(Repo("app"), "bytes");
  EXPECT_TRUE(blobs_.Open(Repo("app"), digest).ok());
}

TEST_F(CollectorTest, AHoldKeepsEverything) {
  PushBlob(Repo("app"), "unused");
  PassGrace();
  ASSERT_TRUE(database_
                  ->Write([&](db::Tx& tx) {
                    return meta::InsertHold(tx, 1, "backup", clock_.Now() + Hours(1));
                  })
                  .ok());
  EXPECT_TRUE(Must(collector_.Run()).held);
  EXPECT_EQ(StoredBlobs(), 1);
  clock_.Advance(Hours(2));
  EXPECT_EQ(Must(collector_.Run()).blobs_removed, 1);
}

TEST_F(CollectorTest, TheSumsFollow) {
  Statistics statistics(store_);
  PushImage(Repo("app"), "v1", {"layer"});
  PushBlob(Repo("app"), "unused");
  auto summary = Must(statistics.Summarize());
  EXPECT_EQ(summary.blobs, 3);
  EXPECT_EQ(summary.blob_bytes, 2 + 5 + 6);
  EXPECT_EQ(summary.reclaimable_bytes, 6);
  EXPECT_EQ(summary.tags, 1);
  PassGrace();
  Must(collector_.Run());
  summary = Must(statistics.Summarize());
  EXPECT_EQ(summary.blob_bytes, 2 + 5);
  EXPECT_EQ(summary.reclaimable_bytes, 0);
}

}  // namespace
}  // namespace gantry::core
