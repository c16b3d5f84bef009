// What a publish costs on the disk of the current folder (or of BENCH_DIR), and a cached open.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "base/assert.h"
#include "blob/fs/fs_blob_store.h"
#include "io/posix_file_system.h"

namespace gantry::blob {
namespace {

using oci::Algorithm;

class Fixture : public benchmark::Fixture {
 public:
  void SetUp(benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    logger_ = std::make_unique<log::Logger>(STDERR_FILENO, log::Level::kError);
    fs_ = *io::OpenPosixFileSystem(parent_folder() + "/" + std::to_string(++stores_));
    store_ = *FsBlobStore::Open(*fs_, *logger_, {});
    count_ = 0;
  }
  void TearDown(benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    store_.reset();
    fs_.reset();
  }

  // All stores are under one folder that goes at the end: ext4 is slow to make files for some
  // seconds after many were removed.
  static std::string& parent_folder() {
    static std::string folder;
    return folder;
  }

  // Different bytes, and so another digest, for each call.
  void Publish(std::string& bytes, size_t piece) {
    const int64_t number = ++count_;
    std::memcpy(bytes.data(), &number, sizeof number);
    char id[33];
    std::snprintf(id, sizeof id, "%032llx", static_cast<long long>(number));
    const auto writer = *store_->StartUpload(id, Algorithm::kSha256);
    for (size_t at = 0; at < bytes.size(); at += piece)
      GANTRY_ASSERT(writer->Append(std::string_view(bytes).substr(at, piece)).ok());
    GANTRY_ASSERT(writer->Publish(*writer->ComputeDigest(Algorithm::kSha256)).ok());
    writer->Release();
  }

  static inline int stores_ = 0;
  std::unique_ptr<log::Logger> logger_;
  std::unique_ptr<io::FileSystem> fs_;
  std::unique_ptr<FsBlobStore> store_;
  std::atomic<int64_t> count_{0};
};

BENCHMARK_DEFINE_F(Fixture, PublishBlobs)(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  std::string bytes(size, 'x');
  for (auto _ : state) Publish(bytes, 256 << 10);
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_REGISTER_F(Fixture, PublishBlobs)
    ->Arg(4 << 10)
    ->Arg(64 << 10)
    ->Arg(128 << 10)
    ->Threads(1)
    ->Threads(8)
    ->Threads(32)
    ->UseRealTime();
BENCHMARK_REGISTER_F(Fixture, PublishBlobs)
    ->Arg(int64_t{1} << 30)
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK_DEFINE_F(Fixture, OpenAgain)(benchmark::State& state) {
  std::string bytes(100'000, 'x');
  Publish(bytes, bytes.size());
  const oci::Digest digest = oci::Digest::Of(Algorithm::kSha256, bytes);
  for (auto _ : state) GANTRY_ASSERT(store_->Open(digest, 100'000)->has_value());
}
BENCHMARK_REGISTER_F(Fixture, OpenAgain);

}  // namespace
}  // namespace gantry::blob

int main(int argc, char** argv) {
  const char* const parent = std::getenv("BENCH_DIR");
  std::string& folder = gantry::blob::Fixture::parent_folder();
  folder = std::string(parent != nullptr ? parent : ".") + "/blob_bench_XXXXXX";
  GANTRY_ASSERT(mkdtemp(folder.data()) != nullptr);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove_all(folder);
}
