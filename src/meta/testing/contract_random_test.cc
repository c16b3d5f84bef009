#include <random>

#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

constexpr int kRepositories = 4;
constexpr int kContents = 24;
constexpr int kSteps = 400;
constexpr int kCheckEvery = 20;

constexpr db::Sql kRows[] = {{"SELECT COUNT(*) FROM blobs"},
                             {"SELECT COUNT(*) FROM repository_blobs"},
                             {"SELECT COUNT(*) FROM manifests"},
                             {"SELECT COUNT(*) FROM manifest_bodies"},
                             {"SELECT COUNT(*) FROM manifest_wanted_blobs"},
                             {"SELECT COUNT(*) FROM tags"},
                             {"SELECT COUNT(*) FROM trash"},
                             {"SELECT COUNT(*) FROM trashed_tags"}};

// Long random sequences of what the registry does. After every few steps all counters are computed
// from scratch and compared.
class Random : public Contract {
 protected:
  int64_t Below(int64_t bound) {
    return std::uniform_int_distribution<int64_t>(0, bound - 1)(generator_);
  }
  std::string AnyRepo() { return "repo" + std::to_string(Below(kRepositories)); }
  std::string AnyBlob() { return "blob" + std::to_string(Below(kContents)); }
  static int64_t SizeOf(const std::string& blob) {
    return 10 * static_cast<int64_t>(blob.size() + static_cast<unsigned char>(blob.back()));
  }

  // Nobody may rely on a blob that is being removed.
  bool Push(db::Tx& tx, RepositoryId repository, const std::string& content, BlobId* id) {
    const auto existing = Must(FindBlob(tx, DigestOf(content)));
    if (existing && existing->state == BlobState::kRemoving) return false;
    const int64_t size = SizeOf(content);
    *id = existing
              ? existing->id
              : Must(InsertBlob(tx, ids_, DigestOf(content), size, BlobState::kPresent, now()));
    Must(LinkBlob(tx, repository, *id, size, now() + Hours(Below(5)), now()));
    return true;
  }

  void PushBlobStep() {
    Write([&](db::Tx& tx) {
      BlobId id;
      const auto repository = Must(EnsureRepository(tx, ids_, Key(AnyRepo()), now()));
      Push(tx, repository, AnyBlob(), &id);
    });
  }

  void PushManifestStep() {
    Write([&](db::Tx& tx) {
      const auto repository = Must(EnsureRepository(tx, ids_, Key(AnyRepo()), now()));
      const int64_t number = Below(kContents);
      const std::string body = "manifest" + std::to_string(number);
      const std::string tag = "tag" + std::to_string(Below(8));
      const auto existing = Must(FindManifestOrTrashed(tx, repository, DigestOf(body)));
      ManifestId id = existing ? existing->id : ManifestId{};
      if (existing) {
        Must(RestoreManifest(tx, repository, *existing, now()));
      } else if (!InsertNew(tx, repository, number, body, &id)) {
        return;
      }
      if (Below(2) == 0) Must(SetTag(tx, repository, TagNamed(tag), id, now()));
    });
  }

  bool InsertNew(db::Tx& tx, RepositoryId repository, int64_t number, const std::string& body,
                 ManifestId* id) {
    std::vector<BlobId> blobs;
    std::vector<std::string> wanted;
    for (int64_t i = 0; i < 3; ++i) {
      const std::string content = "blob" + std::to_string((number + 7 * i) % kContents);
      if (i == 2 && number % 5 == 0) {
        // Sparse: needs a blob that was perhaps never pushed. One in the trash would be a finding.
        const auto linked = Must(FindLinkedBlob(tx, repository, DigestOf(content)));
        if (!linked && IsLinked(tx, repository, content)) return false;
        wanted.push_back(DigestOf(content).text());
        continue;
      }
      BlobId blob;
      if (!Push(tx, repository, content, &blob)) return false;
      blobs.push_back(blob);
    }
    oci::Manifest manifest;
    manifest.kind = oci::ManifestKind::kIndex;
    manifest.manifests.push_back(DescriptorOf("manifest" + std::to_string(number / 2), 1));
    *id = Must(InsertManifest(tx, ids_,
                              {repository, DigestOf(body), manifest, body, blobs, wanted, now()}));
    return true;
  }

  bool IsLinked(db::Tx& tx, RepositoryId repository, const std::string& content) {
    static constexpr db::Sql kLink{
        "SELECT 1 FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id"
        " WHERE l.repository_id = $1 AND b.digest = $2"};
    bool linked = false;
    Must(tx.Query(kLink, {repository.value, DigestOf(content).text()}, [&](const db::Row&) {
      linked = true;
      return Ok();
    }));
    return linked;
  }

  void DeleteManifestStep() {
    Write([&](db::Tx& tx) {
      const std::string repository = AnyRepo();
      const auto id = Must(EnsureRepository(tx, ids_, Key(repository), now()));
      const oci::Digest digest = DigestOf("manifest" + std::to_string(Below(kContents)));
      const auto row = Must(FindManifestOrTrashed(tx, id, digest));
      if (!row || row->trash) return;
      const TrashId trash = NewTrash(tx, repository, TrashKind::kManifest, digest.text());
      Must(TrashTagsOf(tx, id, row->id, trash, now()));
      Must(TrashManifest(tx, id, *row, trash, now()));
    });
  }

