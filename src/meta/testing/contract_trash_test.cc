#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

using TrashCan = Contract;

// Rows of the trash alone, without what they would restore.
class TrashRows : public Contract {
 protected:
  TrashId Insert(const std::string& repository, const std::string& subject, Duration until_purge) {
    check_at_end_ = false;
    TrashEntry entry;
    entry.repository = EnsureRepo(repository);
    entry.kind = TrashKind::kTag;
    entry.subject = subject;
    entry.reason = "api";
    entry.deleted_at = now();
    entry.purge_at = now() + until_purge;
    TrashId id;
    Write([&](db::Tx& tx) { id = Must(InsertTrash(tx, ids_, entry)); });
    return id;
  }

  static std::vector<std::string> SubjectsOf(const std::vector<TrashEntry>& entries) {
    std::vector<std::string> subjects;
    for (const auto& entry : entries) subjects.push_back(entry.subject);
    return subjects;
  }
};
using Subjects = std::vector<std::string>;

TEST_P(TrashRows, AreFoundById) {
  const auto id = Insert("a/b", "v1", Hours(2));
  Read([&](db::Tx& tx) {
    const auto entry = Must(FindTrash(tx, id)).value();
    EXPECT_EQ(entry.id, id);
    EXPECT_EQ(entry.repository, Must(FindRepositoryId(tx, Key("a/b"))));
    EXPECT_EQ(entry.repository_key, Key("a/b").text());
    EXPECT_EQ(entry.kind, TrashKind::kTag);
    EXPECT_EQ(entry.subject, "v1");
    EXPECT_EQ(entry.reason, "api");
    EXPECT_EQ(entry.deleted_at, now());
    EXPECT_EQ(entry.purge_at, now() + Hours(2));
    EXPECT_FALSE(Must(FindTrash(tx, {1})).has_value());
  });
  Write([&](db::Tx& tx) {
    Must(DeleteTrash(tx, id));
    Must(DeleteTrash(tx, id));
    EXPECT_FALSE(Must(FindTrash(tx, id)).has_value());
  });
}

TEST_P(TrashRows, AreListedOldestFirst) {
  Insert("a", "1", Hours(9));
  Insert("b", "2", Hours(8));
  const auto third = Insert("a", "3", Hours(7));
  Insert("a", "4", Hours(6));
  const auto a = EnsureRepo("a");
  Read([&](db::Tx& tx) {
    EXPECT_EQ(SubjectsOf(Must(ListTrash(tx, {}, {}, 10))), (Subjects{"1", "2", "3", "4"}));
    EXPECT_EQ(SubjectsOf(Must(ListTrash(tx, {}, {}, 2))), (Subjects{"1", "2"}));
    EXPECT_EQ(SubjectsOf(Must(ListTrash(tx, a, {}, 2))), (Subjects{"1", "3"}));
    EXPECT_EQ(SubjectsOf(Must(ListTrash(tx, a, third, 2))), (Subjects{"4"}));
    EXPECT_EQ(Must(ListTrash(tx, a, third, 2)).front().repository_key, Key("a").text());
  });
}

TEST_P(TrashRows, ExpireAtTheirTime) {
  Insert("a", "late", Hours(9));
  Insert("b", "soon", Hours(1));
  Insert("a", "middle", Hours(5));
  Read([&](db::Tx& tx) {
    EXPECT_TRUE(Must(ListExpiredTrash(tx, now(), 10)).empty());
    EXPECT_EQ(SubjectsOf(Must(ListExpiredTrash(tx, now() + Hours(1), 10))), (Subjects{"soon"}));
    EXPECT_EQ(SubjectsOf(Must(ListExpiredTrash(tx, now() + Hours(10), 2))),
              (Subjects{"soon", "middle"}));
  });
}

TEST_P(TrashCan, ATagDeletedTwiceIsTwoDeletions) {
  PushImage("a", {"image", {}, "", "", "v1"});
  const auto id = Manifest("a", "image").id;
  const auto a = EnsureRepo("a");
  std::vector<TrashId> deletions;
  for (int i = 0; i < 2; ++i) {
    Write([&](db::Tx& tx) {
      Must(SetTag(tx, a, TagNamed("v1"), id, now()));
      const TrashId trash = NewTrash(tx, "a", TrashKind::kTag, "v1");
      EXPECT_EQ(Must(TrashTag(tx, a, TagNamed("v1"), trash, now())), 1);
      deletions.push_back(trash);
    });
  }
  Purge(deletions[0]);
  Restore(deletions[1]);
  EXPECT_EQ(Repo("a").counts.tags, 1);
}

TEST_P(TrashCan, HoldsEnd) {
  Write([&](db::Tx& tx) {
    EXPECT_FALSE(Must(AnyHold(tx, now())));
    Must(InsertHold(tx, 5, "backup", now() + Hours(1)));
    EXPECT_TRUE(Must(AnyHold(tx, now())));
    EXPECT_FALSE(Must(AnyHold(tx, now() + Hours(1))));
    Must(InsertHold(tx, 6, "backup", now() + Hours(2)));
    EXPECT_TRUE(Must(AnyHold(tx, now() + Hours(1))));
    Must(DeleteHold(tx, 6));
    EXPECT_TRUE(Must(AnyHold(tx, now())));
    Must(DeleteHold(tx, 5));
    EXPECT_FALSE(Must(AnyHold(tx, now())));
  });
}

INSTANTIATE_TEST_SUITE_P(Meta, TrashRows, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });
INSTANTIATE_TEST_SUITE_P(Meta, TrashCan, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
