#include "blob/mem/mem_blob_store.h"

#include "blob/contract_suite.h"

namespace gantry::blob {
namespace {

class MemHarness final : public BlobStoreHarness {
 public:
  BlobStore& store() override { return store_; }
  bool Reopen() override { return false; }
  std::vector<std::string> Leftovers() override { return {}; }
  void Rot(const oci::Digest& digest, int64_t offset) override {
    store_.Rot(digest, static_cast<size_t>(offset));
  }

 private:
  FakeClock clock_;
  MemBlobStore store_{clock_};
};

std::unique_ptr<BlobStoreHarness> MakeMem() { return std::make_unique<MemHarness>(); }

INSTANTIATE_TEST_SUITE_P(Mem, BlobStoreContractTest, testing::Values(&MakeMem));

}  // namespace
}  // namespace gantry::blob
