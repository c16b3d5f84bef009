// Pages and reads at a million tags: ninja meta_bench && build/release/meta_bench
// With a libpq connection string of an empty database as its last argument, on PostgreSQL.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/db.h"
#include "db/migrate.h"
#include "meta/consistency.h"
#include "meta/manifests.h"
#include "meta/repositories.h"
#include "meta/schema.h"
#include "meta/tags.h"

namespace gantry::meta {
namespace {

constexpr int64_t kTags = 1'000'000;
constexpr int64_t kManifests = 100'000;
constexpr int64_t kRepositories = 100'000;
constexpr int64_t kBatch = 5000;
constexpr int64_t kPage = 100;

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

std::string Padded(const char* prefix, int64_t number) {
  const std::string digits = std::to_string(number);
  return prefix + std::string(7 - digits.size(), '0') + digits;
}

// One repository with all tags among many others, as pushes would have left it.
class Registry {
 public:
  explicit Registry(const std::string& conninfo) {
    if (conninfo.empty()) {
      std::string folder = (std::filesystem::temp_directory_path() / "meta_bench_XXXXXX").string();
      if (mkdtemp(folder.data()) == nullptr) std::abort();
      folder_ = folder;
      db_ = Must(db::OpenSqlite({.path = folder_ + "/meta.db"}));
    } else {
      db_ = Must(db::OpenPostgres({.conninfo = conninfo}));
    }
    Must(db::Migrate(*db_, Migrations()));
    const Time start = clock_.Monotonic();
    Seed();
    std::printf("seeded %s in %.1f s\n", std::string(db_->engine()).c_str(),
                static_cast<double>((clock_.Monotonic() - start).micros) / 1e6);
  }
  ~Registry() {
    db_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  db::Db& db() { return *db_; }
  RepositoryId repository() const { return repository_; }
  const RepositoryKey& name() const { return name_; }

 private:
  template <typename Each>
  void InBatches(int64_t count, Each each) {
    for (int64_t first = 0; first < count; first += kBatch) {
      Must(db_->Write([&](db::Tx& tx) -> Result<void> {
        for (int64_t i = first; i < std::min(count, first + kBatch); ++i) TRY(each(tx, i));
        return Ok();
      }));
    }
  }

  void Seed() {
    InBatches(kRepositories, [&](db::Tx& tx, int64_t i) -> Result<void> {
      TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(Padded("team/app-", i)));
      TRY(EnsureRepository(tx, ids_, {account_, name}, clock_.Now()));
      return Ok();
    });
    Must(db_->Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(repository_, EnsureRepository(tx, ids_, name_, clock_.Now()));
      return Ok();
    }));
    manifests_.resize(kManifests);
    InBatches(kManifests, [&](db::Tx& tx, int64_t i) -> Result<void> {
      const std::string body = Padded("manifest ", i) + std::string(700, 'x');
      const oci::Digest digest = oci::Digest::Of(oci::Algorithm::kSha256, body);
      oci::Manifest manifest;
      manifest.media_type = oci::kImageManifest;
      TRY_ASSIGN(
          manifests_[static_cast<size_t>(i)],
          InsertManifest(tx, ids_, {repository_, digest, manifest, body, {}, {}, clock_.Now()}));
      return Ok();
    });
    InBatches(kTags, [&](db::Tx& tx, int64_t i) -> Result<void> {
      TRY_ASSIGN(const auto tag, oci::Tag::Parse(Padded("build-", i)));
      return SetTag(tx, repository_, tag, manifests_[static_cast<size_t>(i * 7919 % kManifests)],
                    clock_.Now());
    });
  }

  SystemClock clock_;
  IdGenerator ids_{clock_};
  std::string folder_;
  std::unique_ptr<db::Db> db_;
  iam::AccountId account_ = iam::AccountId::Default();
  RepositoryKey name_{account_, Must(oci::RepositoryName::Parse("big/repository"))};
  RepositoryId repository_;
  std::vector<ManifestId> manifests_;
};

void Read(Registry& registry, db::TxFunction function) { Must(registry.db().Read(function)); }

void TagNames(benchmark::State& state, Registry& registry, int64_t after) {
  const std::string name = after < 0 ? "" : Padded("build-", after);
  size_t names = 0;
  for (auto _ : state) {
    Read(registry, [&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(const auto page, ListTagNames(tx, registry.repository(), name, kPage));
      names += page.size();
      return Ok();
    });
  }
  state.counters["names"] = static_cast<double>(names / state.iterations());
}

void TagPages(benchmark::State& state, Registry& registry, TagPage page) {
  for (auto _ : state) {
    Read(registry, [&](db::Tx& tx) -> Result<void> {
      TRY(ListTags(tx, registry.repository(), page));
      return Ok();
    });
  }
}

void RepositoryNames(benchmark::State& state, Registry& registry, int64_t after) {
  const std::string name = after < 0 ? "" : Padded("team/app-", after);
  for (auto _ : state) {
    Read(registry, [&](db::Tx& tx) -> Result<void> {
      TRY(ListRepositoryNames(tx, iam::AccountId::Default(), name, kPage));
      return Ok();
    });
  }
}

void TaggedManifest(benchmark::State& state, Registry& registry) {
  std::minstd_rand random(1);
  std::vector<oci::Tag> tags;
  for (int i = 0; i < 100'000; ++i) {
    tags.push_back(Must(oci::Tag::Parse(Padded("build-", static_cast<int64_t>(random()) % kTags))));
  }
  size_t next = 0;
  for (auto _ : state) {
    Read(registry, [&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(const auto found,
                 ReadTaggedManifest(tx, registry.name(), tags[next++ % tags.size()]));
      if (!found) return Internal("absent", "a tag is not there");
      return Ok();
    });
  }
  state.SetItemsProcessed(state.iterations());
}

void Consistency(benchmark::State& state, Registry& registry) {
  for (auto _ : state) {
    if (!Must(CheckConsistency(registry.db())).empty()) state.SkipWithError("inconsistent");
  }
}

void Register(Registry& registry) {
  const auto add = [&](const char* name, auto function, auto... arguments) {
    return benchmark::RegisterBenchmark(
        name, [=, &registry](benchmark::State& state) { function(state, registry, arguments...); });
  };
  add("tag_names/start", TagNames, int64_t{-1});
  add("tag_names/middle", TagNames, kTags / 2);
  add("tag_names/end", TagNames, kTags - kPage - 1);
  const std::string middle = Padded("build-", kTags / 2);
  add("tags_by_name/middle", TagPages, TagPage{TagOrder::kName, false, middle, {}, kPage});
  add("tags_by_time/newest", TagPages, TagPage{TagOrder::kTime, true, std::nullopt, {}, kPage});
  add("tags_by_time/oldest", TagPages, TagPage{TagOrder::kTime, false, std::nullopt, {}, kPage});
  add("repository_names/start", RepositoryNames, int64_t{-1});
  add("repository_names/middle", RepositoryNames, kRepositories / 2);
  add("repository_names/end", RepositoryNames, kRepositories - kPage - 1);
  add("read_tagged_manifest", TaggedManifest);
  add("check_consistency", Consistency)->Iterations(1)->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace gantry::meta

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  gantry::meta::Registry registry(argc > 1 ? argv[argc - 1] : "");
  gantry::meta::Register(registry);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
