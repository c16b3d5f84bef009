#include "blob/contract_suite.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <utility>

namespace gantry::blob {
namespace {

using oci::Algorithm;
using oci::Digest;

// Around the borders where a backend may change its ways.
constexpr size_t kSizes[] = {0,         1,       4096,          64 << 10,  65537,
                             256 << 10, 700'001, (8 << 20) + 1, (17 << 20)};

constexpr size_t kSmallAndLarge[] = {1000, 300'000};

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BlobStoreContractTest);

std::string Noise(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed + 1);
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
    const uint64_t noise = random();
    std::memcpy(bytes.data() + at, &noise, std::min(sizeof noise, size - at));
  }
  return bytes;
}

BlobStoreContractTest::BlobStoreContractTest() : harness_(GetParam()()) {}
BlobStoreContractTest::~BlobStoreContractTest() = default;

void BlobStoreContractTest::TearDown() {
  EXPECT_EQ(Uploads(), std::vector<std::string>());
  EXPECT_EQ(harness_->Leftovers(), std::vector<std::string>());
}

std::string BlobStoreContractTest::NewId() {
  char id[33];
  std::snprintf(id, sizeof id, "%032llx", static_cast<long long>(++last_id_));
  return id;
}

std::unique_ptr<BlobWriter> BlobStoreContractTest::Start(const std::string& id,
                                                         Algorithm expected) {
  auto writer = store().StartUpload(id, expected);
  EXPECT_TRUE(writer.ok());
  return *std::move(writer);
}

std::unique_ptr<BlobWriter> BlobStoreContractTest::Resume(const std::string& id,
                                                          Algorithm expected) {
  auto writer = store().ResumeUpload(id, expected);
  EXPECT_TRUE(writer.ok());
  return *writer ? **std::move(writer) : nullptr;
}

Digest BlobStoreContractTest::Put(std::string_view bytes, Algorithm algorithm) {
  const auto writer = Start(NewId(), algorithm);
  constexpr size_t kPiece = 100'000;
  for (size_t at = 0; at < bytes.size(); at += kPiece)
    EXPECT_TRUE(writer->Append(bytes.substr(at, kPiece)).ok());
  auto digest = writer->ComputeDigest(algorithm);
  EXPECT_TRUE(digest.ok());
  EXPECT_EQ(*digest, Digest::Of(algorithm, bytes));
  const auto published = writer->Publish(*digest);
  EXPECT_TRUE(published.ok()) << published.error().ToString();
  writer->Release();
  return *digest;
}

std::string BlobStoreContractTest::Get(const Digest& digest, int64_t size) {
  const auto reader = store().Open(digest, size);
  if (!reader.ok()) return std::string(reader.error().reason());
  if (!*reader) return "<none>";
  EXPECT_EQ((**reader)->size(), size);
  std::string bytes;
  while (true) {
    const size_t before = bytes.size();
    const auto read = (**reader)->Read(static_cast<int64_t>(before), 123'456, bytes);
    EXPECT_TRUE(read.ok());
    if (bytes.size() == before) return bytes;
  }
}

std::vector<Digest> BlobStoreContractTest::ListFrom(const std::optional<Digest>& after,
                                                    size_t max) {
  std::vector<Digest> digests;
  const auto listed = store().List(after, [&](const Digest& digest, int64_t, Time) {
    digests.push_back(digest);
    return digests.size() < max;
  });
  EXPECT_TRUE(listed.ok());
  return digests;
}

std::vector<std::string> BlobStoreContractTest::Uploads() {
  std::vector<std::string> ids;
  EXPECT_TRUE(store().ListUploads([&](const std::string& id, Time) { ids.push_back(id); }).ok());
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST_P(BlobStoreContractTest, AnEmptyStoreHasNothing) {
  const Digest digest = Digest::Of(Algorithm::kSha256, "nothing");
  EXPECT_EQ(Get(digest, 7), "<none>");
  EXPECT_TRUE(store().Remove(digest).ok());
  EXPECT_TRUE(store().Quarantine(digest).ok());
  EXPECT_TRUE(ListFrom(std::nullopt, 10).empty());
  EXPECT_EQ(Resume(NewId()), nullptr);
  EXPECT_TRUE(store().RemoveUpload(NewId()).ok());
}

TEST_P(BlobStoreContractTest, RemovesManyAtOnce) {
  std::vector<Digest> digests;
  for (const size_t size : kSizes) digests.push_back(Put(Noise(size, size)));
  const std::string kept_bytes = Noise(100, 7);
  const Digest kept = Put(kept_bytes);
  digests.push_back(digests.front());
  digests.push_back(Digest::Of(Algorithm::kSha256, "nothing"));
  ASSERT_TRUE(store().RemoveAll({}).ok());
  ASSERT_TRUE(store().RemoveAll(digests).ok());
  EXPECT_EQ(ListFrom(std::nullopt, 100), std::vector<Digest>{kept});
  EXPECT_TRUE(Get(kept, 100) == kept_bytes);
  EXPECT_TRUE(store().Remove(kept).ok());
}

TEST_P(BlobStoreContractTest, KeepsBlobsOfEverySize) {
  for (const size_t size : kSizes) {
    const std::string bytes = Noise(size, size);
    const Digest digest = Put(bytes);
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes) << size;
  }
  if (!harness_->Reopen()) return;
  for (const size_t size : kSizes) {
    const std::string bytes = Noise(size, size);
    EXPECT_TRUE(Get(Digest::Of(Algorithm::kSha256, bytes), static_cast<int64_t>(size)) == bytes)
        << size;
  }
}

TEST_P(BlobStoreContractTest, KeepsBothAlgorithms) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 1);
    const Digest sha512 = Put(bytes, Algorithm::kSha512);
    EXPECT_EQ(sha512.algorithm(), Algorithm::kSha512);
    EXPECT_TRUE(Get(sha512, static_cast<int64_t>(size)) == bytes);
    EXPECT_EQ(Get(Digest::Of(Algorithm::kSha256, bytes), static_cast<int64_t>(size)), "<none>");
  }
}

