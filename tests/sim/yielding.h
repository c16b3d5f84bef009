#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "blob/blob_store.h"
#include "db/db.h"
#include "interleaver.h"

// Wrappers that let the interleaver choose before and after each step that others can see.
namespace gantry::sim {

// Time passes only when the test says so; a sleeper lets the others go on.
class YieldingClock final : public Clock {
 public:
  explicit YieldingClock(std::unique_ptr<Interleaver>& interleaver) : interleaver_(interleaver) {}
  Time Now() const override { return now_; }
  Time Monotonic() const override { return now_; }
  void Sleep(Duration) const override {
    if (interleaver_ != nullptr) interleaver_->Yield();
  }
  void Advance(Duration by) { now_ = now_ + by; }

 private:
  std::unique_ptr<Interleaver>& interleaver_;
  Time now_{1'700'000'000'000'000};
};

class YieldingDb final : public db::Db {
 public:
  YieldingDb(db::Db& inner, const Clock& clock) : inner_(inner), clock_(clock) {}
  Result<void> Write(db::TxFunction function) override {
    clock_.Sleep({});
    auto result = inner_.Write(function);
    clock_.Sleep({});
    return result;
  }
  Result<void> Read(db::TxFunction function) override {
    clock_.Sleep({});
    auto result = inner_.Read(function);
    clock_.Sleep({});
    return result;
  }
  Result<void> Ping() override { return inner_.Ping(); }
  std::string_view engine() const override { return inner_.engine(); }

 private:
  db::Db& inner_;
  const Clock& clock_;
};

class YieldingWriter final : public blob::BlobWriter {
 public:
  YieldingWriter(std::unique_ptr<blob::BlobWriter> inner, const Clock& clock)
      : inner_(std::move(inner)), clock_(clock) {}
  int64_t size() const override { return inner_->size(); }
  Result<void> Append(std::string_view bytes) override { return inner_->Append(bytes); }
  Result<void> Flush() override { return inner_->Flush(); }
  Result<oci::Digest> ComputeDigest(oci::Algorithm algorithm) override {
    return inner_->ComputeDigest(algorithm);
  }
  Result<void> Publish(const oci::Digest& digest) override {
    clock_.Sleep({});
    auto result = inner_->Publish(digest);
    clock_.Sleep({});
    return result;
  }
  void Release() override { inner_->Release(); }

 private:
  std::unique_ptr<blob::BlobWriter> inner_;
  const Clock& clock_;
};

class YieldingBlobStore final : public blob::BlobStore {
 public:
  YieldingBlobStore(blob::BlobStore& inner, const Clock& clock) : inner_(inner), clock_(clock) {}
  Result<std::unique_ptr<blob::BlobWriter>> StartUpload(const std::string& id,
                                                        oci::Algorithm expected) override {
    TRY_ASSIGN(auto writer, inner_.StartUpload(id, expected));
    return std::unique_ptr<blob::BlobWriter>(
        std::make_unique<YieldingWriter>(std::move(writer), clock_));
  }
  Result<std::optional<std::unique_ptr<blob::BlobWriter>>> ResumeUpload(
      const std::string& id, oci::Algorithm expected) override {
    return inner_.ResumeUpload(id, expected);
  }
  Result<void> ListUploads(FunctionRef<void(const std::string& id, Time changed)> visit) override {
    return inner_.ListUploads(visit);
  }
  Result<void> RemoveUpload(const std::string& id) override { return inner_.RemoveUpload(id); }
  Result<std::optional<std::shared_ptr<const blob::BlobReader>>> Open(const oci::Digest& digest,
                                                                      int64_t size) override {
    clock_.Sleep({});
    return inner_.Open(digest, size);
  }
  Result<void> RemoveAll(std::span<const oci::Digest> digests) override {
    for (const oci::Digest& digest : digests) {
      clock_.Sleep({});
      TRY(inner_.Remove(digest));
      clock_.Sleep({});
    }
    return Ok();
  }
  Result<void> List(
      const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) override {
    return inner_.List(after, visit);
  }
  Result<void> Quarantine(const oci::Digest& digest) override { return inner_.Quarantine(digest); }
  Result<Space> FreeSpace() override { return inner_.FreeSpace(); }

 private:
  blob::BlobStore& inner_;
  const Clock& clock_;
};

}  // namespace gantry::sim
