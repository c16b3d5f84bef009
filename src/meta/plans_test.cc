#include <map>
#include <set>

#include "meta/copy_tables.h"
#include "meta/counters.h"
#include "meta/images.h"
#include "meta/immutability_rules.h"
#include "meta/pins.h"
#include "meta/query.h"
#include "meta/repository_settings.h"
#include "meta/testing/contract.h"

// How SQLite runs the statements: every hot one finds its rows through an index, in order.
namespace gantry::meta {
namespace {

// Asks for the plan of each statement before it passes it on.
class ExplainingTx final : public db::Tx {
 public:
  ExplainingTx(db::Tx& tx, std::map<std::string, std::string>& texts) : tx_(tx), texts_(texts) {}

  Result<int64_t> Execute(const db::Sql& sql, db::Arguments arguments) override {
    TRY(Explain(sql, arguments));
    return tx_.Execute(sql, arguments);
  }
  Result<void> Query(const db::Sql& sql, db::Arguments arguments, db::RowCallback on_row) override {
    TRY(Explain(sql, arguments));
    return tx_.Query(sql, arguments, on_row);
  }
  Result<void> Script(const std::string& text) override { return tx_.Script(text); }

  // Steps of plans that read a whole table or index, or sort; with their statements.
  const std::vector<std::string>& bad() const { return bad_; }
  int statements() const { return statements_; }

 private:
  Result<void> Explain(const db::Sql& sql, db::Arguments arguments) {
    statements_ += 1;
    // The text's address is the key of the statement cache: it stays where it is.
    std::string& text = texts_[sql.text];
    if (text.empty()) text = std::string("EXPLAIN QUERY PLAN ") + sql.text;
    return tx_.Query({text.c_str()}, arguments, [&](const db::Row& row) {
      const std::string step(row.Text(3));
      const bool reads_all = step.find("SCAN") != step.npos;
      const bool sorts = step.find("TEMP B-TREE") != step.npos;
      if (reads_all || sorts) bad_.push_back(step + " in " + sql.text);
      return Ok();
    });
  }

  db::Tx& tx_;
  std::map<std::string, std::string>& texts_;
  std::vector<std::string> bad_;
  int statements_ = 0;
};

class Plans : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    PushImage("a", {"image", {"layer"}, "", "", "v1"});
    repository_ = EnsureRepo("a");
  }

  std::vector<std::string> BadOf(const std::function<void(db::Tx&)>& body) {
    std::vector<std::string> bad;
    Write([&](db::Tx& tx) {
      ExplainingTx explaining(tx, texts_);
      body(explaining);
      bad = explaining.bad();
      EXPECT_GT(explaining.statements(), 0);
    });
    return bad;
  }

  RepositoryId repository_;
  std::map<std::string, std::string> texts_;
};

using Steps = std::vector<std::string>;

TEST_P(Plans, ThisTestSeesScansAndSorts) {
  EXPECT_EQ(BadOf([](db::Tx& tx) {
              static constexpr db::Sql kBad{"SELECT subject FROM trash ORDER BY reason"};
              Must(tx.Query(kBad, {}, [](const db::Row&) { return Ok(); }));
            }).size(),
            2u);
}

TEST_P(Plans, OfPages) {
  EXPECT_EQ(BadOf([&](db::Tx& tx) {
              Must(ListTagNames(tx, repository_, "a", 100));
              for (const auto order : {TagOrder::kName, TagOrder::kTime}) {
                for (const bool descending : {false, true}) {
                  Must(ListTags(tx, repository_, {order, descending, "v", now(), 100}));
                }
              }
              Must(ListRepositoryNames(tx, kAccount, "", 100));
              Must(ListRepositories(tx, kAccount, "", 100));
              Must(ListReferrers(tx, Key("a"), DigestOf("image"), "", "", 100));
              Must(ListReferrers(tx, Key("a"), DigestOf("image"), "type", "", 100));
              Must(ListTrash(tx, {}, {}, 100));
              Must(ListTrash(tx, repository_, {}, 100));
              Must(ListExpiredTrash(tx, now(), 100));
              Must(ListBlobs(tx, "", 100));
            }),
            Steps());
}

TEST_P(Plans, OfImagesAndPins) {
  EXPECT_EQ(BadOf([&](db::Tx& tx) {
              const std::string digest = DigestOf("image").text();
              for (const auto filter :
                   {ImageFilter::kAny, ImageFilter::kTagged, ImageFilter::kUntagged}) {
                Must(ListImages(tx, repository_, filter, "", 100));
              }
              Must(FindImage(tx, repository_, DigestOf("image")));
              Must(DigestsOfUnit(tx, repository_, digest));
              Must(NotePull(tx, repository_, digest, now()));
              Must(AnyPin(tx, kAccount));
              Must(PinsOf(tx, kAccount, digest, "a", now()));
              Must(PinsOfSource(tx, kAccount, "manual"));
              Must(ListPins(tx, kAccount, {}, 100));
              Must(DeleteExpiredPins(tx, now(), 100));
              Must(ReadRepositorySettings(tx, repository_));
              Must(ListImmutabilityRules(tx, kAccount, "a"));
              Must(ListTagsOf(tx, {1}));
              Must(ListTrashOfRun(tx, {1}, {}, 100));
              Must(RemoveDeletedRepositories(tx, 100));
            }),
            Steps());
}

