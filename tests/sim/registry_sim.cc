// A seeded simulation of the registry: pushes, mounts, tag moves, deletions, restores and
// collections, interleaved at every step that touches the database or the blob store. After each
// round the registry is compared with what was acknowledged, and when everything was deleted
// nothing may be left.
//
//   registry_sim [scenarios] [first seed]     prints the seed of a scenario that fails

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "blob/mem/mem_blob_store.h"
#include "core/blobs.h"
#include "core/collector.h"
#include "core/epochs.h"
#include "core/listings.h"
#include "core/manifests.h"
#include "core/scrubber.h"
#include "core/trash.h"
#include "core/uploads.h"
#include "db/migrate.h"
#include "interleaver.h"
#include "meta/consistency.h"
#include "meta/schema.h"
#include "oci/manifest.h"
#include "yielding.h"

namespace gantry::sim {
namespace {

constexpr Duration kGrace = Seconds(100);
constexpr int kScenariosPerStore = 250;

uint64_t g_seed_for_messages = 0;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(g_seed_for_messages),
               what.c_str());
  std::_Exit(1);
}

void Check(const Result<void>& result, const std::string& what) {
  if (!result.ok()) Fail(what + ": " + result.error().ToString());
}

template <typename T>
T Must(Result<T> result, const std::string& what) {
  if (!result.ok()) Fail(what + ": " + result.error().ToString());
  return std::move(result).value();
}

// The text of a key.
meta::RepositoryKey Repo(const std::string& text) {
  return Must(meta::RepositoryKey::Parse(text), text);
}
oci::Tag TagOf(const std::string& name) { return Must(oci::Tag::Parse(name), name); }

// What clients were told, kept per repository.
struct Expected {
  // Pushes of this round that were acknowledged, by tag.
  std::map<std::string, std::set<std::string>> pushed_tags;
  std::set<std::string> pushed_digests;
  // What a deletion of this round may have taken.
  std::set<std::string> deleted_tags;
  std::set<std::string> deleted_digests;
  // What the round began with.
  std::map<std::string, std::string> tags_before;
};

class World {
 public:
  explicit World(const std::string& folder)
      : sqlite_(Must(OpenDatabase(folder), "open")),
        clock_(interleaver_),
        memory_(clock_),
        db_(*sqlite_, clock_),
        blobs_(memory_, clock_),
        ids_(clock_),
        logger_(2, log::Level::kError) {
    Check(db::Migrate(*sqlite_, meta::Migrations()), "migrate");
  }

  void RunScenario(uint64_t seed);

 private:
  static Result<std::unique_ptr<db::Db>> OpenDatabase(const std::string& folder) {
    db::SqliteOptions options;
    options.path = folder + "/sim.db";
    return db::OpenSqlite(options);
  }

  core::Store MakeStore(Duration trash_period) {
    core::Settings settings;
    settings.grace_period = kGrace;
    settings.trash_period = trash_period;
    settings.upload_expiry = Hours(1);
    return core::Store{db_, blobs_, epochs_, ids_, clock_, logger_, settings};
  }

  std::unique_ptr<db::Db> sqlite_;
  std::unique_ptr<Interleaver> interleaver_;
  YieldingClock clock_;
  blob::MemBlobStore memory_;
  YieldingDb db_;
  YieldingBlobStore blobs_;
  core::Epochs epochs_;
  meta::IdGenerator ids_;
  log::Logger logger_;

  friend class Scenario;
};

class Scenario {
 public:
  Scenario(World& world, uint64_t seed)
      : world_(world),
        random_(seed),
        seed_(seed),
        store_(world.MakeStore(random_() % 3 == 0 ? Seconds(0) : Seconds(50))),
        manifests_(store_, 1 << 20),
        blobs_(store_),
        uploads_(store_, "key"),
        listings_(store_),
        trash_(store_),
        collector_(store_, trash_, uploads_),
        scrubber_(store_) {
    // Two repositories of one account, or of one name in two accounts.
    const bool two_accounts = seed % 4 == 3;
    repositories_.push_back(Repo("000000000000/team/a"));
    repositories_.push_back(Repo(two_accounts ? "111111111111/team/a" : "000000000000/team/b"));
  }

