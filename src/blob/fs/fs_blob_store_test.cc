#include "blob/fs/fs_blob_store.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "blob/contract_suite.h"
#include "blob/fs/layout.h"
#include "io/fault_file_system.h"
#include "io/posix_file_system.h"

namespace gantry::blob {
namespace {

std::vector<std::string> FilesIn(io::FileSystem& fs, const std::string& directory) {
  const auto names = fs.List(directory);
  EXPECT_TRUE(names.ok());
  std::vector<std::string> files;
  for (const std::string& name : *names) files.push_back(directory + "/" + name);
  return files;
}

class FsHarness : public BlobStoreHarness {
 public:
  FsHarness() { settings_.journal_segment_size = 1 << 20; }
  ~FsHarness() override { store_.reset(); }
  BlobStore& store() override { return *store_; }
  bool Reopen() override {
    store_.reset();
    auto store = FsBlobStore::Open(*fs_, logger_, settings_);
    EXPECT_TRUE(store.ok());
    store_ = *std::move(store);
    return true;
  }
  std::vector<std::string> Leftovers() override {
    std::vector<std::string> files = FilesIn(*fs_, kUploadsDirectory);
    for (std::string& file : FilesIn(*fs_, kTemporaryDirectory)) files.push_back(std::move(file));
    return files;
  }

 protected:
  log::Logger logger_{STDERR_FILENO, log::Level::kWarning};
  FsBlobStoreSettings settings_;
  std::unique_ptr<io::FileSystem> fs_;
  std::unique_ptr<FsBlobStore> store_;
};

// The folders of all tests, removed at the end: ext4 is slow to make directories for some seconds
// after many were removed.
class Folders {
 public:
  Folders() : parent_(testing::TempDir() + "gantry_blob_XXXXXX") {
    EXPECT_NE(mkdtemp(parent_.data()), nullptr);
  }
  ~Folders() { std::filesystem::remove_all(parent_); }
  std::string Next() { return parent_ + "/" + std::to_string(++count_); }

 private:
  std::string parent_;
  int count_ = 0;
};

std::string NextFolder() {
  static Folders folders;
  return folders.Next();
}

class PosixHarness final : public FsHarness {
 public:
  PosixHarness() {
    fs_ = *io::OpenPosixFileSystem(folder_);
    Reopen();
  }
  void Rot(const oci::Digest& digest, int64_t offset) override {
    std::fstream file(folder_ + "/" + BlobPath(digest));
    file.seekg(offset);
    const int byte = file.get();
    file.seekp(offset);
    file.put(static_cast<char>(byte ^ 1));
  }

 private:
  const std::string folder_ = NextFolder();
};

class FaultHarness final : public FsHarness {
 public:
  FaultHarness() {
    fs_ = std::make_unique<io::FaultFileSystem>(clock_);
    Reopen();
  }
  void Rot(const oci::Digest& digest, int64_t offset) override {
    static_cast<io::FaultFileSystem&>(*fs_).Rot(BlobPath(digest), offset);
  }

 private:
  FakeClock clock_;
};

std::unique_ptr<BlobStoreHarness> MakePosix() { return std::make_unique<PosixHarness>(); }
std::unique_ptr<BlobStoreHarness> MakeFault() { return std::make_unique<FaultHarness>(); }

INSTANTIATE_TEST_SUITE_P(Posix, BlobStoreContractTest, testing::Values(&MakePosix));
INSTANTIATE_TEST_SUITE_P(InMemory, BlobStoreContractTest, testing::Values(&MakeFault));

}  // namespace
}  // namespace gantry::blob
