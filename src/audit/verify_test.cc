#include "audit/verify.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "audit/checkpoint.h"
#include "audit/frame_encoder.h"
#include "audit/segment_reader.h"
#include "audit/testing/fixture.h"

namespace gantry::audit {
namespace {

class VerifyTest : public LogFixture {
 protected:
  VerifyTest() { limits_.bytes = 700; }

  // A log of several segments, signed to its end, and closed.
  void MakeLog() {
    Open();
    for (int i = 0; i < 6; ++i) {
      Append(2);
      if (i == 1) {
        ASSERT_TRUE(writer_->SignHead().ok());
      }
    }
    ASSERT_TRUE(writer_->SignHead().ok());
    Close();
    const VerifyReport report = VerifyLog();
    ASSERT_TRUE(report.ok()) << Describe(report);
    ASSERT_EQ(report.records, 12U);
    ASSERT_EQ(report.signed_sequence, 12U);
    ASSERT_GE(report.segments, 3U);
  }

  // The problem that is found first.
  Problem FirstProblem() {
    const VerifyReport report = VerifyLog();
    EXPECT_FALSE(report.ok());
    return report.ok() ? Problem{} : report.problems.front();
  }
};

TEST_F(VerifyTest, AnEmptyLogIsWhole) {
  Open();
  const VerifyReport report = VerifyLog();
  EXPECT_TRUE(report.ok()) << Describe(report);
  EXPECT_EQ(report.records, 0U);
}

TEST_F(VerifyTest, FindsEveryByteThatIsChanged) {
  MakeLog();
  std::vector<std::string> names = SegmentNames();
  names.push_back("checkpoints");
  names.push_back("key.pem");
  for (const std::string& name : names) {
    const std::string bytes = ReadFile(name);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
      WriteFile(name, changed);
      EXPECT_FALSE(VerifyLog().ok()) << name << " at " << i;
    }
    WriteFile(name, bytes);
  }
  EXPECT_TRUE(VerifyLog().ok());
}

TEST_F(VerifyTest, FindsEveryCut) {
  MakeLog();
  std::vector<std::string> names = SegmentNames();
  names.push_back("checkpoints");
  for (const std::string& name : names) {
    const std::string bytes = ReadFile(name);
    for (size_t size = 0; size < bytes.size(); ++size) {
      WriteFile(name, bytes.substr(0, size));
      const bool is_whole_lines = name == "checkpoints" && size % kCheckpointLineSize == 0;
      // Without its last lines the file says less, and nothing wrong.
      EXPECT_EQ(VerifyLog().ok(), is_whole_lines) << name << " cut to " << size;
    }
    WriteFile(name, bytes);
  }
}

TEST_F(VerifyTest, FindsBytesThatWereAdded) {
  MakeLog();
  for (const std::string& name : SegmentNames()) {
    const std::string bytes = ReadFile(name);
    for (const std::string& more : {std::string(1, '\0'), std::string(200, '\0'), bytes}) {
      WriteFile(name, bytes + more);
      EXPECT_FALSE(VerifyLog().ok()) << name;
    }
    WriteFile(name, bytes);
  }
}

TEST_F(VerifyTest, FindsEverySegmentThatIsRemoved) {
  MakeLog();
  for (const std::string& name : SegmentNames()) {
    const std::string bytes = ReadFile(name);
    ASSERT_TRUE(*fs_.Remove(name));
    const Problem problem = FirstProblem();
    EXPECT_EQ(problem.kind, Problem::Kind::kMissing) << name;
    EXPECT_EQ(problem.sequence, *ParseSegmentName(name));
    WriteFile(name, bytes);
  }
}

TEST_F(VerifyTest, FindsSegmentsThatWereSwapped) {
  MakeLog();
  const auto names = SegmentNames();
  const std::string first = ReadFile(names[0]), second = ReadFile(names[1]);
  WriteFile(names[0], second);
  WriteFile(names[1], first);
  EXPECT_EQ(FirstProblem().kind, Problem::Kind::kSegment);
}

// Frames of one segment that change places, and one that is there twice.
TEST_F(VerifyTest, FindsFramesThatWereMoved) {
  MakeLog();
  const std::string name = SegmentNames()[1];
  const std::string bytes = ReadFile(name);
  std::vector<size_t> offsets;
  auto reader = **SegmentReader::Open(fs_, *ParseSegmentName(name));
  for (auto frame = *reader.Next(); frame; frame = *reader.Next())
    offsets.push_back(static_cast<size_t>(frame->offset));
  ASSERT_GE(offsets.size(), 3U);
  const std::string head = bytes.substr(0, offsets[0]);
  const std::string a = bytes.substr(offsets[0], offsets[1] - offsets[0]);
  const std::string b = bytes.substr(offsets[1], offsets[2] - offsets[1]);
  const std::string tail = bytes.substr(offsets[2]);
  for (const std::string& changed :
       {head + b + a + tail, head + a + a + b + tail, head + a + tail}) {
    WriteFile(name, changed);
    const Problem problem = FirstProblem();
    EXPECT_EQ(problem.kind, Problem::Kind::kFrame);
    EXPECT_EQ(problem.file, name);
    EXPECT_GE(problem.sequence, *ParseSegmentName(name));
  }
}

// Whoever has no key can write a whole chain, but not sign it.
TEST_F(VerifyTest, FindsAChainThatWasWrittenAnew) {
  MakeLog();
  const auto names = SegmentNames();
  const std::string checkpoints = ReadFile("checkpoints"), key = ReadFile("key.pem");
  for (const std::string& name : fs_.AllFiles()) ASSERT_TRUE(*fs_.Remove(name));
  appended_ = 100;  // other records
  Open();
  for (int i = 0; i < 6; ++i) Append(2);
  Close();
  WriteFile("checkpoints", checkpoints);
  WriteFile("key.pem", key);
  EXPECT_EQ(FirstProblem().kind, Problem::Kind::kSignedOther);
}

TEST_F(VerifyTest, FindsCheckpointsOfAnotherKey) {
  MakeLog();
  const std::string public_key = SigningKey::Load(fs_)->PublicKey();
  VerifyOptions options;
  options.public_key = public_key;
  EXPECT_TRUE(Verify(fs_, options)->ok());
  options.public_key = std::string(32, 'k');
  EXPECT_FALSE(Verify(fs_, options)->ok());
  options.public_key = "";
  EXPECT_FALSE(Verify(fs_, options)->ok());
  ASSERT_TRUE(*fs_.Remove("key.pem"));
  EXPECT_EQ(FirstProblem().kind, Problem::Kind::kKey);
}

TEST_F(VerifyTest, FindsLinesOfCheckpointsThatWereRemovedOrMoved) {
  MakeLog();
  const std::string bytes = ReadFile("checkpoints");
  const size_t lines = bytes.size() / kCheckpointLineSize;
  ASSERT_GE(lines, 4U);
  for (size_t i = 0; i + 1 < lines; ++i) {
    std::string changed = bytes;
    changed.erase(i * kCheckpointLineSize, kCheckpointLineSize);
    WriteFile("checkpoints", changed);
    EXPECT_FALSE(VerifyLog().ok()) << i;
    changed.insert((i + 1) * kCheckpointLineSize, bytes, i * kCheckpointLineSize,
                   kCheckpointLineSize);
    WriteFile("checkpoints", changed);
    EXPECT_FALSE(VerifyLog().ok()) << i;
  }
  ASSERT_TRUE(*fs_.Remove("checkpoints"));
  EXPECT_EQ(FirstProblem().kind, Problem::Kind::kCheckpoint);
}

TEST_F(VerifyTest, TellsRetentionFromACut) {
  MakeLog();
  Open();
  Append(1);
  const auto before = SegmentNames();
  const auto removed = writer_->RemoveBefore(MakeRecord(8).time);
  ASSERT_TRUE(removed.ok());
  EXPECT_GT(*removed, 0);
  Append(2);
  const VerifyReport report = VerifyLog();
  EXPECT_TRUE(report.ok()) << Describe(report);
  EXPECT_EQ(report.removed_sequence, report.first_sequence - 1);
  EXPECT_EQ(report.last_sequence, 15U);
  EXPECT_EQ(SegmentNames().size(), before.size() - static_cast<size_t>(*removed));
  EXPECT_GT(MakeRecord(8).time, MakeRecord(report.removed_sequence).time);

  // One segment more than the note says.
  ASSERT_TRUE(*fs_.Remove(SegmentNames().front()));
  EXPECT_EQ(FirstProblem().kind, Problem::Kind::kMissing);
}

TEST_F(VerifyTest, ALogThatWasCutGoesOnAndStaysFound) {
  MakeLog();
  const std::string last = SegmentNames().back();
  const std::string bytes = ReadFile(last);
  WriteFile(last, bytes.substr(0, bytes.size() - 100));
  Open();
  Append(2);  // follow what was signed
  ASSERT_TRUE(writer_->SignHead().ok());
  const VerifyReport report = VerifyLog();
  EXPECT_EQ(report.last_sequence, 14U);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.problems.front().file, last) << Describe(report);
  EXPECT_EQ(ReadFile(last), bytes.substr(0, bytes.size() - 100));  // the evidence stays
}

TEST_F(VerifyTest, LooksOnlyAtWhatIsDurable) {
  MakeLog();
  const std::string last = SegmentNames().back();
  WriteFile(last, ReadFile(last) + "half a fra");
  WriteFile("checkpoints", ReadFile("checkpoints") + "checkpoint 00");
  VerifyOptions options;
  options.last_sequence = 12;
  const auto report = Verify(fs_, options);
  EXPECT_TRUE(report->ok()) << Describe(*report);
  EXPECT_EQ(report->last_sequence, 12U);
  EXPECT_EQ(VerifyLog().problems_count, 2U);
}

}  // namespace
}  // namespace gantry::audit
