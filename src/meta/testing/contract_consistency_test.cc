#include <algorithm>

#include "meta/images.h"
#include "meta/repository_settings.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

struct Break {
  const char* what;  // the finding
  db::Sql sql;       // what makes it
};

// On the state that Seed leaves.
constexpr Break kBreaks[] = {
    {"repository_tag_count_differs",
     {"UPDATE repositories SET tag_count = tag_count + 1 WHERE name = '000000000000/a'"}},
    {"repository_manifest_count_differs",
     {"UPDATE repositories SET manifest_count = manifest_count - 1 WHERE name = '000000000000/a'"}},
    {"repository_manifest_bytes_differ",
     {"UPDATE repositories SET manifest_bytes = 0 WHERE name = '000000000000/a'"}},
    {"repository_blob_count_differs",
     {"UPDATE repositories SET blob_count = blob_count + 1 WHERE name = '000000000000/b'"}},
    {"repository_blob_bytes_differ",
     {"UPDATE repositories SET blob_bytes = blob_bytes + 1 WHERE name = '000000000000/b'"}},
    {"repository_shared_bytes_differ",
     {"UPDATE repositories SET shared_bytes = 0 WHERE name = '000000000000/b'"}},
    {"blob_repository_count_differs", {"UPDATE blobs SET repository_count = repository_count + 1"}},
    {"link_manifest_count_differs",
     {"UPDATE repository_blobs SET manifest_count = manifest_count + 1"}},
    {"counter_differs", {"UPDATE counters SET value = value + 1 WHERE name = 'tags'"}},
    {"counter_differs", {"UPDATE counters SET value = value + 1 WHERE name = 'blobs'"}},
    {"counter_differs", {"UPDATE counters SET value = value + 1 WHERE name = 'blob_bytes'"}},
    {"counter_differs", {"UPDATE counters SET value = value + 1 WHERE name = 'manifests'"}},
    {"link_without_blob", {"DELETE FROM blobs"}},
    {"link_without_repository", {"DELETE FROM repositories"}},
    {"linked_blob_being_removed", {"UPDATE blobs SET state = 1"}},
    {"manifest_blob_not_linked", {"DELETE FROM repository_blobs"}},
    {"manifest_blob_not_linked", {"DELETE FROM blobs"}},
    {"manifest_blob_in_trash", {"UPDATE repository_blobs SET trash_id = 5"}},
    {"manifest_blob_quarantined", {"UPDATE blobs SET state = 2"}},
    {"reference_without_manifest", {"DELETE FROM manifests"}},
    {"wanted_blob_without_manifest", {"UPDATE manifest_wanted_blobs SET repository_id = 5"}},
    {"wanted_blob_linked",
     {"UPDATE manifest_wanted_blobs SET digest = (SELECT b.digest FROM blobs b"
      " JOIN repository_blobs l ON l.blob_id = b.id JOIN repositories r ON r.id = l.repository_id"
      " WHERE r.name = '000000000000/a' LIMIT 1)"}},
    {"manifest_without_repository", {"DELETE FROM repositories"}},
    {"manifest_without_body", {"DELETE FROM manifest_bodies"}},
    {"manifest_size_differs", {"UPDATE manifests SET size = size + 1"}},
    {"body_without_manifest", {"DELETE FROM manifests"}},
    {"child_without_index", {"UPDATE manifest_children SET repository_id = 5"}},
    {"tag_without_manifest", {"DELETE FROM manifests"}},
    {"tag_without_manifest", {"DELETE FROM repositories"}},
    {"tag_of_trashed_manifest", {"UPDATE manifests SET trash_id = (SELECT MIN(id) FROM trash)"}},
    {"tag_of_other_repository",
     {"UPDATE tags SET repository_id = (SELECT id FROM repositories WHERE name = "
      "'000000000000/b')"}},
    {"settings_without_repository", {"DELETE FROM repositories"}},
    {"label_without_repository", {"DELETE FROM repositories"}},
    {"pull_without_manifest", {"DELETE FROM manifests"}},
    {"deleted_repository_has_manifests", {"UPDATE repositories SET deleted_at = 1"}},
    {"trash_without_content", {"UPDATE repositories SET deleted_at = 0"}},
    {"trash_without_content", {"DELETE FROM trashed_tags"}},
    {"trash_without_content", {"UPDATE manifests SET trash_id = NULL"}},
    {"trash_without_content", {"UPDATE repository_blobs SET trash_id = NULL"}},
    {"manifest_without_trash", {"UPDATE manifests SET trash_id = 5"}},
    {"trashed_tag_without_trash", {"DELETE FROM trash"}},
    {"trashed_tag_without_manifest", {"DELETE FROM manifests"}},
};

