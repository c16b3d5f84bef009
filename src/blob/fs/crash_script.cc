#include "blob/fs/crash_script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "blob/contract_suite.h"

namespace gantry::blob {
namespace {

using oci::Algorithm;
using oci::Digest;

std::string ReadBlob(const BlobReader& reader) {
  std::string bytes;
  EXPECT_TRUE(reader.Read(0, static_cast<size_t>(reader.size()), bytes).ok());
  return bytes;
}

}  // namespace

// Small blobs of several sizes so that journal files fill up and are used again, large ones, both
// removed and published again before and after a checkpoint.
CrashScript::CrashScript() {
  constexpr size_t kSizes[] = {10, 5000, 30'000, 65'536, 70'000, 90'000};
  for (const size_t size : kSizes) AddBlob(size);
  AddPublish(0);
  AddPublish(1);
  AddPublish(4);
  AddUpload(300);
  AddRemove(0);
  AddPublish(2);
  AddPublish(1);
  AddRemove(1);
  AddPublish(1, true);
  AddCheckpoint();
  AddRemove(2);
  AddRemove(4);
  AddPublish(3);
  AddPublish(5, true);
  AddPublish(4);
  AddPublish(2);
  AddQuarantine(3);
  AddUpload(100'000);
  AddRemove(2);
  AddPublish(0);
  AddCheckpoint();
  AddPublish(3);
  AddPublish(2);
  AddQuarantine(5);
  AddPublish(5);
  AddRemove(1);
}

size_t CrashScript::AddBlob(size_t size) {
  std::string bytes = Noise(size, blobs_.size());
  Digest digest = Digest::Of(Algorithm::kSha256, bytes);
  blobs_.push_back({std::move(bytes), std::move(digest)});
  return blobs_.size() - 1;
}

std::string CrashScript::NewId() {
  char id[33];
  std::snprintf(id, sizeof id, "%032llx", static_cast<long long>(++last_id_));
  return id;
}

Result<void> CrashScript::Publish(BlobStore& store, Blob& blob, bool flush) {
  TRY_ASSIGN(const auto writer, store.StartUpload(NewId(), Algorithm::kSha256));
  Result<void> result = writer->Append(blob.bytes);
  if (result.ok() && flush) result = writer->Flush();
  if (result.ok()) result = writer->Publish(blob.digest);
  if (result.ok()) blob.acknowledged = true;
  writer->Release();
  return result;
}

void CrashScript::AddPublish(size_t blob, bool flush) {
  steps_.push_back([=, this](FsBlobStore& store) { return Publish(store, blobs_[blob], flush); });
}

void CrashScript::AddRemove(size_t blob) {
  steps_.push_back([=, this](FsBlobStore& store) {
    blobs_[blob].acknowledged = false;  // whatever becomes of the removal
    return store.Remove(blobs_[blob].digest);
  });
}

void CrashScript::AddQuarantine(size_t blob) {
  steps_.push_back([=, this](FsBlobStore& store) {
    blobs_[blob].acknowledged = false;
    return store.Quarantine(blobs_[blob].digest);
  });
}

void CrashScript::AddCheckpoint() {
  steps_.push_back([](FsBlobStore& store) { return store.Checkpoint(); });
}

void CrashScript::AddUpload(size_t size) {
  steps_.push_back([=, this](FsBlobStore& store) -> Result<void> {
    const std::string id = NewId();
    const std::string bytes = Noise(size, 99);
    TRY_ASSIGN(const auto writer, store.StartUpload(id, Algorithm::kSha256));
    TRY(writer->Append(bytes));
    TRY(writer->Flush());
    flushed_[id] = bytes;
    return writer->Append("never acknowledged");
  });
}

void CrashScript::Run(FsBlobStore& store, const std::vector<std::string>& reasons_allowed) {
  for (const Step& step : steps_) {
    const Result<void> result = step(store);
    if (result.ok()) continue;
    EXPECT_NE(std::find(reasons_allowed.begin(), reasons_allowed.end(), result.error().reason()),
              reasons_allowed.end())
        << result.error().ToString();
  }
}

void CrashScript::Check(BlobStore& store) const {
  for (const Blob& blob : blobs_) {
    const auto reader = store.Open(blob.digest, static_cast<int64_t>(blob.bytes.size()));
    ASSERT_TRUE(reader.ok()) << reader.error().ToString();
    if (*reader) {
      EXPECT_TRUE(ReadBlob(***reader) == blob.bytes) << blob.bytes.size();
    } else {
      EXPECT_FALSE(blob.acknowledged) << "lost the blob of " << blob.bytes.size() << " bytes";
    }
  }
  const auto listed = store.List(std::nullopt, [&](const Digest& digest, int64_t size, Time) {
    const auto reader = store.Open(digest, size);
    EXPECT_TRUE(reader.ok() && *reader);
    EXPECT_EQ(Digest::Of(digest.algorithm(), ReadBlob(***reader)), digest);
    return true;
  });
  EXPECT_TRUE(listed.ok());
}

void CrashScript::CheckUploads(BlobStore& store) const {
  for (const auto& [id, bytes] : flushed_) {
    const auto writer = store.ResumeUpload(id, Algorithm::kSha256);
    ASSERT_TRUE(writer.ok() && *writer);
    EXPECT_GE((**writer)->size(), static_cast<int64_t>(bytes.size()));
  }
}

void CrashScript::PublishAll(BlobStore& store) {
  for (Blob& blob : blobs_) {
    const Result<void> result = Publish(store, blob, false);
    EXPECT_TRUE(result.ok()) << result.error().ToString();
  }
  Check(store);
}

}  // namespace gantry::blob
