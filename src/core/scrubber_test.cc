#include "core/scrubber.h"

#include "core/testing.h"
#include "core/verifier.h"

namespace gantry::core {
namespace {

class ScrubberTest : public CoreTest {};

TEST_F(ScrubberTest, AHealthyStoreIsHealthy) {
  PushImage(Repo("app"), "v1", {"one", "two"});
  const auto report = Must(scrubber_.Check({}));
  EXPECT_EQ(report.blobs_checked, 3);
  EXPECT_EQ(report.damaged + report.missing, 0);
  EXPECT_EQ(report.cursor, "");
  EXPECT_TRUE(Must(VerifyStore(store_, {})).defects.empty());
}

TEST_F(ScrubberTest, ARottenBlobIsNotServedUntilItIsPushedAgain) {
  PushImage(Repo("app"), "v1", {"layer"});
  const auto digest = DigestOf("layer");
  memory_.Rot(digest, 0);
  const auto verification = Must(VerifyStore(store_, {}));
  ASSERT_EQ(verification.defects.size(), 1u);
  EXPECT_EQ(verification.defects[0].what, "blob_damaged");
  EXPECT_EQ(Must(scrubber_.Check({})).damaged, 1);
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("app"), digest)), "blob_unknown");
  EXPECT_EQ(ReasonOf(blobs_.Stat(Repo("app"), digest)), "blob_unknown");
  PushBlob(Repo("app"), "layer");
  EXPECT_TRUE(blobs_.Open(Repo("app"), digest).ok());
  EXPECT_EQ(Must(scrubber_.Check({})).damaged, 0);
}

TEST_F(ScrubberTest, AMissingBlobIsFound) {
  PushImage(Repo("app"), "v1", {"layer"});
  ASSERT_TRUE(memory_.Remove(DigestOf("layer")).ok());
  EXPECT_EQ(Must(scrubber_.Check({})).missing, 1);
}

TEST_F(ScrubberTest, StopsAfterItsBudgetAndGoesOn) {
  PushImage(Repo("app"), "v1", {"one", "two", "three"});
  Scrubber::Options options;
  options.bytes_max = 1;
  int blobs = 0;
  do {
    const auto report = Must(scrubber_.Check(options));
    blobs += static_cast<int>(report.blobs_checked);
    options.after = report.cursor;
  } while (!options.after.empty());
  EXPECT_EQ(blobs, 4);
}

TEST_F(ScrubberTest, BytesWithoutARowGoAfterTheGracePeriod) {
  auto writer =
      Must(memory_.StartUpload("00112233445566778899aabbccddeeff", oci::Algorithm::kSha256));
  ASSERT_TRUE(writer->Append("orphan").ok());
  ASSERT_TRUE(writer->Publish(Must(writer->ComputeDigest(oci::Algorithm::kSha256))).ok());
  writer->Release();
  ScrubReport report;
  ASSERT_TRUE(scrubber_.RemoveOrphans(report).ok());
  EXPECT_EQ(report.orphans, 0);
  clock_.Advance(store_.settings.grace_period);
  clock_.Advance(Hours(1));
  ASSERT_TRUE(scrubber_.RemoveOrphans(report).ok());
  EXPECT_EQ(report.orphans, 1);
  EXPECT_EQ(report.orphan_bytes, 6);
}

}  // namespace
}  // namespace gantry::core
