#include "core/uploads.h"

#include "core/testing.h"

namespace gantry::core {
namespace {

class UploadsTest : public CoreTest {
 protected:
  std::string Start(const meta::RepositoryKey& repository) {
    return Must(uploads_.Start(repository, oci::Algorithm::kSha256));
  }
};

TEST_F(UploadsTest, GoesOnAcrossRequests) {
  const auto repository = Repo("app");
  const std::string id = Start(repository);
  EXPECT_EQ(Must(uploads_.Status(repository, id)), 0);
  EXPECT_TRUE(Must(uploads_.Acquire(repository, id))->Append("hello ").ok());
  EXPECT_EQ(Must(uploads_.Status(repository, id)), 6);
  const auto upload = Must(uploads_.Acquire(repository, id));
  EXPECT_TRUE(upload->Append("world").ok());
  EXPECT_TRUE(upload->Commit(DigestOf("hello world")).ok());
  EXPECT_EQ(Must(blobs_.Stat(repository, DigestOf("hello world"))), 11);
  EXPECT_EQ(ReasonOf(uploads_.Status(repository, id)), "upload_unknown");
}

TEST_F(UploadsTest, AnIdIsWorthNothingInAnotherRepository) {
  const std::string id = Start(Repo("mine"));
  for (const auto& repository : {Repo("yours"), Repo("mine/too")}) {
    EXPECT_EQ(ReasonOf(uploads_.Acquire(repository, id)), "upload_unknown");
    EXPECT_EQ(ReasonOf(uploads_.Status(repository, id)), "upload_unknown");
  }
  for (const char* forged : {"", "x", "0123456789abcdef0123456789abcdef", "../../etc/passwd"}) {
    EXPECT_EQ(ReasonOf(uploads_.Acquire(Repo("mine"), forged)), "upload_unknown") << forged;
  }
}

TEST_F(UploadsTest, OneRequestAtATime) {
  const std::string id = Start(Repo("app"));
  const auto first = Must(uploads_.Acquire(Repo("app"), id));
  EXPECT_EQ(ReasonOf(uploads_.Acquire(Repo("app"), id)), "upload_busy");
}

TEST_F(UploadsTest, TheWrongDigestEndsTheUpload) {
  const std::string id = Start(Repo("app"));
  const auto upload = Must(uploads_.Acquire(Repo("app"), id));
  EXPECT_TRUE(upload->Append("bytes").ok());
  EXPECT_EQ(ReasonOf(upload->Commit(DigestOf("other bytes"))), "digest_invalid");
  EXPECT_EQ(ReasonOf(uploads_.Status(Repo("app"), id)), "upload_unknown");
  EXPECT_EQ(ReasonOf(blobs_.Stat(Repo("app"), DigestOf("bytes"))), "name_unknown");
}

TEST_F(UploadsTest, Sha512) {
  const std::string id = Start(Repo("app"));
  const auto upload = Must(uploads_.Acquire(Repo("app"), id));
  EXPECT_TRUE(upload->Append("bytes").ok());
  const auto digest = oci::Digest::Of(oci::Algorithm::kSha512, "bytes");
  EXPECT_TRUE(upload->Commit(digest).ok());
  EXPECT_EQ(Must(blobs_.Stat(Repo("app"), digest)), 5);
}

TEST_F(UploadsTest, ARestartContinuesWhatWasStored) {
  const std::string id = Start(Repo("app"));
  {
    const auto upload = Must(uploads_.Acquire(Repo("app"), id));
    EXPECT_TRUE(upload->Append("first ").ok());
    EXPECT_TRUE(upload->Flush().ok());
  }
  Uploads after_restart(store_, "key");
  EXPECT_EQ(ReasonOf(after_restart.Status(Repo("other"), id)), "upload_unknown");
}

TEST_F(UploadsTest, ExpiresWhatNobodyContinues) {
  const std::string old_id = Start(Repo("app"));
  EXPECT_TRUE(Must(uploads_.Acquire(Repo("app"), old_id))->Append("bytes").ok());
  clock_.Advance(store_.settings.upload_expiry);
  clock_.Advance(Seconds(1));
  const std::string new_id = Start(Repo("app"));
  EXPECT_GE(Must(uploads_.Expire()), 1);
  EXPECT_EQ(ReasonOf(uploads_.Status(Repo("app"), old_id)), "upload_unknown");
  EXPECT_EQ(Must(uploads_.Status(Repo("app"), new_id)), 0);
}

}  // namespace
}  // namespace gantry::core
