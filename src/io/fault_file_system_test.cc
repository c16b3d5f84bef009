#include "io/fault_file_system.h"

#include <gtest/gtest.h>

#include <string>

namespace gantry::io {
namespace {

using Unsynced = FaultFileSystem::Unsynced;

class FaultFileSystemTest : public testing::Test {
 protected:
  void Write(const std::string& path, std::string_view text, bool sync) {
    auto file = fs_.Create(path);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->WriteAt(0, text).ok());
    if (sync) {
      ASSERT_TRUE((*file)->SyncData().ok());
    }
  }
  std::string Read(const std::string& path) {
    auto file = fs_.Open(path, OpenMode::kRead);
    if (!file.ok()) return file.error().ToString();
    if (!*file) return "<none>";
    std::string text;
    EXPECT_TRUE((**file)->ReadAt(0, 1000, text).ok());
    return text;
  }

  FakeClock clock_;
  FaultFileSystem fs_{clock_};
};

TEST_F(FaultFileSystemTest, DropsWhatWasNotSynced) {
  Write("both", "kept", true);
  Write("contents", "no", true);
  ASSERT_TRUE(fs_.Remove("contents").ok());
  ASSERT_TRUE(fs_.SyncDirectory("").ok());
  Write("late", "no name", true);
  Write("name", "", false);
  fs_.PowerLoss(Unsynced::kDrop);
  EXPECT_EQ(fs_.AllFiles(), std::vector<std::string>{"both"});
  EXPECT_EQ(Read("both"), "kept");
}

TEST_F(FaultFileSystemTest, DropsContentsOfASyncedName) {
  Write("a", "gone", false);
  ASSERT_TRUE(fs_.SyncDirectory("").ok());
  fs_.PowerLoss(Unsynced::kDrop);
  EXPECT_EQ(Read("a"), "");
}

TEST_F(FaultFileSystemTest, ARenameIsDurableWhenItsDirectoriesAre) {
  ASSERT_TRUE(fs_.MakeDirectory("d").ok());
  Write("a", "x", true);
  ASSERT_TRUE(fs_.SyncAll().ok());
  ASSERT_TRUE(fs_.Rename("a", "d/a").ok());
  ASSERT_TRUE(fs_.SyncDirectory("d").ok());
  fs_.PowerLoss(Unsynced::kDrop);
  EXPECT_EQ(Read("d/a"), "x");
  EXPECT_EQ(Read("a"), "x");
  EXPECT_EQ((*fs_.Stat("a"))->links, 2);
}

TEST_F(FaultFileSystemTest, KeepsEverythingWhenOnlyTheProcessDied) {
  Write("a", "x", false);
  fs_.PowerLoss(Unsynced::kKeep);
  EXPECT_EQ(Read("a"), "x");
}

TEST_F(FaultFileSystemTest, RandomLossIsRepeatableAndVaries) {
  std::set<size_t> survivors;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    size_t count[2];
    for (size_t& n : count) {
      FaultFileSystem fs(clock_);
      for (const char* name : {"a", "b", "c", "d"}) ASSERT_TRUE(fs.Create(name).ok());
      fs.PowerLoss(Unsynced::kRandom, seed);
      n = fs.AllFiles().size();
    }
    EXPECT_EQ(count[0], count[1]);
    survivors.insert(count[0]);
  }
  EXPECT_GT(survivors.size(), 2U);
}

TEST_F(FaultFileSystemTest, EveryCallFailsAfterTheCrash) {
  fs_.CrashAt(2);
  auto file = fs_.Create("a");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->WriteAt(0, "12345678").error().reason(), "crashed");
  EXPECT_EQ((*file)->Stat().error().reason(), "crashed");
  EXPECT_EQ(fs_.List("").error().reason(), "crashed");
  fs_.PowerLoss(Unsynced::kKeep);
  EXPECT_EQ(Read("a"), "1234");
  EXPECT_EQ((*file)->Stat().error().reason(), "crashed") << "a file of the life before";
  EXPECT_EQ(fs_.WritePoints(), 2);
}

TEST_F(FaultFileSystemTest, AFullDiskFailsWhatNeedsSpace) {
  Write("a", "x", true);
  fs_.FailAt(2, FaultFileSystem::Fault::kDiskFull, 2);
  ASSERT_TRUE(fs_.SyncDirectory("").ok());
  EXPECT_TRUE(*fs_.Remove("a"));
  EXPECT_EQ(fs_.Create("b").error().reason(), "disk_full");
  EXPECT_EQ(fs_.Create("b").error().reason(), "disk_full");
  EXPECT_TRUE(fs_.Create("b").ok());
}

TEST_F(FaultFileSystemTest, WhatAFailedSyncDroppedStaysLost) {
  Write("a", "x", false);
  auto file = fs_.Open("a", OpenMode::kReadWrite);
  ASSERT_TRUE(file.ok() && *file);
  fs_.FailAt(1, FaultFileSystem::Fault::kIoError, 2);
  EXPECT_EQ((**file)->SyncData().error().reason(), "io_error");
  EXPECT_EQ(fs_.SyncDirectory("").error().reason(), "io_error");
  EXPECT_TRUE((**file)->SyncData().ok());
  EXPECT_TRUE(fs_.SyncDirectory("").ok());
  fs_.PowerLoss(Unsynced::kDrop);
  EXPECT_EQ(Read("a"), "<none>");
}

TEST_F(FaultFileSystemTest, Rots) {
  Write("a", "abc", true);
  fs_.Rot("a", 1);
  EXPECT_EQ(Read("a"), "acc");
}

}  // namespace
}  // namespace gantry::io