  void Run() {
    for (int round = 0; round < 5; ++round) {
      BeginRound();
      RunTasks();
      CheckRound();
      world_.clock_.Advance(random_() % 3 == 0 ? Seconds(60) : Seconds(150));
    }
    DeleteEverything();
  }

 private:
  std::string Layer(uint64_t n) const {
    return "layer " + std::to_string(n) + " of scenario " + std::to_string(seed_ / 4);
  }

  // Brings a blob into a repository the way clients do: ask, mount, else upload.
  bool PushBlob(const meta::RepositoryKey& repository, const std::string& bytes, uint64_t choice) {
    const auto digest = oci::Digest::Of(oci::Algorithm::kSha256, bytes);
    if (blobs_.Stat(repository, digest).ok()) return true;
    if (choice % 3 == 0) {
      const auto& other = repositories_[repository == repositories_[0] ? 1 : 0];
      const auto mounted =
          blobs_.Mount(repository, digest, other,
                       [](const meta::RepositoryKey&) -> Result<bool> { return true; });
      if (Must(mounted, "mount")) {
        if (other.account() != repository.account()) Fail("a mount from another account");
        return true;
      }
    }
    const std::string id = Must(uploads_.Start(repository, oci::Algorithm::kSha256), "start");
    const auto upload = Must(uploads_.Acquire(repository, id), "acquire");
    Check(upload->Append(bytes), "append");
    Check(upload->Commit(digest), "commit");
    return true;
  }