TEST_P(BlobStoreContractTest, ReadsRanges) {
  const std::string bytes = Noise(200'000, 2);
  const auto reader = store().Open(Put(bytes), 200'000);
  ASSERT_TRUE(reader.ok() && *reader);
  std::string out = "x";
  ASSERT_TRUE((**reader)->Read(70'000, 50'000, out).ok());
  EXPECT_TRUE(out == "x" + bytes.substr(70'000, 50'000));
  ASSERT_TRUE((**reader)->Read(199'999, 50, out).ok());
  EXPECT_EQ(out.size(), 50'002U);
  ASSERT_TRUE((**reader)->Read(200'000, 50, out).ok());
  ASSERT_TRUE((**reader)->Read(300'000, 50, out).ok());
  EXPECT_EQ(out.size(), 50'002U);
}

TEST_P(BlobStoreContractTest, PublishesTheSameBytesAgain) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 3);
    EXPECT_EQ(Put(bytes), Put(bytes));
    EXPECT_TRUE(Get(Put(bytes), static_cast<int64_t>(size)) == bytes);
  }
  EXPECT_EQ(ListFrom(std::nullopt, 10).size(), 2U);
}

TEST_P(BlobStoreContractTest, PublishesAgainAfterARemoval) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 4);
    const auto writer = Start(NewId());
    ASSERT_TRUE(writer->Append(bytes).ok());
    const Digest digest = *writer->ComputeDigest(Algorithm::kSha256);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(writer->Publish(digest).ok());
      ASSERT_TRUE(writer->Publish(digest).ok());
      EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
      ASSERT_TRUE(store().Remove(digest).ok());
      EXPECT_EQ(Get(digest, static_cast<int64_t>(size)), "<none>");
    }
    writer->Release();
  }
  EXPECT_TRUE(ListFrom(std::nullopt, 10).empty());
}

TEST_P(BlobStoreContractTest, DigestsInTheMiddleAndOfTheOtherAlgorithm) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 5);
    const auto writer = Start(NewId());
    ASSERT_TRUE(writer->Append(std::string_view(bytes).substr(0, size / 2)).ok());
    for (const Algorithm algorithm : {Algorithm::kSha256, Algorithm::kSha512}) {
      EXPECT_EQ(*writer->ComputeDigest(algorithm),
                Digest::Of(algorithm, std::string_view(bytes).substr(0, size / 2)));
    }
    ASSERT_TRUE(writer->Append(std::string_view(bytes).substr(size / 2)).ok());
    EXPECT_EQ(writer->size(), static_cast<int64_t>(size));
    for (const Algorithm algorithm : {Algorithm::kSha256, Algorithm::kSha512})
      EXPECT_EQ(*writer->ComputeDigest(algorithm), Digest::Of(algorithm, bytes));
    writer->Release();
  }
}

