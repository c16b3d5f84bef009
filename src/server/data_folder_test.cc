#include "server/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace gantry::server {
namespace {

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    char pattern[] = "/tmp/gantry-data-XXXXXX";
    root_ = mkdtemp(pattern);
  }
  ~DataFolderTest() override { std::filesystem::remove_all(root_); }

  std::string root_;
};

TEST_F(DataFolderTest, MakesTheFolderForTheOwnerOnly) {
  const auto folder = DataFolder::Lock(root_ + "/a/b");
  ASSERT_TRUE(folder.ok()) << folder.error().ToString();
  struct stat status {};
  ASSERT_EQ(stat((root_ + "/a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ((*folder)->path(), root_ + "/a/b");
}

TEST_F(DataFolderTest, ASecondLockNamesTheProcess) {
  const auto first = DataFolder::Lock(root_);
  ASSERT_TRUE(first.ok());
  const auto second = DataFolder::Lock(root_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason(), "data_folder_in_use");
  EXPECT_NE(second.error().message().find("process " + std::to_string(getpid())),
            std::string::npos);
}

TEST_F(DataFolderTest, TheLockEndsWithTheObject) {
  { ASSERT_TRUE(DataFolder::Lock(root_).ok()); }
  EXPECT_TRUE(DataFolder::Lock(root_).ok());
}

TEST_F(DataFolderTest, AFileInTheWayIsAnError) {
  { ASSERT_TRUE(DataFolder::Lock(root_).ok()); }
  EXPECT_FALSE(DataFolder::Lock(root_ + "/lock/below").ok());
}

}  // namespace
}  // namespace gantry::server