  void Push(size_t where, const std::string& tag, uint64_t choice) {
    const auto& repository = repositories_[where];
    std::string config = "{\"n\":" + std::to_string(choice % 5) + "}";
    std::vector<std::string> parts = {config, Layer(choice % 3), Layer(choice / 3 % 3)};
    std::string body =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)";
    for (size_t i = 0; i < parts.size(); ++i) {
      PushBlob(repository, parts[i], choice / 7 + i);
      const auto digest = oci::Digest::Of(oci::Algorithm::kSha256, parts[i]);
      body += R"({"mediaType":"application/octet-stream","digest":")" + digest.text() +
              R"(","size":)" + std::to_string(parts[i].size()) + "}";
      if (i == 0) body += R"(,"layers":[)";
      if (i == 1) body += ",";
    }
    body += "]}";
    core::PutManifest put{TagOf(tag), {}, std::nullopt, std::string(oci::kImageManifest), body};
    const auto stored = Must(manifests_.Put(repository, put), "put manifest");
    auto& expected = expected_[where];
    expected.pushed_tags[tag].insert(stored.digest.text());
    expected.pushed_digests.insert(stored.digest.text());
    known_digests_[where].insert(stored.digest.text());
  }

  // A client that dies before its manifest: what it leaves is garbage after the grace period, and
  // what the next client may be pushing again just then.
  void AbandonedPush(size_t where, uint64_t choice) {
    PushBlob(repositories_[where], Layer(choice % 3), choice / 7);
    PushBlob(repositories_[where], Layer(choice / 3 % 3), choice / 11);
  }

  void DeleteTag(size_t where, const std::string& tag) {
    expected_[where].deleted_tags.insert(tag);
    const auto deleted = manifests_.DeleteTag(repositories_[where], TagOf(tag), "sim");
    if (!deleted.ok() && deleted.error().code() != Code::kNotFound) Check(deleted, "delete tag");
  }

  void DeleteManifest(size_t where, const std::string& digest) {
    expected_[where].deleted_digests.insert(digest);
    const auto deleted = manifests_.DeleteManifest(
        repositories_[where], Must(oci::Digest::Parse(digest), "digest"), "sim");
    if (!deleted.ok() && deleted.error().code() != Code::kNotFound) Check(deleted, "delete");
  }

  void RestoreSomething(uint64_t choice) {
    const auto page = Must(trash_.List(std::nullopt, {}, 20), "list trash");
    if (page.items.empty()) return;
    const auto restored = trash_.Restore(page.items[choice % page.items.size()].id);
    if (restored.ok() || restored.error().code() == Code::kNotFound ||
        restored.error().code() == Code::kFailedPrecondition) {
      return;
    }
    Fail("restore: " + restored.error().ToString());
  }

  void BeginRound() {
    for (size_t where = 0; where < 2; ++where) {
      expected_[where] = {};
      for (const auto& tag : TagsOf(where)) {
        const auto manifest = manifests_.Get(repositories_[where], TagOf(tag));
        expected_[where].tags_before[tag] = Must(manifest, "get before")->digest;
      }
    }
    restores_ = false;
  }

  void RunTasks() {
    world_.interleaver_ = std::make_unique<Interleaver>(random_());
    collecting_ = false;
    const size_t tasks = 3 + random_() % 5;
    for (size_t i = 0; i < tasks; ++i) SpawnOne();
    world_.interleaver_->Run();
    world_.interleaver_.reset();
  }

  void SpawnOne() {
    Interleaver& interleaver = *world_.interleaver_;
    const size_t where = random_() % 2;
    const std::string tag = random_() % 2 == 0 ? "v1" : "v2";
    const uint64_t choice = random_();
    switch (random_() % 11) {
      case 9:
      case 10:
        return interleaver.Spawn([=, this] { AbandonedPush(where, choice); });
      case 0:
      case 1:
      case 2:
      case 3:
        return interleaver.Spawn([=, this] { Push(where, tag, choice); });
      case 4:
        return interleaver.Spawn([=, this] { DeleteTag(where, tag); });
      case 5: {
        const auto& known = known_digests_[where];
        if (known.empty()) return;
        auto victim = known.begin();
        std::advance(victim, static_cast<long>(choice % known.size()));
        return interleaver.Spawn([=, this, d = *victim] { DeleteManifest(where, d); });
      }
      case 6:
        restores_ = true;
        return interleaver.Spawn([=, this] { RestoreSomething(choice); });
      case 7:
        if (std::exchange(collecting_, true)) return;  // a second run would wait for the first
        return interleaver.Spawn([this] { Must(collector_.Run(), "collect"); });
      default:
        if (std::exchange(collecting_, true)) return;
        return interleaver.Spawn([this] {
          core::ScrubReport report;
          Check(scrubber_.RemoveOrphans(report), "orphans");
          Must(collector_.Run(), "collect");
        });
    }
  }

  std::vector<std::string> TagsOf(size_t where) {
    const auto page = listings_.TagNames(repositories_[where], "", 100);
    if (!page.ok() && page.error().code() == Code::kNotFound) return {};
    return Must(page, "tags").items;
  }

  // Every blob of every manifest that a tag names is there, with its bytes.
  void CheckWhole(size_t where, const std::string& tag) {
    const auto& repository = repositories_[where];
    const auto stored = Must(manifests_.Get(repository, TagOf(tag)), "get " + tag);
    const auto manifest = Must(oci::ParseManifest(*stored->body, stored->media_type), "parse");
    std::vector<oci::Descriptor> needed = manifest.layers;
    needed.push_back(*manifest.config);
    for (const auto& descriptor : needed) {
      const auto blob = Must(blobs_.Open(repository, descriptor.digest), "open blob of " + tag);
      std::string bytes;
      Check(blob->Read(0, 1 << 20, bytes), "read blob");
      if (oci::Digest::Of(oci::Algorithm::kSha256, bytes) != descriptor.digest) {
        Fail("wrong bytes under " + descriptor.digest.text());
      }
    }
  }

  void CheckRound() {
    for (size_t where = 0; where < 2; ++where) {
      const Expected& expected = expected_[where];
      const auto tags = TagsOf(where);
      for (const auto& tag : tags) CheckWhole(where, tag);
      const std::set<std::string> present(tags.begin(), tags.end());
      if (restores_) continue;  // a restore may bring back or replace what the round knew
      for (const auto& [tag, digests] : expected.pushed_tags) {
        if (expected.deleted_tags.contains(tag)) continue;
        bool may_be_gone = false;
        for (const auto& digest : digests) {
          may_be_gone = may_be_gone || expected.deleted_digests.contains(digest);
        }
        if (may_be_gone) continue;
        if (!present.contains(tag)) Fail("acknowledged tag " + tag + " is gone");
        const auto stored = Must(manifests_.Get(repositories_[where], TagOf(tag)), "get");
        if (!digests.contains(stored->digest)) Fail("tag " + tag + " shows an older push");
      }
      for (const auto& digest : expected.pushed_digests) {
        if (expected.deleted_digests.contains(digest)) continue;
        Must(manifests_.Get(repositories_[where], Must(oci::Digest::Parse(digest), "digest")),
             "acknowledged manifest");
      }
      for (const auto& [tag, digest] : expected.tags_before) {
        if (expected.deleted_tags.contains(tag) || expected.pushed_tags.contains(tag)) continue;
        if (expected.deleted_digests.contains(digest)) continue;
        if (!present.contains(tag)) Fail("untouched tag " + tag + " is gone");
      }
    }
  }

  void DeleteEverything() {
    for (size_t where = 0; where < 2; ++where) {
      for (const auto& digest : known_digests_[where]) DeleteManifest(where, digest);
    }
    // Past the trash period, then past the grace period that begins with the purge.
    for (int i = 0; i < 3; ++i) {
      world_.clock_.Advance(kGrace);
      world_.clock_.Advance(Seconds(200));
      Must(collector_.Run(), "collect");
    }
    core::ScrubReport report;
    Check(scrubber_.RemoveOrphans(report), "orphans");
    int left = 0;
    Check(world_.memory_.List(std::nullopt,
                              [&](const oci::Digest&, int64_t, Time) {
                                ++left;
                                return true;
                              }),
          "list");
    if (left != 0) Fail(std::to_string(left) + " blobs are left when nothing needs them");
    std::string findings;
    for (const auto& finding : Must(meta::CheckConsistency(*world_.sqlite_), "consistency")) {
      if (!finding.information) findings += finding.what + " " + finding.subject + "\n";
    }
    if (!findings.empty()) Fail("the database is not consistent:\n" + findings);
  }

  World& world_;
  std::mt19937_64 random_;
  uint64_t seed_;
  core::Store store_;
  core::Manifests manifests_;
  core::Blobs blobs_;
  core::Uploads uploads_;
  core::Listings listings_;
  core::Trash trash_;
  core::Collector collector_;
  core::Scrubber scrubber_;
  std::vector<meta::RepositoryKey> repositories_;
  Expected expected_[2];
  std::set<std::string> known_digests_[2];
  bool restores_ = false;
  bool collecting_ = false;
};

void World::RunScenario(uint64_t seed) {
  g_seed_for_messages = seed;
  Scenario(*this, seed).Run();
}

// The database keeps its promise of durability here; where it is kept does not matter to the
// interleavings, and memory is fast.
std::filesystem::path MemoryFolder() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
}

std::string TemporaryFolder() {
  std::string path = (MemoryFolder() / "gantry-sim-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) Fail("mkdtemp");
  return path;
}

int Main(int argc, char** argv) {
  const int scenarios = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  for (int done = 0; done < scenarios; done += kScenariosPerStore) {
    const std::string folder = TemporaryFolder();
    {
      World world(folder);
      for (int i = done; i < std::min(done + kScenariosPerStore, scenarios); ++i) {
        world.RunScenario(first + static_cast<uint64_t>(i));
      }
    }
    std::filesystem::remove_all(folder);
  }
  std::printf("%d scenarios, seeds from %llu: nothing lost, nothing left\n", scenarios,
              static_cast<unsigned long long>(first));
  return 0;
}

}  // namespace
}  // namespace gantry::sim

int main(int argc, char** argv) { return gantry::sim::Main(argc, argv); }
