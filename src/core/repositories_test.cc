#include "core/repositories.h"

#include "core/creation_templates.h"
#include "core/testing.h"
#include "meta/account_documents.h"
#include "meta/accounts.h"
#include "meta/consistency.h"
#include "meta/policies.h"

namespace gantry::core {
namespace {

class RepositoriesTest : public CoreTest {
 protected:
  ~RepositoriesTest() override {
    for (const auto& finding : Must(meta::CheckConsistency(*database_)))
      EXPECT_TRUE(finding.information) << finding.what << " " << finding.subject;
  }

  static meta::RepositorySettings Immutable() {
    meta::RepositorySettings settings;
    settings.tag_mutability = meta::TagMutability::kImmutable;
    return settings;
  }

  Repositories repositories_{store_};
};

TEST_F(RepositoriesTest, AreCreatedOnceWithSettingsAndLabels) {
  const auto created =
      Must(repositories_.Create(Repo("shop/web"), Immutable(), {{"team", "a"}, {"env", "x"}}));
  EXPECT_EQ(created.repository.name, "shop/web");
  EXPECT_EQ(created.settings.tag_mutability, meta::TagMutability::kImmutable);
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("shop/web"), {}, {})), "repository_exists");
  EXPECT_EQ(Must(repositories_.Labels(Repo("shop/web"))),
            (std::vector<meta::Label>{{"env", "x"}, {"team", "a"}}));
  ASSERT_TRUE(repositories_.RemoveLabels(Repo("shop/web"), {"env", "none"}).ok());
  ASSERT_TRUE(repositories_.PutLabels(Repo("shop/web"), {{"team", "b"}}).ok());
  EXPECT_EQ(Must(repositories_.Labels(Repo("shop/web"))),
            (std::vector<meta::Label>{{"team", "b"}}));
  EXPECT_EQ(ReasonOf(repositories_.Describe(Repo("shop"))), "name_unknown");
}

TEST_F(RepositoriesTest, HaveLimits) {
  std::vector<meta::Label> labels;
  for (size_t i = 0; i <= kLabelsMax; ++i) labels.emplace_back("k" + std::to_string(i), "v");
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("a"), {}, labels)), "too_many_labels");
  EXPECT_EQ(ReasonOf(repositories_.Describe(Repo("a"))), "name_unknown");
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("a"), {}, {{"", "v"}})), "label_invalid");
  meta::RepositorySettings settings;
  settings.mutability_filters = {"v*"};
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("a"), settings, {})), "filter_invalid");
  settings.tag_mutability = meta::TagMutability::kImmutableWithExclusion;
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("a"), settings, {})), "");
  settings.mutability_filters = {"a b"};
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("b"), settings, {})), "filter_invalid");
  settings.mutability_filters = {};
  EXPECT_EQ(ReasonOf(repositories_.Create(Repo("b"), settings, {})), "filter_invalid");
}

TEST_F(RepositoriesTest, AreListedByPrefix) {
  for (const char* name : {"a", "a/b", "a/c", "a-b", "b/a"})
    Must(repositories_.Create(Repo(name), {}, {}));
  const auto names = [&](const std::string& prefix, const std::string& after, int64_t limit) {
    std::vector<std::string> found;
    for (const auto& item : Must(repositories_.List(kAccount, prefix, after, limit)).items)
      found.push_back(item.repository.name);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("", "", 10), (Names{"a", "a-b", "a/b", "a/c", "b/a"}));
  EXPECT_EQ(names("a/", "", 10), (Names{"a/b", "a/c"}));
  EXPECT_EQ(names("a/", "a/b", 10), (Names{"a/c"}));
  EXPECT_EQ(names("a", "", 2), (Names{"a", "a-b"}));
  EXPECT_EQ(names("a", "a-b", 2), (Names{"a/b", "a/c"}));
  EXPECT_EQ(names("a", "b", 2), Names());
  EXPECT_TRUE(Must(repositories_.List(kAccount, "a", "", 2)).more);
}

