#include "blob/fs/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "blob/contract_suite.h"
#include "blob/fs/layout.h"
#include "io/fault_file_system.h"

namespace gantry::blob {
namespace {

using io::FaultFileSystem;
using oci::Algorithm;
using oci::Digest;
using Unsynced = FaultFileSystem::Unsynced;

constexpr int64_t kSegmentSize = 20 * kJournalBlock;

Digest DigestOf(std::string_view bytes) { return Digest::Of(Algorithm::kSha256, bytes); }

TEST(JournalRecordTest, HeadersComeBack) {
  const SegmentHeader header{true, 7, 0xfedcba9876543210};
  std::string block = EncodeSegmentHeader(header);
  ASSERT_EQ(block.size(), static_cast<size_t>(kJournalBlock));
  const auto decoded = DecodeSegmentHeader(block);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->live);
  EXPECT_EQ(decoded->sequence, 7U);
  EXPECT_EQ(decoded->nonce, header.nonce);
  for (size_t at = 0; at < 40; ++at) {
    block[at] = static_cast<char>(block[at] ^ 4);
    EXPECT_FALSE(DecodeSegmentHeader(block).has_value()) << at;
    block[at] = static_cast<char>(block[at] ^ 4);
  }
  EXPECT_FALSE(DecodeSegmentHeader("").has_value());
  EXPECT_FALSE(DecodeSegmentHeader(std::string(kJournalBlock, '\0')).has_value());
}

TEST(JournalRecordTest, RecordsComeBack) {
  for (const Algorithm algorithm : {Algorithm::kSha256, Algorithm::kSha512}) {
    const Digest digest = Digest::Of(algorithm, "bytes");
    std::string record;
    AppendRecord({RecordHeader::Kind::kBlob, digest, 5}, "bytes", 99, record);
    ASSERT_EQ(record.size(), kRecordHeaderSize + 5);
    std::string text = record.substr(0, kRecordHeaderSize);
    const auto header = DecodeRecordHeader(text, 99);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->kind, RecordHeader::Kind::kBlob);
    EXPECT_EQ(header->digest, digest);
    EXPECT_EQ(header->length, 5U);
    EXPECT_FALSE(DecodeRecordHeader(text, 98).has_value()) << "of another use of the file";
    for (char& byte : text) {
      byte = static_cast<char>(byte ^ 4);
      EXPECT_FALSE(DecodeRecordHeader(text, 99).has_value());
      byte = static_cast<char>(byte ^ 4);
    }
  }
}

TEST(JournalRecordTest, ARecordIsNeverLongerThanASmallBlob) {
  std::string record;
  AppendRecord({RecordHeader::Kind::kBlob, DigestOf("x"), 0},
               std::string(static_cast<size_t>(kSmallBlobMax) + 1, 'x'), 1, record);
  EXPECT_FALSE(DecodeRecordHeader(record.substr(0, kRecordHeaderSize), 1).has_value());
}

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    EXPECT_TRUE(fs_.MakeDirectory(kJournalDirectory).ok());
    EXPECT_TRUE(fs_.SyncAll().ok());
    Open();
  }

  Result<void> Remove(const Digest& digest) { return journal_->AppendRemovals({&digest, 1}); }

  void Open() {
    restored_.clear();
    discarded_.clear();
    journal_ = std::make_unique<Journal>(fs_, kSegmentSize, patience_);
    const auto recovered = journal_->Recover(
        [&](const Digest& digest, std::string_view bytes) -> Result<void> {
          restored_[digest] = bytes;
          return Ok();
        },
        [&](const Digest& digest) -> Result<void> {
          discarded_.push_back(digest);
          return Ok();
        });
    EXPECT_TRUE(recovered.ok());
  }
  void Restart() {
    journal_.reset();
    fs_.PowerLoss(Unsynced::kDrop);
    Open();
  }

  Result<void> Append(std::string_view bytes) {
    const auto pin = journal_->Append(DigestOf(bytes), bytes);
    if (!pin.ok()) return pin.error();
    return Ok();
  }
  Result<void> Checkpoint() {
    return journal_->Checkpoint([](const Digest&, std::string_view) { return Ok(); });
  }

  FakeClock clock_;
  FaultFileSystem fs_{clock_};
  Duration patience_;
  std::unique_ptr<Journal> journal_;
  std::map<Digest, std::string> restored_;
  std::vector<Digest> discarded_;
};

TEST_F(JournalTest, RestoresWhatWasNotCheckpointed) {
  ASSERT_TRUE(Append("a").ok());
  ASSERT_TRUE(Append("").ok());
  ASSERT_TRUE(Append("b").ok());
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{
                           {DigestOf("a"), "a"}, {DigestOf(""), ""}, {DigestOf("b"), "b"}}));
  Restart();
  EXPECT_TRUE(restored_.empty());
}

