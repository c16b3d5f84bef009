#include <algorithm>
#include <tuple>

#include "meta/counters.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

using Tags = Contract;

TEST_P(Tags, AreSetAndMoved) {
  const auto one = PushImage("a", {"one", {}, "", "", "v"});
  const auto two = PushImage("a", {"two", {}, "", "", ""});
  const auto a = EnsureRepo("a");
  const Time created = now();
  const auto find = [&](const std::string& name) {
    std::optional<TagRow> tag;
    Read([&](db::Tx& tx) { tag = Must(FindTag(tx, a, TagNamed(name))); });
    return tag;
  };
  const auto set = [&](ManifestId manifest) {
    Write([&](db::Tx& tx) { Must(SetTag(tx, a, TagNamed("v"), manifest, now())); });
  };
  EXPECT_EQ(find("none"), std::nullopt);
  EXPECT_EQ(find("v")->manifest, one);
  EXPECT_EQ(find("v")->name, "v");
  clock_.Advance(Seconds(1));
  set(one);
  EXPECT_EQ(find("v")->updated_at, created);
  EXPECT_EQ(Repo("a").updated_at, created);
  set(two);
  EXPECT_EQ(find("v")->manifest, two);
  EXPECT_EQ(find("v")->created_at, created);
  EXPECT_EQ(find("v")->updated_at, now());
  EXPECT_EQ(Repo("a").updated_at, now());
  EXPECT_EQ(Repo("a").counts.tags, 1);
  Read([&](db::Tx& tx) { EXPECT_EQ(Must(SumCounter(tx, Counter::kTags)), 1); });
}

TEST_P(Tags, DifferByCase) {
  PushImage("a", {"lower", {}, "", "", "v"});
  PushImage("a", {"upper", {}, "", "", "V"});
  EXPECT_EQ(Repo("a").counts.tags, 2);
}

TEST_P(Tags, GoToTheTrashAlone) {
  PushImage("a", {"image", {}, "", "", "v1"});
  const auto id = Manifest("a", "image").id;
  const auto a = EnsureRepo("a");
  const Time created = now();
  clock_.Advance(Seconds(1));
  Write([&](db::Tx& tx) {
    Must(SetTag(tx, a, TagNamed("v2"), id, now()));
    const TrashId trash = NewTrash(tx, "a", TrashKind::kTag, "v1");
    EXPECT_EQ(Must(TrashTag(tx, a, TagNamed("v1"), trash, now())), 1);
    EXPECT_EQ(Must(TrashTag(tx, a, TagNamed("v1"), trash, now())), 0);
    EXPECT_FALSE(Must(FindTag(tx, a, TagNamed("v1"))).has_value());
    const auto trashed = Must(ListTrashedTags(tx, trash));
    ASSERT_EQ(trashed.size(), 1u);
    EXPECT_EQ(trashed[0].name, "v1");
    EXPECT_EQ(trashed[0].manifest, id);
    EXPECT_EQ(trashed[0].created_at, created);
    EXPECT_EQ(Must(SumCounter(tx, Counter::kTags)), 1);
    Must(DeleteTrashedTags(tx, trash));
    EXPECT_TRUE(Must(ListTrashedTags(tx, trash)).empty());
    Must(DeleteTrash(tx, trash));
  });
  EXPECT_EQ(Repo("a").counts.tags, 1);
}

TEST_P(Tags, GoToTheTrashWithTheirManifest) {
  PushImage("a", {"image", {}, "", "", "v1"});
  PushImage("a", {"other", {}, "", "", "stays"});
  const auto id = Manifest("a", "image").id;
  const auto a = EnsureRepo("a");
  Write([&](db::Tx& tx) { Must(SetTag(tx, a, TagNamed("v0"), id, now())); });
  const TrashId trash = DeleteImage("a", "image");
  EXPECT_EQ(Repo("a").counts.tags, 1);
  Write([&](db::Tx& tx) {
    EXPECT_EQ(Must(TrashTagsOf(tx, a, id, trash, now())), 0);
    // While the manifest is in the trash, its tags are nothing to restore.
    EXPECT_TRUE(Must(ListTrashedTags(tx, trash)).empty());
  });
  Restore(trash);
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(ListTagNames(tx, a, "", 10)), (std::vector<std::string>{"stays", "v0", "v1"}));
  });
}