TEST_P(BlobStoreContractTest, AReaderOutlivesTheBlob) {
  const std::string bytes = Noise(1000, 6);
  const Digest digest = Put(bytes);
  const auto reader = store().Open(digest, 1000);
  ASSERT_TRUE(reader.ok() && *reader);
  ASSERT_TRUE(store().Remove(digest).ok());
  EXPECT_EQ(Get(digest, 1000), "<none>");
  std::string out;
  EXPECT_TRUE((**reader)->Read(0, 1000, out).ok());
  EXPECT_TRUE(out == bytes);
}

TEST_P(BlobStoreContractTest, RefusesAWrongLength) {
  const std::string bytes = Noise(1000, 7);
  const Digest digest = Put(bytes);
  EXPECT_EQ(Get(digest, 999), "blob_size");
  EXPECT_TRUE(Get(digest, 1000) == bytes);
  EXPECT_EQ(Get(digest, 1001), "blob_size");
}

TEST_P(BlobStoreContractTest, ADroppedUploadIsResumed) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 8);
    const std::string_view first = std::string_view(bytes).substr(0, size / 3);
    const std::string id = NewId();
    ASSERT_TRUE(Start(id)->Append(first).ok());
    EXPECT_EQ(Uploads(), std::vector<std::string>{id});
    auto writer = Resume(id, Algorithm::kSha512);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(writer->size(), static_cast<int64_t>(first.size()));
    ASSERT_TRUE(writer->Append(std::string_view(bytes).substr(size / 3)).ok());
    const Digest digest = *writer->ComputeDigest(Algorithm::kSha512);
    EXPECT_EQ(digest, Digest::Of(Algorithm::kSha512, bytes));
    ASSERT_TRUE(writer->Publish(digest).ok());
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
    writer->Release();
    EXPECT_EQ(Resume(id), nullptr);
  }
}

TEST_P(BlobStoreContractTest, AFlushedUploadIsResumedByTheNextProcess) {
  const std::string id = NewId();
  auto writer = Start(id);
  ASSERT_TRUE(writer->Append("hello ").ok());
  ASSERT_TRUE(writer->Flush().ok());
  EXPECT_EQ(Uploads(), std::vector<std::string>{id});
  ASSERT_TRUE(writer->Append("there").ok());
  ASSERT_TRUE(writer->Flush().ok());
  ASSERT_TRUE(writer->Flush().ok());
  writer.reset();
  if (harness_->Reopen()) {
    writer = Resume(id);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(*writer->ComputeDigest(Algorithm::kSha256),
              Digest::Of(Algorithm::kSha256, "hello there"));
    writer->Release();
  } else {
    EXPECT_TRUE(store().RemoveUpload(id).ok());
  }
}

TEST_P(BlobStoreContractTest, AFlushedSmallUploadIsPublished) {
  const auto writer = Start(NewId());
  ASSERT_TRUE(writer->Append("small").ok());
  ASSERT_TRUE(writer->Flush().ok());
  ASSERT_TRUE(writer->Append(" but flushed").ok());
  const Digest digest = *writer->ComputeDigest(Algorithm::kSha256);
  ASSERT_TRUE(writer->Publish(digest).ok());
  writer->Release();
  EXPECT_EQ(Get(digest, 17), "small but flushed");
}