TEST_F(RepositoriesTest, ShowTheirImages) {
  const auto image = PushImage(Repo("app"), "v1", {"layer one", "layer two"});
  const std::string signature =
      ImageOf({}, R"(,"subject":{"mediaType":")" + std::string(oci::kImageManifest) +
                      R"(","digest":")" + image.text() + R"(","size":1})");
  const auto referrer = Must(Put(Repo("app"), DigestOf(signature).text(), signature)).digest;
  const std::string index = R"({"schemaVersion":2,"mediaType":")" + std::string(oci::kImageIndex) +
                            R"(","manifests":[{"mediaType":")" + std::string(oci::kImageManifest) +
                            R"(","digest":")" + image.text() + R"(","size":1}]})";
  const auto list = Must(Put(Repo("app"), "all", index, oci::kImageIndex)).digest;

  const auto found = Must(repositories_.ImageOf(Repo("app"), Tag("v1")));
  EXPECT_EQ(found.digest, image.text());
  EXPECT_EQ(found.tags, std::vector<std::string>{"v1"});
  EXPECT_EQ(found.parents, std::vector<std::string>{list.text()});
  EXPECT_EQ(found.image_size, 20);  // "{}" and the layers
  EXPECT_FALSE(found.last_pulled_at.has_value());
  const auto whole = Must(repositories_.ImageOf(Repo("app"), list));
  EXPECT_EQ(whole.children, std::vector<std::string>{image.text()});
  EXPECT_EQ(whole.image_size, 20);
  EXPECT_EQ(Must(repositories_.ImageOf(Repo("app"), referrer)).subject, image.text());

  EXPECT_EQ(Must(repositories_.Images(Repo("app"), meta::ImageFilter::kAny, "", 2)).items.size(),
            2u);
  EXPECT_TRUE(Must(repositories_.Images(Repo("app"), meta::ImageFilter::kAny, "", 2)).more);
  const auto untagged =
      Must(repositories_.Images(Repo("app"), meta::ImageFilter::kUntagged, "", 10)).items;
  ASSERT_EQ(untagged.size(), 1u);
  EXPECT_EQ(untagged[0].digest, referrer.text());
  EXPECT_EQ(
      Must(repositories_.Images(Repo("app"), meta::ImageFilter::kTagged, "", 10)).items.size(), 2u);
  EXPECT_EQ(ReasonOf(repositories_.ImageOf(Repo("app"), Tag("v2"))), "manifest_unknown");
}

TEST_F(RepositoriesTest, AreDeletedWithAllInThemAndComeBack) {
  const auto digest = PushImage(Repo("app"), "v1", {"layer"});
  PushImage(Repo("app"), "v2", {"other"});
  ASSERT_TRUE(
      repositories_
          .UpdateSettings(Repo("app"), [](auto& settings) { settings.description = "kept"; })
          .ok());
  ASSERT_TRUE(repositories_.LockTag(Repo("app"), Tag("v1"), true).ok());
  EXPECT_EQ(ReasonOf(repositories_.Delete(Repo("app"), false, "test")), "repository_not_empty");
  const auto deleted = Must(repositories_.Delete(Repo("app"), true, "test"));
  EXPECT_EQ(deleted.description.repository.counts.manifests, 2);

  EXPECT_EQ(ReasonOf(repositories_.Describe(Repo("app"))), "name_unknown");
  EXPECT_TRUE(Must(repositories_.List(kAccount, "", "", 10)).items.empty());
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("app"), Tag("v1"))), "name_unknown");
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("app"), DigestOf("layer"))), "name_unknown");

  int progress = 0;
  const auto restored = Must(trash_.RestoreRun(deleted.run, [&](const auto&) { ++progress; }));
  EXPECT_EQ(restored.restored, 1);
  EXPECT_EQ(progress, 1);
  EXPECT_EQ(Must(manifests_.Get(Repo("app"), Tag("v1")))->digest, digest.text());
  EXPECT_TRUE(blobs_.Open(Repo("app"), DigestOf("layer")).ok());
  EXPECT_EQ(Must(repositories_.Describe(Repo("app"))).settings.description, "kept");
  EXPECT_EQ(Must(repositories_.Describe(Repo("app"))).repository.counts.tags, 2);
  PushImage(Repo("app"), "v3", {"new"});
  EXPECT_EQ(ReasonOf(Put(Repo("app"), "v1", ImageOf({"new"}))), "tag_immutable");  // still locked
  EXPECT_EQ(ReasonOf(trash_.RestoreRun(deleted.run, [](const auto&) {})), "run_unknown");
}

