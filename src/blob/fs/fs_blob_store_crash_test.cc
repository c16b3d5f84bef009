#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "blob/contract_suite.h"
#include "blob/fs/crash_script.h"
#include "blob/fs/fs_blob_store.h"
#include "blob/fs/layout.h"
#include "io/fault_file_system.h"

namespace gantry::blob {
namespace {

using io::FaultFileSystem;
using Unsynced = FaultFileSystem::Unsynced;

// The smallest journal files: the script fills several.
constexpr int64_t kSegmentSize = 20 * kJournalBlock;

class FsBlobStoreCrashTest : public testing::Test {
 protected:
  std::unique_ptr<FsBlobStore> Open(FaultFileSystem& fs) {
    auto store = FsBlobStore::Open(fs, logger_, {kSegmentSize, std::nullopt});
    if (!store.ok()) return nullptr;
    return *std::move(store);
  }

  // Write points of the whole script, from the opened store to the closed one.
  int64_t CountWritePoints() {
    FaultFileSystem fs(clock_);
    auto store = Open(fs);
    const int64_t before = fs.WritePoints();
    CrashScript script;
    script.Run(*store, {});
    script.Check(*store);
    store.reset();
    return fs.WritePoints() - before;
  }

  // Crashes at the n-th write point of the script and, if `again` is not 0, at that write point of
  // the start after it.
  void CrashAt(int64_t n, Unsynced unsynced, uint64_t seed, int64_t again) {
    SCOPED_TRACE("crash at " + std::to_string(n) + ", unsynced " +
                 std::to_string(static_cast<int>(unsynced)) + ", seed " + std::to_string(seed) +
                 ", again at " + std::to_string(again));
    FaultFileSystem fs(clock_);
    CrashScript script;
    auto store = Open(fs);
    fs.CrashAt(n);
    script.Run(*store, {"crashed", "upload_failed"});
    store.reset();
    fs.PowerLoss(unsynced, seed);
    if (again > 0) {
      fs.CrashAt(again);
      store = Open(fs);
      store.reset();
      fs.PowerLoss(unsynced, seed + 1);
    }
    store = Open(fs);
    ASSERT_NE(store, nullptr);
    script.Check(*store);
    if (unsynced == Unsynced::kKeep) script.CheckUploads(*store);
    EXPECT_EQ(fs.List(kTemporaryDirectory)->size(), 0U);
    script.PublishAll(*store);
    store.reset();
    fs.PowerLoss(Unsynced::kDrop);
    store = Open(fs);
    ASSERT_NE(store, nullptr);
    script.Check(*store);
  }

  // From the n-th write point on, `times` calls fail.
  void FailAt(int64_t n, FaultFileSystem::Fault fault, int64_t times,
              const std::vector<std::string>& reasons) {
    SCOPED_TRACE("fault at " + std::to_string(n) + ", times " + std::to_string(times));
    FaultFileSystem fs(clock_);
    CrashScript script;
    auto store = Open(fs);
    fs.FailAt(n, fault, times);
    script.Run(*store, reasons);
    fs.StopFailing();
    script.Check(*store);
    script.PublishAll(*store);
    if (fault == FaultFileSystem::Fault::kDiskFull) {
      EXPECT_EQ(fs.List(kTemporaryDirectory)->size(), 0U);
    }
    // Nothing that was acknowledged depends on a sync that failed.
    fs.CrashAt(1);
    store.reset();
    fs.PowerLoss(Unsynced::kDrop);
    store = Open(fs);
    ASSERT_NE(store, nullptr);
    script.Check(*store);
  }

  struct Null {
    ~Null() { close(fd); }
    const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  };