TEST_P(BlobStoreContractTest, AnUploadWithoutAByteIsNotKept) {
  const std::string id = NewId();
  ASSERT_TRUE(Start(id)->Append("").ok());
  EXPECT_EQ(Resume(id), nullptr);
}

TEST_P(BlobStoreContractTest, StartingAgainDropsTheOldBytes) {
  const std::string id = NewId();
  ASSERT_TRUE(Start(id)->Append("old and longer").ok());
  ASSERT_TRUE(Start(id)->Append("new").ok());
  const auto writer = Resume(id);
  ASSERT_NE(writer, nullptr);
  EXPECT_EQ(*writer->ComputeDigest(Algorithm::kSha256), Digest::Of(Algorithm::kSha256, "new"));
  writer->Release();
}

TEST_P(BlobStoreContractTest, UploadsAreRemoved) {
  const std::string id = NewId();
  ASSERT_TRUE(Start(id)->Append("x").ok());
  EXPECT_TRUE(store().RemoveUpload(id).ok());
  EXPECT_EQ(Resume(id), nullptr);
}

TEST_P(BlobStoreContractTest, UploadIdsAreChecked) {
  for (const std::string id :
       {"", "../../../../../../../../etc/shadow", "0123", "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcde/", "0123456789abcdef0123456789abcdef0"}) {
    EXPECT_EQ(store().StartUpload(id, Algorithm::kSha256).error().reason(), "upload_id_invalid");
    EXPECT_EQ(store().ResumeUpload(id, Algorithm::kSha256).error().reason(), "upload_id_invalid");
    EXPECT_EQ(store().RemoveUpload(id).error().reason(), "upload_id_invalid");
  }
}

TEST_P(BlobStoreContractTest, APublishedBlobIsNotChangedThroughItsUpload) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 9);
    const std::string id = NewId();
    auto writer = Start(id);
    ASSERT_TRUE(writer->Append(bytes).ok());
    const Digest digest = *writer->ComputeDigest(Algorithm::kSha256);
    ASSERT_TRUE(writer->Publish(digest).ok());
    EXPECT_TRUE(writer->Append("").ok());
    EXPECT_EQ(writer->Append("more").error().reason(), "upload_published");
    writer.reset();  // as if the process had died before Release
    writer = Resume(id);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(writer->size(), static_cast<int64_t>(size));
    ASSERT_TRUE(writer->Append("more").ok());
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
    const Digest longer = *writer->ComputeDigest(Algorithm::kSha256);
    ASSERT_TRUE(writer->Publish(longer).ok());
    writer->Release();
    EXPECT_TRUE(Get(longer, static_cast<int64_t>(size) + 4) == bytes + "more");
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
    // And one that starts over under the id of a published upload.
    writer = Start(id);
    ASSERT_TRUE(writer->Append(bytes).ok());
    ASSERT_TRUE(writer->Publish(digest).ok());
    writer.reset();
    writer = Start(id);
    ASSERT_TRUE(writer->Append(std::string(size, 'x')).ok());
    ASSERT_TRUE(writer->Flush().ok());
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
    writer->Release();
  }
}

TEST_P(BlobStoreContractTest, ListsInByteOrderPageByPage) {
  std::vector<Digest> digests;
  for (int i = 0; i < 40; ++i) {
    const Algorithm algorithm = i % 4 == 0 ? Algorithm::kSha512 : Algorithm::kSha256;
    digests.push_back(Put("blob " + std::to_string(i), algorithm));
  }
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(ListFrom(std::nullopt, 1000), digests);
  std::vector<Digest> paged;
  std::optional<Digest> after;
  while (true) {
    const std::vector<Digest> page = ListFrom(after, 7);
    if (page.empty()) break;
    EXPECT_LE(page.size(), 7U);
    paged.insert(paged.end(), page.begin(), page.end());
    after = page.back();
  }
  EXPECT_EQ(paged, digests);
  const Digest between = Digest::Of(Algorithm::kSha256, "not stored");
  EXPECT_EQ(ListFrom(between, 1).at(0), *std::upper_bound(digests.begin(), digests.end(), between));
}