TEST_F(RepositoriesTest, ANewOneOfTheNameStartsAfreshAndCanBeRestoredInto) {
  const auto digest = PushImage(Repo("app"), "v1", {"layer"});
  ASSERT_TRUE(repositories_
                  .UpdateSettings(Repo("app"), [](auto& settings) { settings.description = "old"; })
                  .ok());
  const auto run = Must(repositories_.Delete(Repo("app"), true, "test")).run;
  Must(repositories_.Create(Repo("app"), {}, {}));
  EXPECT_EQ(Must(repositories_.Describe(Repo("app"))).settings.description, "");
  // Knowing a digest grants nothing, in the new repository neither.
  EXPECT_EQ(ReasonOf(blobs_.Open(Repo("app"), DigestOf("layer"))), "blob_unknown");
  EXPECT_EQ(ReasonOf(manifests_.Get(Repo("app"), digest)), "manifest_unknown");
  const auto newer = PushImage(Repo("app"), "v1", {"new"});
  const auto restored = Must(trash_.RestoreRun(run, [](const auto&) {}));
  EXPECT_EQ(restored.tags_kept, 1);
  EXPECT_EQ(Must(manifests_.Get(Repo("app"), Tag("v1")))->digest, newer.text());
  EXPECT_TRUE(manifests_.Get(Repo("app"), digest).ok());
  EXPECT_TRUE(blobs_.Open(Repo("app"), DigestOf("layer")).ok());
}

TEST_F(RepositoriesTest, LeaveWhatWasAttachedToThemInTheTrash) {
  const auto bindings = [&] {
    std::vector<meta::RoleBinding> found;
    EXPECT_TRUE(store_.db
                    .Read([&](db::Tx& tx) -> Result<void> {
                      TRY_ASSIGN(found, meta::ListRoleBindings(tx, kAccount));
                      return Ok();
                    })
                    .ok());
    std::vector<std::string> texts;
    for (const auto& one : found) texts.push_back(one.scope.kind + " " + one.principal);
    return texts;
  };
  const auto bind = [&](const std::string& principal) {
    EXPECT_TRUE(store_.db
                    .Write([&](db::Tx& tx) -> Result<void> {
                      TRY(meta::AddRoleBinding(
                          tx, store_.ids, kAccount,
                          {{}, meta::ScopeOf(Repo("app")), "reader", principal, "", {}}));
                      return Ok();
                    })
                    .ok());
  };
  using Texts = std::vector<std::string>;
  EXPECT_TRUE(
      store_.db.Write([&](db::Tx& tx) {
                 return meta::InsertAccount(tx, {kAccount, "", {}});
               })
          .ok());
  PushImage(Repo("app"), "v1", {"layer"});
  bind("user:old");
  bind("user:both");
  const auto run = Must(repositories_.Delete(Repo("app"), true, "test")).run;
  EXPECT_EQ(bindings(), Texts());
  PushImage(Repo("app"), "v1", {"layer"});  // the same image, by somebody else
  bind("user:new");
  bind("user:both");
  EXPECT_EQ(bindings(), (Texts{"repository user:both", "repository user:new"}));
  Must(trash_.RestoreRun(run, [](const auto&) {}));
  EXPECT_EQ(bindings(),
            (Texts{"repository user:both", "repository user:new", "repository user:old"}));

  Must(repositories_.Delete(Repo("app"), true, "test"));
  clock_.Advance(store_.settings.trash_period);
  Must(trash_.PurgeExpired(100));
  EXPECT_TRUE(store_.db
                  .Read([&](db::Tx& tx) -> Result<void> {
                    static constexpr db::Sql kAny{"SELECT COUNT(*) FROM role_bindings"};
                    return tx.Query(kAny, {}, [](const db::Row& row) -> Result<void> {
                      EXPECT_EQ(row.Integer(0), 0);
                      return Ok();
                    });
                  })
                  .ok());
}

