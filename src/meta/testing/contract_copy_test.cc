#include <map>

#include "db/migrate.h"
#include "meta/account_documents.h"
#include "meta/copy.h"
#include "meta/copy_tables.h"
#include "meta/images.h"
#include "meta/immutability_rules.h"
#include "meta/lifecycle.h"
#include "meta/pins.h"
#include "meta/repository_settings.h"
#include "meta/schema.h"
#include "meta/testing/access_rows.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

// All rows of all tables as text.
std::string Dump(db::Db& db) {
  std::string text;
  const auto read = [&](db::Tx& tx, const CopyTable& table) {
    const auto append = [&](const db::Row& row) {
      text += table.name;
      for (size_t i = 0; i < table.columns.size(); ++i) {
        const int column = static_cast<int>(i);
        text += '|';
        if (row.IsNull(column)) {
          text += "null";
        } else if (table.columns[i] == 'i') {
          text += std::to_string(row.Integer(column));
        } else {
          text += table.columns[i] == 't' ? row.Text(column) : row.Bytes(column);
        }
      }
      text += '\n';
      return Ok();
    };
    const auto start = [&](int key) {
      return table.columns[static_cast<size_t>(key)] == 'i' ? db::Value(int64_t{-1})
                                                            : db::Value("");
    };
    const int64_t all = 1 << 20;
    if (table.key_columns == 1) return tx.Query(table.select, {start(0), all}, append);
    if (table.key_columns == 2) return tx.Query(table.select, {start(0), start(1), all}, append);
    if (table.key_columns == 3) {
      return tx.Query(table.select, {start(0), start(1), start(2), all}, append);
    }
    return tx.Query(table.select, {start(0), start(1), start(2), start(3), all}, append);
  };
  Must(db.Read([&](db::Tx& tx) -> Result<void> {
    text.clear();
    for (const CopyTable& table : CopyTables()) TRY(read(tx, table));
    return Ok();
  }));
  return text;
}

class Copy : public Contract {
 protected:
  void Seed() {
    for (int i = 0; i < 40; ++i) {
      const std::string number = std::to_string(i);
      PushImage("a/" + std::to_string(i % 3), {"image " + number + std::string(1, '\0') + "\xff",
                                               {"layer", "l" + number},
                                               "",
                                               "type",
                                               "tag" + number});
    }
    PushImage("a/0", {"signature", {}, "image", "type", ""});
    PushIndex("a/0", "index", {"signature", "missing"});
    PushImage("a/1", {"deleted", {}, "", "", "gone"});
    DeleteImage("a/1", "deleted");
    PushBlob("a/1", "loose", 3);
    DeleteBlobOf("a/1", "loose");
    Write([&](db::Tx& tx) { Must(InsertHold(tx, 3, "backup", now())); });
    Write([&](db::Tx& tx) { InsertAccessRows(tx, ids_, now()); });
    SeedRepositoryRows();
    SeedLifecycleRows();
    const auto repository = EnsureRepo("a/1");
    oci::Manifest manifest;
    const std::vector<std::string> wanted = {DigestOf("wanted").text()};
    Write([&](db::Tx& tx) {
      Must(InsertManifest(tx, ids_, {repository, DigestOf("s"), manifest, "s", {}, wanted, now()}));
      static constexpr db::Sql kSetting{"INSERT INTO settings (name, value) VALUES ('k', 'v')"};
      static constexpr db::Sql kSchedule{
          "INSERT INTO schedules (name, next_at, lease_until, cursor_text)"
          " VALUES ('n', 1, 2, 'c')"};
      static constexpr db::Sql kRemoval{
          "INSERT INTO blob_removals (digest, removal, removed_at) VALUES ('d', 1, 2)"};
      Must(tx.Execute(kSetting, {}));
      Must(tx.Execute(kSchedule, {}));
      Must(tx.Execute(kRemoval, {}));
    });
  }

  // A row in each table of 0005_lifecycle.sql.
  void SeedLifecycleRows() {
    const auto repository = EnsureRepo("a/0");
    const RepositoryKey key(kAccount, Must(oci::RepositoryName::Parse("a/0")));
    Write([&](db::Tx& tx) {
      for (const char* form : {"cleanup", "ecr"}) {
        Must(PutLifecyclePolicy(tx, kAccount, {"project", "a", form, "{}", now(), {}}));
      }
      Must(BeginLifecyclePreview(tx, key, {"{}", false, "f", "{}", now()}));
      Must(AddLifecyclePreviewPage(tx, key, "sha256:a", "[]"));
      Must(CompleteLifecyclePreview(tx, key));
      Must(ArchiveImage(tx, repository, "sha256:a", now()));
      LifecycleRunRow run;
      run.id = RunId{7};
      run.repository = key.text();
      run.status = "done";
      Must(PutLifecycleRun(tx, run));
    });
  }

