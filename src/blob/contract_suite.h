#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "blob/blob_store.h"

namespace gantry::blob {

// A backend as the suite needs it.
class BlobStoreHarness {
 public:
  virtual ~BlobStoreHarness() = default;
  virtual BlobStore& store() = 0;
  // Closes the store and opens it again on the same data. False: the backend keeps none.
  virtual bool Reopen() = 0;
  // What is stored and is neither a blob nor in quarantine, named for people.
  virtual std::vector<std::string> Leftovers() = 0;
  // Flips a bit of a stored blob.
  virtual void Rot(const oci::Digest& digest, int64_t offset) = 0;
};

using MakeHarness = std::unique_ptr<BlobStoreHarness> (*)();

// What every BlobStore does. A backend's test instantiates it with
//   INSTANTIATE_TEST_SUITE_P(Fs, BlobStoreContractTest, testing::Values(&MakeFsHarness));
// Every test ends with a look for leftovers.
class BlobStoreContractTest : public testing::TestWithParam<MakeHarness> {
 protected:
  BlobStoreContractTest();
  ~BlobStoreContractTest() override;
  void TearDown() override;

  BlobStore& store() { return harness_->store(); }
  // A new id for each call.
  std::string NewId();
  std::unique_ptr<BlobWriter> Start(const std::string& id,
                                    oci::Algorithm expected = oci::Algorithm::kSha256);
  // nullptr: there is none.
  std::unique_ptr<BlobWriter> Resume(const std::string& id,
                                     oci::Algorithm expected = oci::Algorithm::kSha256);
  oci::Digest Put(std::string_view bytes, oci::Algorithm algorithm = oci::Algorithm::kSha256);
  // "<none>" when there is no such blob, the error's text when there is one.
  std::string Get(const oci::Digest& digest, int64_t size);
  std::vector<oci::Digest> ListFrom(const std::optional<oci::Digest>& after, size_t max);
  std::vector<std::string> Uploads();

  std::unique_ptr<BlobStoreHarness> harness_;
  int64_t last_id_ = 0;
};

// `size` bytes that look like noise and differ for each seed.
std::string Noise(size_t size, uint64_t seed);

}  // namespace gantry::blob