TEST_F(JournalTest, ACheckpointEmptiesIt) {
  ASSERT_TRUE(Append("a").ok());
  EXPECT_TRUE(journal_->Holds(DigestOf("a")));
  ASSERT_TRUE(Checkpoint().ok());
  EXPECT_FALSE(journal_->Holds(DigestOf("a")));
  const int64_t points = fs_.WritePoints();
  ASSERT_TRUE(Checkpoint().ok());
  EXPECT_EQ(fs_.WritePoints(), points) << "an idle journal costs nothing";
  Restart();
  EXPECT_TRUE(restored_.empty());
}

TEST_F(JournalTest, ARemovalCancels) {
  ASSERT_TRUE(Append("a").ok());
  ASSERT_TRUE(Append("b").ok());
  ASSERT_TRUE(Remove(DigestOf("a")).ok());
  EXPECT_FALSE(journal_->Holds(DigestOf("a")));
  ASSERT_TRUE(Remove(DigestOf("b")).ok());
  ASSERT_TRUE(Append("b").ok());
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{{DigestOf("b"), "b"}}));
  EXPECT_EQ(discarded_, std::vector<Digest>{DigestOf("a")});
}

TEST_F(JournalTest, RemovalsShareASync) {
  ASSERT_TRUE(Append("kept").ok());
  std::vector<Digest> digests;
  for (int i = 0; i < 200; ++i) {
    const std::string bytes = std::to_string(i);
    digests.push_back(DigestOf(bytes));
    ASSERT_TRUE(Append(bytes).ok());
  }
  digests.insert(digests.begin(), DigestOf("never there"));
  const int64_t points = fs_.WritePoints();
  ASSERT_TRUE(journal_->AppendRemovals(digests).ok());
  // A write and a sync, and those of a new segment at most.
  EXPECT_LE(fs_.WritePoints() - points, 10);
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{{DigestOf("kept"), "kept"}}));
}

TEST_F(JournalTest, ARemovalOfWhatItDoesNotHoldWritesNothing) {
  ASSERT_TRUE(Append("a").ok());
  const int64_t points = fs_.WritePoints();
  ASSERT_TRUE(Remove(DigestOf("b")).ok());
  EXPECT_EQ(fs_.WritePoints(), points);
}