TEST_P(BlobStoreContractTest, ListsSizesAndTimes) {
  const Digest digest = Put(Noise(70'000, 10));
  int64_t size = 0;
  Time changed;
  ASSERT_TRUE(store()
                  .List(std::nullopt,
                        [&](const Digest& found, int64_t found_size, Time found_changed) {
                          EXPECT_EQ(found, digest);
                          size = found_size;
                          changed = found_changed;
                          return true;
                        })
                  .ok());
  EXPECT_EQ(size, 70'000);
  EXPECT_GT(changed, Time{1'600'000'000'000'000});
}

TEST_P(BlobStoreContractTest, ARottenBlobIsQuarantinedAndPushedAgain) {
  for (const size_t size : kSmallAndLarge) {
    const std::string bytes = Noise(size, 11);
    const Digest digest = Put(bytes);
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
    harness_->Rot(digest, static_cast<int64_t>(size) / 2);
    EXPECT_FALSE(Get(digest, static_cast<int64_t>(size)) == bytes);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(store().Quarantine(digest).ok());
      EXPECT_EQ(Get(digest, static_cast<int64_t>(size)), "<none>");
    }
    EXPECT_EQ(Put(bytes), digest);
    EXPECT_TRUE(Get(digest, static_cast<int64_t>(size)) == bytes);
    ASSERT_TRUE(store().Quarantine(digest).ok());
    EXPECT_EQ(Put(bytes), digest);
  }
}

TEST_P(BlobStoreContractTest, KnowsItsSpace) {
  const auto space = store().FreeSpace();
  ASSERT_TRUE(space.ok());
  EXPECT_GT(space->free_bytes, 0);
  EXPECT_GE(space->total_bytes, space->free_bytes);
}

// Publishers, removers and readers of a handful of digests: whoever opens a blob reads the right
// bytes, and what was published last and not removed is there at the end.
TEST_P(BlobStoreContractTest, Concurrency) {
  constexpr int kBlobs = 6;
  constexpr int kRounds = 60;
  std::vector<std::string> contents;
  std::vector<Digest> digests;
  for (int i = 0; i < kBlobs; ++i) {
    contents.push_back(Noise(i % 2 == 0 ? 3000 : 70'000, static_cast<uint64_t>(i)));
    digests.push_back(Digest::Of(Algorithm::kSha256, contents.back()));
  }
  std::vector<std::string> ids;
  for (int i = 0; i < 4 * kRounds; ++i) ids.push_back(NewId());
  const auto publish = [&](size_t blob, const std::string& id) {
    const auto writer = Start(id);
    EXPECT_TRUE(writer->Append(contents[blob]).ok());
    EXPECT_TRUE(writer->Publish(digests[blob]).ok());
    writer->Release();
  };
  std::atomic<bool> stop{false};
  std::vector<std::thread> background;
  background.emplace_back([&] {
    for (size_t n = 0; !stop; ++n) EXPECT_TRUE(store().Remove(digests[n % kBlobs]).ok());
  });
  for (int reader = 0; reader < 2; ++reader) {
    background.emplace_back([&] {
      for (size_t n = 0; !stop; ++n) {
        const size_t blob = n % kBlobs;
        const std::string bytes = Get(digests[blob], static_cast<int64_t>(contents[blob].size()));
        EXPECT_TRUE(bytes == contents[blob] || bytes == "<none>") << bytes.substr(0, 30);
      }
    });
  }
  std::vector<std::thread> publishers;
  for (size_t thread = 0; thread < 4; ++thread) {
    publishers.emplace_back([&, thread] {
      for (size_t n = 0; n < kRounds; ++n)
        publish((n + thread) % kBlobs, ids[thread * kRounds + n]);
    });
  }
  for (auto& thread : publishers) thread.join();
  stop = true;
  for (auto& thread : background) thread.join();
  for (size_t blob = 0; blob < kBlobs; ++blob) publish(blob, NewId());
  harness_->Reopen();
  for (size_t blob = 0; blob < kBlobs; ++blob) {
    EXPECT_TRUE(Get(digests[blob], static_cast<int64_t>(contents[blob].size())) == contents[blob]);
  }
}

}  // namespace gantry::blob