TEST_P(Plans, OfReads) {
  EXPECT_EQ(BadOf([&](db::Tx& tx) {
              Must(ReadTaggedManifest(tx, Key("a"), TagNamed("v1")));
              Must(ReadManifest(tx, Key("a"), DigestOf("image")));
              Must(FindManifest(tx, Key("a"), DigestOf("image")));
              Must(FindManifestOrTrashed(tx, repository_, DigestOf("image")));
              Must(ManifestExists(tx, repository_, DigestOf("image")));
              Must(FindLinkedBlob(tx, Key("a"), DigestOf("layer")));
              Must(FindLinkedBlob(tx, repository_, DigestOf("layer")));
              Must(AnyRepositoryOf(tx, kAccount, DigestOf("layer")));
              Must(AnyIndexOf(tx, repository_, DigestOf("layer")));
              Must(AnyManifestOf(tx, repository_, {1}));
              Must(FindBlob(tx, DigestOf("layer")));
              Must(FindTag(tx, repository_, TagNamed("v1")));
              Must(FindRepository(tx, Key("a")));
              Must(ReclaimableBytes(tx, repository_));
              Must(SumCounter(tx, Counter::kTags));
            }),
            Steps());
}

TEST_P(Plans, OfPushes) {
  oci::Manifest manifest;
  manifest.manifests.push_back(DescriptorOf("child", 1));
  const std::vector<std::string> wanted = {DigestOf("wanted").text()};
  EXPECT_EQ(
      BadOf([&](db::Tx& tx) {
        const auto b = Must(EnsureRepository(tx, ids_, Key("b"), now()));
        for (const char* content : {"layer", "new", "wanted"}) {
          auto blob = Must(FindBlob(tx, DigestOf(content)));
          const auto id =
              blob ? blob->id
                   : Must(InsertBlob(tx, ids_, DigestOf(content), 10, BlobState::kPresent, now()));
          if (content == std::string("wanted")) {
            Must(InsertManifest(tx, ids_, {b, DigestOf("m"), manifest, "m", {}, wanted, now()}));
          }
          Must(LinkBlob(tx, b, id, 10, now(), now()));
          Must(LinkBlob(tx, b, id, 10, now(), now()));
        }
        const auto row = Must(FindManifestOrTrashed(tx, b, DigestOf("m"))).value();
        Must(SetTag(tx, b, TagNamed("t"), row.id, now()));
      }),
      Steps());
}

TEST_P(Plans, OfDeletesAndCollection) {
  const ManifestRow row = Manifest("a", "image");
  const auto bad = BadOf([&](db::Tx& tx) {
    const auto trash = NewTrash(tx, "a", TrashKind::kTag, "v1");
    Must(TrashTag(tx, repository_, TagNamed("v1"), trash, now()));
    Must(ListTrashedTags(tx, trash));
    const auto deletion = NewTrash(tx, "a", TrashKind::kManifest, row.digest);
    Must(TrashTagsOf(tx, repository_, row.id, deletion, now()));
    Must(TrashManifest(tx, repository_, row, deletion, now()));
    ManifestRow trashed = row;
    trashed.trash = deletion;
    Must(RestoreManifest(tx, repository_, trashed, now()));
    const auto again = NewTrash(tx, "a", TrashKind::kManifest, row.digest);
    Must(TrashManifest(tx, repository_, row, again, now()));
    Must(ListTrashedManifests(tx, again));
    Must(PurgeManifest(tx, repository_, row.id, now()));
    Must(DeleteTrash(tx, again));
    const auto layer = Must(FindLinkedBlob(tx, repository_, DigestOf("layer"))).value();
    const auto blob = NewTrash(tx, "a", TrashKind::kBlob, DigestOf("layer").text());
    Must(TrashBlobLink(tx, repository_, layer.id, blob));
    Must(RestoreBlobLink(tx, blob));
    Must(TrashBlobLink(tx, repository_, layer.id, blob));
    Must(LinkBlob(tx, repository_, layer.id, 10, now(), now()));
    Must(UnlinkUnneeded(tx, now() + Hours(2), 100));
    for (const auto& taken : Must(TakeUnlinked(tx, 100))) Must(DeleteBlob(tx, taken.id));
  });
  // That index holds nothing but the blobs that are asked for.
  ASSERT_EQ(bad.size(), 1u) << testing::PrintToString(bad);
  EXPECT_EQ(bad[0].find("SCAN blobs USING INDEX blobs_unlinked in "), 0u) << bad[0];
}

TEST_P(Plans, OfCopies) {
  Read([&](db::Tx& tx) {
    ExplainingTx explaining(tx, texts_);
    const auto ignore = [](const db::Row&) { return Ok(); };
    for (const CopyTable& table : CopyTables()) {
      const db::Value zero(int64_t{0});
      if (table.key_columns == 1) Must(explaining.Query(table.select, {zero, 1}, ignore));
      if (table.key_columns == 2) Must(explaining.Query(table.select, {zero, zero, 1}, ignore));
      if (table.key_columns == 3) {
        Must(explaining.Query(table.select, {zero, zero, zero, 1}, ignore));
      }
      if (table.key_columns == 4) {
        Must(explaining.Query(table.select, {zero, zero, zero, zero, 1}, ignore));
      }
    }
    EXPECT_EQ(explaining.bad(), Steps());
  });
}

TEST_P(Plans, EveryTableIsCopied) {
  static constexpr db::Sql kTables{
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"};
  std::set<std::string> tables;
  Read([&](db::Tx& tx) {
    const auto names = Must(QueryAll<std::string>(
        tx, kTables, {}, [](const db::Row& row) { return std::string(row.Text(0)); }));
    tables.insert(names.begin(), names.end());
  });
  std::set<std::string> copied = {"schema_migrations"};
  for (const CopyTable& table : CopyTables()) copied.insert(table.name);
  EXPECT_EQ(copied, tables);
}

INSTANTIATE_TEST_SUITE_P(Meta, Plans, testing::Values(Engines().front()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