class Consistency : public Contract {
 protected:
  // A bit of everything, whole.
  void Seed() {
    PushImage("a", {"image", {"layer"}, "", "", "v1"});
    PushBlob("b", "layer", 10);
    PushImage("a", {"child", {}, "", "", "v2"});
    PushIndex("a", "index", {"child"});
    PushImage("a", {"deleted", {}, "", "", ""});
    DeleteImage("a", "deleted");
    PushBlob("b", "deleted", 10);
    DeleteBlobOf("b", "deleted");
    const auto a = EnsureRepo("a");
    oci::Manifest manifest;
    const std::vector<std::string> wanted = {DigestOf("wanted").text()};
    Write([&](db::Tx& tx) {
      const TrashId trash = NewTrash(tx, "a", TrashKind::kTag, "v2");
      Must(TrashTag(tx, a, TagNamed("v2"), trash, now()));
      Must(InsertManifest(tx, ids_, {a, DigestOf("s"), manifest, "s", {}, wanted, now()}));
      RepositorySettings settings;
      settings.tag_mutability = TagMutability::kImmutable;
      Must(PutRepositorySettings(tx, a, settings));
      Must(PutLabel(tx, a, {"team", "a"}));
      EXPECT_TRUE(Must(NotePull(tx, a, DigestOf("image").text(), now())));
    });
    EnsureRepo("gone");
    DeleteRepo("gone");
  }

  std::vector<std::string> Found() {
    std::vector<std::string> found;
    for (const auto& finding : Must(CheckConsistency(db()))) found.push_back(finding.what);
    return found;
  }
};

TEST_P(Consistency, FindsNothingWhereNothingIsWrong) {
  EXPECT_TRUE(Must(CheckConsistency(db())).empty());
  Seed();
  const auto findings = Must(CheckConsistency(db()));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].what, "manifest_blob_wanted");
  EXPECT_TRUE(findings[0].information);
}

TEST_P(Consistency, FindsEveryKindOfDamage) {
  check_at_end_ = false;
  for (const Break& damage : kBreaks) {
    Open(/*references=*/false);
    Seed();
    Write([&](db::Tx& tx) { EXPECT_GT(Must(tx.Execute(damage.sql, {})), 0); });
    const auto found = Found();
    EXPECT_TRUE(std::count(found.begin(), found.end(), damage.what) > 0)
        << damage.what << " after " << damage.sql.text << ": "
        << testing::PrintToString(Problems(db()));
  }
}

TEST_P(Consistency, SaysWhatAndHowMuch) {
  check_at_end_ = false;
  PushImage("a", {"image", {"layer"}, "", "", "v1"});
  Write([&](db::Tx& tx) {
    static constexpr db::Sql kBreak{"UPDATE repositories SET tag_count = 7"};
    Must(tx.Execute(kBreak, {}));
  });
  const auto findings = Must(CheckConsistency(db()));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].subject, "000000000000/a");
  EXPECT_EQ(findings[0].detail, "stored 7, counted 1");
  EXPECT_FALSE(findings[0].information);
}

TEST_P(Consistency, InformsOfMissingChildren) {
  PushIndex("a", "index", {"missing"});
  const auto findings = Must(CheckConsistency(db()));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].what, "index_child_missing");
  EXPECT_EQ(findings[0].subject, "000000000000/a@" + DigestOf("index").text());
  EXPECT_TRUE(findings[0].information);
}

TEST_P(Consistency, IsLimitedPerKind) {
  check_at_end_ = false;
  for (int i = 0; i < 5; ++i) PushImage("a", {"image" + std::to_string(i), {}, "", "", ""});
  Write([&](db::Tx& tx) {
    static constexpr db::Sql kBreak{"UPDATE repository_blobs SET manifest_count = 7"};
    Must(tx.Execute(kBreak, {}));
  });
  EXPECT_EQ(Must(CheckConsistency(db())).size(), 5u);
  EXPECT_EQ(Must(CheckConsistency(db(), 3)).size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Meta, Consistency, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
