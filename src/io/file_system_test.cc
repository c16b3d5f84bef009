#include "io/file_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "io/fault_file_system.h"
#include "io/posix_file_system.h"

namespace gantry::io {
namespace {

// What both implementations must do.
class FileSystemTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      fs_ = std::make_unique<FaultFileSystem>(clock_);
      return;
    }
    std::string pattern = testing::TempDir() + "gantry_io_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto opened = OpenPosixFileSystem(folder_ + "/deep/er");
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    fs_ = *std::move(opened);
  }
  void TearDown() override {
    fs_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void Write(const std::string& path, std::string_view text) {
    auto file = fs_->Create(path);
    ASSERT_TRUE(file.ok()) << file.error().ToString();
    ASSERT_TRUE((*file)->WriteAt(0, text).ok());
  }
  std::string Read(const std::string& path) {
    auto file = fs_->Open(path, OpenMode::kRead);
    if (!file.ok()) return file.error().ToString();
    if (!*file) return "<none>";
    std::string text;
    EXPECT_TRUE((**file)->ReadAt(0, 1 << 20, text).ok());
    return text;
  }

  SystemClock clock_;
  std::string folder_;
  std::unique_ptr<FileSystem> fs_;
};

std::string Name(const testing::TestParamInfo<bool>& test) {
  return test.param ? "Posix" : "Fault";
}
INSTANTIATE_TEST_SUITE_P(All, FileSystemTest, testing::Bool(), Name);

TEST_P(FileSystemTest, WritesAndReads) {
  Write("a", "hello");
  auto file = fs_->Open("a", OpenMode::kReadWrite);
  ASSERT_TRUE(file.ok() && *file);
  ASSERT_TRUE((**file)->WriteAt(7, "world").ok());
  std::string text = "> ";
  ASSERT_TRUE((**file)->ReadAt(3, 6, text).ok());
  EXPECT_EQ(text, std::string("> lo\0\0wo", 8));
  ASSERT_TRUE((**file)->ReadAt(12, 6, text).ok());
  EXPECT_EQ(text.size(), 8U);
  EXPECT_EQ((**file)->Stat()->size, 12);
  (**file)->StartWriteback(0, 12);
  EXPECT_TRUE((**file)->SyncData().ok());
}

TEST_P(FileSystemTest, ReserveExtends) {
  auto file = fs_->Create("a");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, "x").ok());
  ASSERT_TRUE((*file)->Reserve(8192).ok());
  EXPECT_EQ((*file)->Stat()->size, 8192);
  ASSERT_TRUE((*file)->Reserve(1).ok());
  EXPECT_EQ((*file)->Stat()->size, 8192);
  EXPECT_EQ(Read("a").substr(0, 2), std::string("x\0", 2));
}

TEST_P(FileSystemTest, AbsenceIsNotAnError) {
  auto file = fs_->Open("a", OpenMode::kRead);
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(file->has_value());
  auto info = fs_->Stat("a");
  ASSERT_TRUE(info.ok());
  EXPECT_FALSE(info->has_value());
  auto removed = fs_->Remove("a");
  ASSERT_TRUE(removed.ok());
  EXPECT_FALSE(*removed);
}

TEST_P(FileSystemTest, CreateIsExclusive) {
  Write("a", "first");
  EXPECT_EQ(fs_->Create("a").error().reason(), "file_exists");
  EXPECT_EQ(Read("a"), "first");
}

TEST_P(FileSystemTest, LinkDoesNotReplaceAndRenameDoes) {
  Write("a", "one");
  Write("b", "two");
  EXPECT_FALSE(*fs_->Link("a", "b"));
  EXPECT_EQ(Read("b"), "two");
  EXPECT_TRUE(*fs_->Link("a", "c"));
  EXPECT_EQ((*fs_->Stat("c"))->links, 2);
  EXPECT_TRUE(fs_->Rename("a", "c").ok());  // one file: both names stay
  EXPECT_EQ(Read("a"), "one");
  EXPECT_TRUE(fs_->Rename("a", "b").ok());
  EXPECT_EQ(Read("a"), "<none>");
  EXPECT_EQ(Read("b"), "one");
  EXPECT_TRUE(*fs_->Remove("b"));
  EXPECT_EQ((*fs_->Stat("c"))->links, 1);
}

TEST_P(FileSystemTest, AnOpenFileOutlivesItsName) {
  Write("a", "here");
  auto file = fs_->Open("a", OpenMode::kRead);
  ASSERT_TRUE(file.ok() && *file);
  EXPECT_TRUE(*fs_->Remove("a"));
  std::string text;
  EXPECT_TRUE((**file)->ReadAt(0, 10, text).ok());
  EXPECT_EQ(text, "here");
  EXPECT_EQ((**file)->Stat()->links, 0);
}

TEST_P(FileSystemTest, Directories) {
  EXPECT_TRUE(*fs_->MakeDirectory("d"));
  EXPECT_FALSE(*fs_->MakeDirectory("d"));
  EXPECT_TRUE(*fs_->MakeDirectory("d/e"));
  Write("d/e/f", "deep");
  Write("d/g", "flat");
  auto names = fs_->List("d");
  ASSERT_TRUE(names.ok());
  std::sort(names->begin(), names->end());
  EXPECT_EQ(*names, (std::vector<std::string>{"e", "g"}));
  EXPECT_EQ(fs_->List("")->size(), 1U);
  EXPECT_TRUE(fs_->Rename("d/g", "d/e/g").ok());
  EXPECT_EQ(Read("d/e/g"), "flat");
  EXPECT_TRUE(fs_->SyncDirectory("d/e").ok());
  EXPECT_TRUE(fs_->SyncDirectory("").ok());
  EXPECT_TRUE(fs_->SyncAll().ok());
  EXPECT_EQ(fs_->List("none").error().reason(), "no_such_file");
  EXPECT_EQ(fs_->Create("none/a").error().reason(), "no_such_file");
}

TEST_P(FileSystemTest, HasSpaceAndTimes) {
  const auto space = fs_->FreeSpace();
  ASSERT_TRUE(space.ok());
  EXPECT_GT(space->free_bytes, 0);
  EXPECT_GE(space->total_bytes, space->free_bytes);
  Write("a", "x");
  const Time now = clock_.Now();
  EXPECT_GT((*fs_->Stat("a"))->changed, now - Seconds(60));
  EXPECT_LT((*fs_->Stat("a"))->changed, now + Seconds(60));
}

using FileSystemDeathTest = FileSystemTest;
INSTANTIATE_TEST_SUITE_P(All, FileSystemDeathTest, testing::Bool(), Name);

TEST_P(FileSystemDeathTest, PathsStayInside) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const char* path : {"../a", "/a", "a//b", "a/./b", "", "a/"})
    EXPECT_DEATH(static_cast<void>(fs_->Create(path)), "assertion") << path;
}

}  // namespace
}  // namespace gantry::io