  FakeClock clock_;
  const Null null_{};
  log::Logger logger_{null_.fd, log::Level::kError};
};

TEST_F(FsBlobStoreCrashTest, EveryWritePoint) {
  const int64_t points = CountWritePoints();
  EXPECT_GT(points, 100);
  for (int64_t n = 1; n <= points + 1 && !HasFailure(); ++n) {
    CrashAt(n, Unsynced::kDrop, 0, 0);
    CrashAt(n, Unsynced::kKeep, 0, 0);
    for (uint64_t seed = 1; seed <= 3; ++seed) CrashAt(n, Unsynced::kRandom, seed, 0);
  }
}

TEST_F(FsBlobStoreCrashTest, TwiceInARow) {
  const int64_t points = CountWritePoints();
  for (int64_t n = 1; n <= points && !HasFailure(); ++n) {
    for (int64_t again = 1 + n % 5; again < 20; again += 5) {
      CrashAt(n, n % 2 == 0 ? Unsynced::kDrop : Unsynced::kRandom, static_cast<uint64_t>(n), again);
    }
  }
}

TEST_F(FsBlobStoreCrashTest, TheFirstStart) {
  for (int64_t n = 1;; ++n) {
    FaultFileSystem fs(clock_);
    fs.CrashAt(n);
    const bool opened = Open(fs) != nullptr;
    fs.PowerLoss(Unsynced::kDrop);
    const auto store = Open(fs);
    ASSERT_NE(store, nullptr) << n;
    CrashScript script;
    script.PublishAll(*store);
    if (opened || HasFailure()) break;
  }
}

TEST_F(FsBlobStoreCrashTest, ARemovedBlobDoesNotComeBack) {
  for (const bool quarantine : {false, true}) {
    FaultFileSystem fs(clock_);
    auto store = Open(fs);
    const oci::Digest digest = oci::Digest::Of(oci::Algorithm::kSha256, "small");
    const auto writer = *store->StartUpload(std::string(32, '0'), oci::Algorithm::kSha256);
    ASSERT_TRUE(writer->Append("small").ok());
    ASSERT_TRUE(writer->Publish(digest).ok());
    writer->Release();
    ASSERT_TRUE((quarantine ? store->Quarantine(digest) : store->Remove(digest)).ok());
    fs.CrashAt(1);
    store.reset();
    fs.PowerLoss(Unsynced::kKeep);
    store = Open(fs);
    ASSERT_NE(store, nullptr);
    const auto reader = store->Open(digest, 5);
    ASSERT_TRUE(reader.ok());
    EXPECT_FALSE(reader->has_value()) << quarantine;
  }
}

TEST_F(FsBlobStoreCrashTest, AFullDiskDoesNotKeepFromRemoving) {
  FaultFileSystem fs(clock_);
  auto store = Open(fs);
  CrashScript script;
  script.PublishAll(*store);
  fs.FailAt(1, FaultFileSystem::Fault::kDiskFull, 1'000'000);
  std::vector<oci::Digest> digests;
  const auto collect = [&](const oci::Digest& digest, int64_t, Time) {
    digests.push_back(digest);
    return true;
  };
  ASSERT_TRUE(store->List(std::nullopt, collect).ok());
  EXPECT_GT(digests.size(), 3U);
  for (const oci::Digest& digest : digests) EXPECT_TRUE(store->Remove(digest).ok());
  digests.clear();
  ASSERT_TRUE(store->List(std::nullopt, collect).ok());
  EXPECT_TRUE(digests.empty());
}

// Publishers of several threads share syncs; the machine stops under all of them.
TEST_F(FsBlobStoreCrashTest, ManyPublishers) {
  constexpr size_t kThreads = 4;
  constexpr size_t kBlobs = 12;
  for (int64_t n = 1; n <= 300 && !HasFailure(); n += 7) {
    FaultFileSystem fs(clock_);
    auto store = FsBlobStore::Open(fs, logger_, {kSegmentSize, Seconds(3600)});
    ASSERT_TRUE(store.ok());
    const auto contents = [](size_t thread, size_t blob) {
      return Noise(blob % 4 == 3 ? 70'000 : 9000, thread * kBlobs + blob);
    };
    std::vector<std::vector<oci::Digest>> acknowledged(kThreads);
    fs.CrashAt(n);
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t blob = 0; blob < kBlobs; ++blob) {
          char id[33];
          std::snprintf(id, sizeof id, "%032zx", thread * kBlobs + blob);
          const auto writer = *(*store)->StartUpload(id, oci::Algorithm::kSha256);
          if (!writer->Append(contents(thread, blob)).ok()) return;
          const auto digest = writer->ComputeDigest(oci::Algorithm::kSha256);
          if (writer->Publish(*digest).ok()) acknowledged[thread].push_back(*digest);
          writer->Release();
        }
      });
    }
    for (auto& thread : threads) thread.join();
    store->reset();
    fs.PowerLoss(n % 2 == 0 ? Unsynced::kDrop : Unsynced::kRandom, static_cast<uint64_t>(n));
    const auto reopened = Open(fs);
    ASSERT_NE(reopened, nullptr);
    for (size_t thread = 0; thread < kThreads; ++thread) {
      for (size_t blob = 0; blob < acknowledged[thread].size(); ++blob) {
        const std::string bytes = contents(thread, blob);
        const auto reader =
            reopened->Open(acknowledged[thread][blob], static_cast<int64_t>(bytes.size()));
        ASSERT_TRUE(reader.ok() && *reader) << n;
        std::string read;
        ASSERT_TRUE((**reader)->Read(0, bytes.size(), read).ok());
        EXPECT_TRUE(read == bytes);
      }
    }
  }
}

TEST_F(FsBlobStoreCrashTest, AFullDiskAtEveryWritePoint) {
  const int64_t points = CountWritePoints();
  for (int64_t n = 1; n <= points && !HasFailure(); ++n) {
    for (const int64_t times : {1, 4, 1'000'000})
      FailAt(n, FaultFileSystem::Fault::kDiskFull, times, {"disk_full", "upload_failed"});
  }
}

TEST_F(FsBlobStoreCrashTest, AnIoErrorAtEveryWritePoint) {
  const int64_t points = CountWritePoints();
  for (int64_t n = 1; n <= points && !HasFailure(); ++n) {
    for (const int64_t times : {1, 4, 30})
      FailAt(n, FaultFileSystem::Fault::kIoError, times,
             {"io_error", "upload_failed", "journal_full"});
  }
}

}  // namespace
}  // namespace gantry::blob
