// The small parts of the store: what is shared between threads, and names.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "blob/fs/digest_locks.h"
#include "blob/fs/layout.h"
#include "blob/fs/reader_cache.h"
#include "blob/fs/sync_batch.h"

namespace gantry::blob {
namespace {

using oci::Algorithm;
using oci::Digest;

Digest DigestOf(std::string_view bytes) { return Digest::Of(Algorithm::kSha256, bytes); }

class NullReader final : public BlobReader {
 public:
  int64_t size() const override { return 0; }
  int fd() const override { return -1; }
  Result<void> Read(int64_t, size_t, std::string&) const override { return Ok(); }
};

TEST(ReaderCacheTest, FindsWhatWasInserted) {
  ReaderCache cache(64);
  const auto missing = cache.Find(DigestOf("a"));
  EXPECT_EQ(missing.reader, nullptr);
  const auto reader = std::make_shared<NullReader>();
  cache.Insert(DigestOf("a"), missing.age, reader);
  EXPECT_EQ(cache.Find(DigestOf("a")).reader, reader);
  EXPECT_EQ(cache.Find(DigestOf("b")).reader, nullptr);
  cache.Invalidate(DigestOf("a"));
  EXPECT_EQ(cache.Find(DigestOf("a")).reader, nullptr);
}

TEST(ReaderCacheTest, AReaderOpenedBeforeAnInvalidationIsNotKept) {
  ReaderCache cache(64);
  const auto missing = cache.Find(DigestOf("a"));
  cache.Invalidate(DigestOf("a"));
  cache.Insert(DigestOf("a"), missing.age, std::make_shared<NullReader>());
  EXPECT_EQ(cache.Find(DigestOf("a")).reader, nullptr);
}

TEST(ReaderCacheTest, ForgetsTheLeastRecentlyUsed) {
  constexpr int kMax = 64;
  ReaderCache cache(kMax);
  std::vector<std::weak_ptr<const BlobReader>> readers;
  const Digest popular = DigestOf("popular");
  cache.Insert(popular, cache.Find(popular).age, std::make_shared<NullReader>());
  for (int i = 0; i < 1000; ++i) {
    const Digest digest = DigestOf(std::to_string(i));
    const auto reader = std::make_shared<NullReader>();
    readers.push_back(reader);
    cache.Insert(digest, cache.Find(digest).age, reader);
    EXPECT_NE(cache.Find(popular).reader, nullptr);
  }
  int open = 0;
  for (const auto& reader : readers) open += reader.expired() ? 0 : 1;
  EXPECT_LE(open, kMax);
  EXPECT_GT(open, 0);
}

TEST(SyncBatchTest, EveryCallerGetsASyncThatBeganAfterItsCall) {
  SyncBatch batch;
  std::atomic<int64_t> written{0};
  std::atomic<int64_t> synced{0};
  std::atomic<int64_t> syncs{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const int64_t mine = ++written;
        const auto result = batch.Run([&]() -> Result<void> {
          ++syncs;
          synced = written.load();
          return Ok();
        });
        EXPECT_TRUE(result.ok());
        EXPECT_GE(synced, mine);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(syncs, 2000);
  EXPECT_GT(syncs, 0);
}

TEST(SyncBatchTest, ALateCallerGetsTheNextSync) {
  SyncBatch batch;
  std::atomic<bool> first_done{false};
  std::thread late;
  EXPECT_TRUE(batch
                  .Run([&]() -> Result<void> {
                    late = std::thread([&] {
                      const auto second = batch.Run([&]() -> Result<void> {
                        EXPECT_TRUE(first_done);
                        return Error(Code::kCorruption, "io_error", "broken");
                      });
                      EXPECT_EQ(second.error().reason(), "io_error");
                    });
                    for (int i = 0; i < 100; ++i) std::this_thread::yield();
                    first_done = true;
                    return Ok();
                  })
                  .ok());
  late.join();
}

TEST(DigestLocksTest, OneAtATimePerDigest) {
  DigestLocks locks;
  int counter = 0;
  const DigestLocks::Guard other(locks, DigestOf("other"));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const DigestLocks::Guard guard(locks, DigestOf("a"));
        ++counter;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter, 2000);
}

TEST(LayoutTest, Names) {
  const Digest digest = DigestOf("");
  const std::string hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_EQ(BlobPath(digest), "blobs/sha256/e3/" + hex);
  EXPECT_EQ(QuarantinePath(digest), "quarantine/sha256-" + hex);
  EXPECT_EQ(FanOutIndex(digest), 0xe3);
  EXPECT_EQ(FanOutDirectory(Algorithm::kSha512, 0xe3), "blobs/sha512/e3");
  EXPECT_EQ(DigestOfName(Algorithm::kSha256, 0xe3, hex), digest);
  EXPECT_FALSE(DigestOfName(Algorithm::kSha256, 0xe4, hex).has_value());
  EXPECT_FALSE(DigestOfName(Algorithm::kSha512, 0xe3, hex).has_value());
  EXPECT_FALSE(DigestOfName(Algorithm::kSha256, 0xe3, hex + "x").has_value());
  EXPECT_TRUE(IsUploadId("0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(IsUploadId("0123456789abcdef0123456789abcdeF"));
  EXPECT_FALSE(IsUploadId("../456789abcdef0123456789abcdef0"));
}

}  // namespace
}  // namespace gantry::blob