TEST_F(RepositoriesTest, WithoutImagesComeBackToo) {
  Must(repositories_.Create(Repo("app"), Immutable(), {{"team", "a"}}));
  const auto run = Must(repositories_.Delete(Repo("app"), false, "test")).run;
  EXPECT_EQ(ReasonOf(repositories_.Labels(Repo("app"))), "name_unknown");
  Must(trash_.RestoreRun(run, [](const auto&) {}));
  EXPECT_EQ(Must(repositories_.Labels(Repo("app"))).size(), 1u);
  const auto again = Must(repositories_.Delete(Repo("app"), false, "test")).run;
  Must(repositories_.Create(Repo("app"), {}, {}));
  EXPECT_EQ(ReasonOf(trash_.RestoreRun(again, [](const auto&) {})), "run_unknown");
}

TEST_F(RepositoriesTest, GoForGoodWithTheTrash) {
  PushImage(Repo("app"), "v1", {"layer"});
  Must(repositories_.Delete(Repo("app"), true, "test"));
  clock_.Advance(store_.settings.trash_period);
  clock_.Advance(Hours(1));
  Must(collector_.Run());
  clock_.Advance(store_.settings.grace_period);
  clock_.Advance(Hours(1));
  Must(collector_.Run());
  ASSERT_TRUE(database_
                  ->Read([](db::Tx& tx) -> Result<void> {
                    static constexpr db::Sql kAll{"SELECT name FROM repositories"};
                    return tx.Query(kAll, {}, [](const db::Row& row) {
                      ADD_FAILURE() << row.Text(0);
                      return Ok();
                    });
                  })
                  .ok());
}

TEST_F(RepositoriesTest, TakeSettingsFromTheTemplateOfTheLongestPrefix) {
  const auto put = [&](const std::string& prefix, const std::string& body) {
    ASSERT_TRUE(database_
                    ->Write([&](db::Tx& tx) {
                      return meta::PutAccountDocument(
                          tx, kAccount, {kCreationTemplateKind, prefix, body, {}, {}});
                    })
                    .ok());
  };
  put("ROOT", R"({"appliedFor":["CREATE_ON_PUSH"],"description":"root"})");
  put("shop", R"({"appliedFor":["CREATE_ON_PUSH"],"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION",
      "imageTagMutabilityExclusionFilters":[{"filterType":"WILDCARD","filter":"dev-*"}],
      "resourceTags":[{"Key":"team","Value":"shop"}]})");
  put("shop/web", R"({"appliedFor":["REPLICATION"],"description":"no"})");
  PushImage(Repo("shop/web/app"), "v1", {"layer"});
  const auto settings = Must(repositories_.Describe(Repo("shop/web/app"))).settings;
  EXPECT_EQ(settings.tag_mutability, meta::TagMutability::kImmutableWithExclusion);
  EXPECT_EQ(settings.mutability_filters, std::vector<std::string>{"dev-*"});
  EXPECT_EQ(Must(repositories_.Labels(Repo("shop/web/app"))),
            (std::vector<meta::Label>{{"team", "shop"}}));
  PushImage(Repo("shopping"), "v1", {"layer"});
  EXPECT_EQ(Must(repositories_.Describe(Repo("shopping"))).settings.description, "root");
}

}  // namespace
}  // namespace gantry::core