TEST_F(JournalTest, ManySegments) {
  std::map<Digest, std::string> all;
  for (uint64_t i = 0; i < 10; ++i) {
    const std::string bytes = Noise(30'000, i);
    ASSERT_TRUE(Append(bytes).ok());
    all[DigestOf(bytes)] = bytes;
  }
  ASSERT_TRUE(Remove(DigestOf(Noise(30'000, 0))).ok());
  all.erase(DigestOf(Noise(30'000, 0)));
  EXPECT_GT(fs_.AllFiles().size(), 4U);
  Restart();
  EXPECT_TRUE(restored_ == all);
  EXPECT_LE(fs_.AllFiles().size(), 1U);
}

TEST_F(JournalTest, WhatAnEarlierUseLeftInAFileIsNotReplayed) {
  for (const char* bytes : {"1", "2", "3"}) ASSERT_TRUE(Append(bytes).ok());
  ASSERT_TRUE(Checkpoint().ok());
  ASSERT_TRUE(Append("4").ok());
  EXPECT_EQ(fs_.AllFiles().size(), 1U) << "the file is used again";
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{{DigestOf("4"), "4"}}));
}

TEST_F(JournalTest, ARottenRecordDoesNotHideTheNext) {
  ASSERT_TRUE(Append("a").ok());
  ASSERT_TRUE(Append("b").ok());
  const std::string path = fs_.AllFiles().at(0);
  fs_.Rot(path, kJournalBlock + static_cast<int64_t>(kRecordHeaderSize));
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{{DigestOf("b"), "b"}}));
}

TEST_F(JournalTest, ARottenRecordHeaderDoesNotHideTheNext) {
  ASSERT_TRUE(Append("a").ok());
  ASSERT_TRUE(Append("b").ok());
  fs_.Rot(fs_.AllFiles().at(0), kJournalBlock + 8);
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{{DigestOf("b"), "b"}}));
}

TEST_F(JournalTest, ADamagedFileStopsTheStart) {
  ASSERT_TRUE(Append("a").ok());
  fs_.Rot(fs_.AllFiles().at(0), 16);
  Journal journal(fs_, kSegmentSize, {});
  const auto recovered = journal.Recover([](const Digest&, std::string_view) { return Ok(); },
                                         [](const Digest&) { return Ok(); });
  ASSERT_FALSE(recovered.ok());
  EXPECT_EQ(recovered.error().reason(), "journal_damaged");
  EXPECT_EQ(fs_.AllFiles().size(), 1U) << "kept for inspection";
}

TEST_F(JournalTest, FilesThatAreNoneOfItsAreLeftAlone) {
  ASSERT_TRUE(fs_.Create("journal/notes").ok());
  ASSERT_TRUE(fs_.Create("journal/3").ok());  // made, but the machine stopped before its use
  Restart();
  ASSERT_TRUE(fs_.Create("journal/notes").ok());
  ASSERT_TRUE(fs_.Create("journal/3").ok());
  Open();
  EXPECT_EQ(fs_.AllFiles(), std::vector<std::string>{"journal/notes"});
}

TEST_F(JournalTest, AFailedSyncEndsTheSegment) {
  ASSERT_TRUE(Append("a").ok());
  fs_.FailAt(2, FaultFileSystem::Fault::kIoError, 1);
  EXPECT_EQ(Append("b").error().reason(), "io_error");
  ASSERT_TRUE(Append("c").ok());
  EXPECT_EQ(fs_.AllFiles().size(), 2U);
  Restart();
  EXPECT_EQ(restored_, (std::map<Digest, std::string>{{DigestOf("a"), "a"}, {DigestOf("c"), "c"}}));
}

TEST_F(JournalTest, AFailedCheckpointIsMadeUpFor) {
  ASSERT_TRUE(Append("a").ok());
  ASSERT_TRUE(Append("b").ok());
  ASSERT_TRUE(Remove(DigestOf("b")).ok());
  fs_.FailAt(1, FaultFileSystem::Fault::kIoError, 1);
  EXPECT_EQ(Checkpoint().error().reason(), "io_error");
  EXPECT_TRUE(journal_->Holds(DigestOf("a")));
  std::vector<Digest> written_again;
  ASSERT_TRUE(journal_
                  ->Checkpoint([&](const Digest& digest, std::string_view bytes) -> Result<void> {
                    EXPECT_EQ(DigestOf(bytes), digest);
                    if (journal_->Holds(digest)) written_again.push_back(digest);
                    return Ok();
                  })
                  .ok());
  EXPECT_EQ(written_again, std::vector<Digest>{DigestOf("a")});
  EXPECT_FALSE(journal_->Holds(DigestOf("a")));
}

TEST_F(JournalTest, FailingCheckpointsEndInARefusal) {
  fs_.FailAt(1'000'000, FaultFileSystem::Fault::kIoError, 0);
  Result<void> result = Ok();
  int appended = 0;
  for (uint64_t i = 0; i < 100 && result.ok(); ++i) {
    result = Append(Noise(60'000, i));
    if (result.ok()) ++appended;
  }
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason(), "journal_full");
  EXPECT_GT(appended, 10);
  ASSERT_TRUE(Checkpoint().ok());
  EXPECT_TRUE(Append("again").ok());
}

TEST_F(JournalTest, FullSegmentsAreRetiredWithoutTheActiveOne) {
  std::vector<std::string> blobs;
  for (uint64_t i = 0; i < 4; ++i) blobs.push_back(Noise(30'000, i));
  for (const std::string& bytes : blobs) ASSERT_TRUE(Append(bytes).ok());
  EXPECT_TRUE(journal_->WaitForWork(Seconds(3600)));
  ASSERT_TRUE(
      journal_->RetireFullSegments([](const Digest&, std::string_view) { return Ok(); }).ok());
  EXPECT_FALSE(journal_->Holds(DigestOf(blobs.front())));
  EXPECT_TRUE(journal_->Holds(DigestOf(blobs.back())));
  journal_->Interrupt();
  EXPECT_FALSE(journal_->WaitForWork(Seconds(3600)));
}

TEST_F(JournalTest, APinHoldsTheCheckpointBack) {
  auto pin = std::make_unique<Result<Journal::Pin>>(journal_->Append(DigestOf("a"), "a"));
  ASSERT_TRUE(pin->ok());
  std::atomic<bool> file_written{false};
  std::thread checkpoint([&] {
    ASSERT_TRUE(Checkpoint().ok());
    EXPECT_TRUE(file_written);
  });
  // The other thread can't get past the pin, however the two are scheduled.
  for (int i = 0; i < 100; ++i) std::this_thread::yield();
  EXPECT_TRUE(journal_->Holds(DigestOf("a")));
  file_written = true;
  pin.reset();
  checkpoint.join();
  EXPECT_FALSE(journal_->Holds(DigestOf("a")));
}

TEST_F(JournalTest, ThreadsShareIt) {
  patience_ = Seconds(3600);
  Restart();
  std::vector<std::thread> threads;
  std::atomic<bool> stop{false};
  std::thread checkpointer([&] {
    while (!stop) {
      const auto retired =
          journal_->RetireFullSegments([](const Digest&, std::string_view) { return Ok(); });
      EXPECT_TRUE(retired.ok());
      EXPECT_TRUE(Checkpoint().ok());
    }
  });
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = 0; i < 200; ++i) {
        const std::string bytes = Noise(i * 40, thread * 1000 + i);
        EXPECT_TRUE(Append(bytes).ok());
        if (i % 3 == 0) {
          EXPECT_TRUE(Remove(DigestOf(bytes)).ok());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  stop = true;
  checkpointer.join();
  ASSERT_TRUE(Append("last").ok());
  Restart();
  EXPECT_EQ(restored_.at(DigestOf("last")), "last");
}

}  // namespace
}  // namespace gantry::blob