  void DeleteTagStep() {
    Write([&](db::Tx& tx) {
      const std::string repository = AnyRepo();
      const auto id = Must(EnsureRepository(tx, ids_, Key(repository), now()));
      const oci::Tag tag = TagNamed("tag" + std::to_string(Below(8)));
      if (!Must(FindTag(tx, id, tag))) return;
      const TrashId trash = NewTrash(tx, repository, TrashKind::kTag, tag.text());
      EXPECT_EQ(Must(TrashTag(tx, id, tag, trash, now())), 1);
    });
  }

  void DeleteBlobStep() {
    Write([&](db::Tx& tx) {
      const std::string repository = AnyRepo();
      const oci::Digest digest = DigestOf(AnyBlob());
      const auto id = Must(EnsureRepository(tx, ids_, Key(repository), now()));
      const auto blob = Must(FindLinkedBlob(tx, id, digest));
      if (!blob || Must(AnyManifestOf(tx, id, blob->id))) return;
      Must(TrashBlobLink(tx, id, blob->id,
                         NewTrash(tx, repository, TrashKind::kBlob, digest.text())));
    });
  }

  void RestoreStep() {
    std::vector<TrashEntry> entries;
    Read([&](db::Tx& tx) { entries = Must(ListTrash(tx, {}, {}, 100)); });
    if (entries.empty()) return;
    const auto& entry = entries[static_cast<size_t>(Below(std::ssize(entries)))];
    bool restorable = true;
    Read([&](db::Tx& tx) {
      restorable = entry.kind != TrashKind::kTag || !Must(ListTrashedTags(tx, entry.id)).empty();
    });
    if (restorable) Restore(entry.id);
  }

  void CollectStep() {
    std::vector<TrashEntry> expired;
    Read([&](db::Tx& tx) { expired = Must(ListExpiredTrash(tx, now(), 10)); });
    for (const auto& entry : expired) {
      bool there = false;
      Read([&](db::Tx& tx) { there = Must(FindTrash(tx, entry.id)).has_value(); });
      if (there) Purge(entry.id, now() + Hours(Below(3)));
    }
    Write([&](db::Tx& tx) {
      Must(UnlinkUnneeded(tx, now(), 1 + Below(20)));
      const auto taken = Must(TakeUnlinked(tx, 1 + Below(5)));
      if (Below(3) == 0) return;  // the process stopped here
      for (const auto& blob : taken) Must(DeleteBlob(tx, blob.id));
    });
  }

  void Step() {
    clock_.Advance(Seconds(Below(300)));
    const int64_t dice = Below(20);
    if (dice < 4) return PushBlobStep();
    if (dice < 10) return PushManifestStep();
    if (dice < 12) return DeleteManifestStep();
    if (dice < 14) return DeleteTagStep();
    if (dice < 16) return DeleteBlobStep();
    if (dice < 17) return RestoreStep();
    return CollectStep();
  }

  // Deletes everything, and nothing may be left.
  void DrainAll() {
    for (int repository = 0; repository < kRepositories; ++repository) {
      for (int number = 0; number < kContents; ++number) {
        const std::string name = "repo" + std::to_string(repository);
        const std::string body = "manifest" + std::to_string(number);
        bool there = false;
        const auto id = EnsureRepo(name);
        Read([&](db::Tx& tx) { there = Must(ManifestExists(tx, id, DigestOf(body))); });
        if (there) DeleteImage(name, body);
      }
    }
    clock_.Advance(Hours(1000));
    std::vector<TrashEntry> entries;
    Read([&](db::Tx& tx) { entries = Must(ListExpiredTrash(tx, now(), 10000)); });
    Write([&](db::Tx& tx) {
      for (const auto& entry : entries) {
        Must(DeleteTrashedTags(tx, entry.id));
        for (const auto& manifest : Must(ListTrashedManifests(tx, entry.id))) {
          Must(PurgeManifest(tx, entry.repository, manifest.id, now()));
        }
        Must(DeleteTrash(tx, entry.id));
      }
      Must(UnlinkUnneeded(tx, now(), 10000));
      for (const auto& blob : Must(TakeUnlinked(tx, 10000))) Must(DeleteBlob(tx, blob.id));
    });
  }

  std::mt19937_64 generator_;
};

TEST_P(Random, SequencesKeepEveryCounterExact) {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    Open();
    generator_.seed(seed);
    for (int step = 1; step <= kSteps; ++step) {
      Step();
      if (step % kCheckEvery != 0) continue;
      ASSERT_EQ(Problems(db()), std::vector<std::string>()) << "seed " << seed << " step " << step;
    }
    DrainAll();
    EXPECT_EQ(Problems(db()), std::vector<std::string>()) << "seed " << seed;
    for (const db::Sql& rows : kRows) {
      EXPECT_EQ(Integer(rows), 0) << rows.text << " seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Meta, Random, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