TEST_P(Tags, NamesAreListedInByteOrder) {
  std::vector<std::string> names = {"a", "B", "b", "_", "1.0", "1.0-rc", "1.0.1", "10", "Z", "a_"};
  PushImage("r", {"image", {}, "", "", ""});
  PushImage("s", {"image", {}, "", "", "elsewhere"});
  const auto id = Manifest("r", "image").id;
  const auto repository = EnsureRepo("r");
  Write([&](db::Tx& tx) {
    for (const auto& name : names) Must(SetTag(tx, repository, TagNamed(name), id, now()));
  });
  std::sort(names.begin(), names.end());
  for (int64_t limit : {1, 3, 100}) {
    std::vector<std::string> listed;
    Read([&](db::Tx& tx) {
      for (std::string after;;) {
        const auto page = Must(ListTagNames(tx, repository, after, limit));
        listed.insert(listed.end(), page.begin(), page.end());
        if (static_cast<int64_t>(page.size()) < limit) break;
        after = page.back();
      }
    });
    EXPECT_EQ(listed, names);
  }
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(ListTagNames(tx, repository, "1.0.0", 1)).front(), "1.0.1");
  });
}

// Follows the pages to their end.
std::vector<TagListing> ListAll(db::Tx& tx, RepositoryId repository, TagPage page) {
  std::vector<TagListing> all;
  for (;;) {
    const auto listed = Must(ListTags(tx, repository, page));
    all.insert(all.end(), listed.begin(), listed.end());
    if (static_cast<int64_t>(listed.size()) < page.limit) return all;
    page.after_name = listed.back().name;
    page.after_time = listed.back().updated_at;
  }
}

TEST_P(Tags, AreListedInEveryOrder) {
  PushImage("s", {"image", {}, "", "", "elsewhere"});
  const auto repository = EnsureRepo("r");
  const auto id = PushImage("r", {"image", {"layer"}, "", "", ""});
  std::vector<std::pair<int64_t, std::string>> tags;  // updated_at, name
  for (int i = 0; i < 23; ++i) {
    const std::string name = "t" + std::to_string(i * 37 % 23);
    if (i % 4 == 0) clock_.Advance(Seconds(1));
    Write([&](db::Tx& tx) { Must(SetTag(tx, repository, TagNamed(name), id, now())); });
    tags.emplace_back(now().micros, name);
  }
  const auto names_of = [](const auto& list) {
    std::vector<std::string> names;
    for (const auto& tag : list) names.push_back(tag.name);
    return names;
  };
  for (const TagOrder order : {TagOrder::kName, TagOrder::kTime}) {
    for (const bool descending : {false, true}) {
      std::sort(tags.begin(), tags.end(), [&](const auto& a, const auto& b) {
        return order == TagOrder::kTime ? a < b : a.second < b.second;
      });
      if (descending) std::reverse(tags.begin(), tags.end());
      std::vector<std::string> expected;
      for (const auto& tag : tags) expected.push_back(tag.second);
      for (const int64_t limit : {1, 5, 100}) {
        Read([&](db::Tx& tx) {
          const TagPage page{order, descending, std::nullopt, {}, limit};
          EXPECT_EQ(names_of(ListAll(tx, repository, page)), expected)
              << static_cast<int>(order) << descending << limit;
        });
      }
    }
  }
  Read([&](db::Tx& tx) {
    const auto first = Must(ListTags(tx, repository, {TagOrder::kName, false, {}, {}, 1})).front();
    EXPECT_EQ(first.digest, DigestOf("image").text());
    EXPECT_EQ(first.media_type, oci::kImageManifest);
    EXPECT_EQ(first.size, 25);
    EXPECT_EQ(first.created_at, first.updated_at);
  });
}

TEST_P(Tags, APageStartsWhereATagWas) {
  const auto repository = EnsureRepo("r");
  const auto id = PushImage("r", {"image", {}, "", "", "a"});
  Write([&](db::Tx& tx) { Must(SetTag(tx, repository, TagNamed("c"), id, now())); });
  Read([&](db::Tx& tx) {
    TagPage page{TagOrder::kTime, false, "b", now(), 10};
    ASSERT_EQ(Must(ListTags(tx, repository, page)).size(), 1u);
    page.descending = true;
    EXPECT_EQ(Must(ListTags(tx, repository, page)).front().name, "a");
    page.order = TagOrder::kName;
    EXPECT_EQ(Must(ListTags(tx, repository, page)).front().name, "a");
  });
}

INSTANTIATE_TEST_SUITE_P(Meta, Tags, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