  // A row in each table of 0004_repositories.sql.
  void SeedRepositoryRows() {
    const auto repository = EnsureRepo("a/0");
    Write([&](db::Tx& tx) {
      RepositorySettings settings;
      settings.tag_mutability = TagMutability::kMutableWithExclusion;
      settings.mutability_filters = {"v*", "release-*"};
      settings.scan_on_push = true;
      settings.description = "where \"it\" is";
      settings.updated_at = now();
      Must(PutRepositorySettings(tx, repository, settings));
      Must(PutLabel(tx, repository, {"team", "a"}));
      Must(PutAccountDocument(tx, kAccount, {"kind", "name", "{}", now(), now()}));
      Must(LockTag(tx, repository, TagNamed("tag0"), true));
      Must(NotePull(tx, repository, DigestOf("signature").text(), now()));
      ImmutabilityRule rule;
      rule.tag_excludes = true;
      Must(InsertImmutabilityRule(tx, ids_, kAccount, "a", rule));
      Must(PutPinSource(tx, kAccount, {"kube:prod", "kube", Hours(1), now(), now()}));
      Must(PutPin(tx, ids_, kAccount,
                  {{}, DigestOf("signature").text(), "a/0", "kube:prod", "runs", "{}", now(), {}}));
    });
    PushImage("gone", {"image of gone", {"layer"}, "", "", "v1"});
    DeleteRepo("gone");
  }

  static TestDatabase Target(const Engine& engine) {
    TestDatabase target = engine.open();
    Must(db::Migrate(*target.db, Migrations()));
    return target;
  }
};

constexpr auto kNoProgress = [](const CopyProgress&) {};

TEST_P(Copy, IsTheSameOnEveryEngine) {
  Seed();
  const std::string before = Dump(db());
  for (const CopyTable& table : CopyTables()) {
    EXPECT_NE(before.find(std::string(table.name) + "|"), before.npos) << table.name;
  }
  for (const Engine& engine : Engines()) {
    TestDatabase target = Target(engine);
    std::map<std::string, int64_t> rows;
    Must(CopyAll(db(), *target.db,
                 [&](const CopyProgress& progress) { rows[progress.table] = progress.rows; }));
    EXPECT_EQ(Dump(*target.db), before) << engine.name;
    EXPECT_EQ(Problems(*target.db), std::vector<std::string>()) << engine.name;
    EXPECT_EQ(rows["tags"], 40);
    EXPECT_EQ(rows["manifest_bodies"], 45);
    EXPECT_EQ(rows["settings"], 1);
  }
  EXPECT_EQ(Dump(db()), before);
}

TEST_P(Copy, RefusesATargetWithRows) {
  Seed();
  for (const Engine& engine : Engines()) {
    TestDatabase target = Target(engine);
    Must(CopyAll(db(), *target.db, kNoProgress));
    const std::string before = Dump(*target.db);
    EXPECT_EQ(ErrorOf(CopyAll(db(), *target.db, kNoProgress)),
              "failed_precondition/database_not_empty");
    EXPECT_EQ(Dump(*target.db), before);
  }
}

TEST_P(Copy, RefusesAnotherSchema) {
  TestDatabase target = Target(GetParam());
  Must(target.db->Write([](db::Tx& tx) -> Result<void> {
    static constexpr db::Sql kNewer{
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES (1000, 'newer', 0)"};
    TRY(tx.Execute(kNewer, {}));
    return Ok();
  }));
  EXPECT_EQ(ErrorOf(CopyAll(db(), *target.db, kNoProgress)), "failed_precondition/schema_differs");
}

TEST_P(Copy, LeavesNothingBehindWhenItFails) {
  Seed();
  TestDatabase target = Target(GetParam());
  Must(target.db->Write([](db::Tx& tx) { return tx.Script("DROP TABLE settings"); }));
  Must(target.db->Write([](db::Tx& tx) {
    return tx.Script(
        "CREATE TABLE settings (name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,"
        " value TEXT NOT NULL CHECK (value <> 'v'))");
  }));
  const auto copied = CopyAll(db(), *target.db, kNoProgress);
  EXPECT_EQ(ErrorOf(copied), "failed_precondition/constraint_violation");
  EXPECT_EQ(Dump(*target.db), "");
}

TEST_P(Copy, OfManyRowsGoesPageByPage) {
  const auto repository = EnsureRepo("a");
  const auto id = PushImage("a", {"image", {}, "", "", ""});
  Write([&](db::Tx& tx) {
    for (int i = 0; i < 2500; ++i) {
      Must(SetTag(tx, repository, TagNamed("t" + std::to_string(i)), id, now()));
    }
  });
  TestDatabase target = Target(GetParam());
  std::vector<int64_t> rows;
  Must(CopyAll(db(), *target.db, [&](const CopyProgress& progress) {
    if (progress.table == std::string("tags")) rows.push_back(progress.rows);
  }));
  EXPECT_EQ(rows, (std::vector<int64_t>{1000, 2000, 2500}));
  EXPECT_EQ(Dump(*target.db), Dump(db()));
}

INSTANTIATE_TEST_SUITE_P(Meta, Copy, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
