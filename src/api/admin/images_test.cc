#include "api/admin/testing/admin_fixture.h"

// Settings of repositories, tags that stay, pins, runs.
namespace gantry::api::admin {
namespace {

using ImagesTest = AdminTest;

TEST_F(ImagesTest, RepositoriesAreMadeSetDeletedAndRestored) {
  const std::string settings = "/repositories/shop/web/settings";
  EXPECT_EQ(Post("boss", settings, R"({"tagMutability":"NO"})").Reason(), "field_invalid");
  const Answer made = Post("boss", settings, R"({"tagMutability":"IMMUTABLE_WITH_EXCLUSION",
      "mutabilityFilters":["dev-*"],"labels":{"team":"a"},"description":"the shop"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(Post("boss", settings, "{}").Reason(), "repository_exists");
  EXPECT_EQ(made.Text("tagMutability"), "IMMUTABLE_WITH_EXCLUSION");
  const Answer changed = Patch("boss", settings, R"({"tagMutability":"IMMUTABLE"})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(Get("boss", settings).Text("description"), "the shop");

  PushImage(Repo("shop/web"), "v1", {"one"});
  EXPECT_EQ(Post("boss", "/repositories/shop/web/deletion", "{}").Reason(), "repository_not_empty");
  const Answer deleted = Post("boss", "/repositories/shop/web/deletion", R"({"notEmptyToo":true})");
  EXPECT_EQ(deleted.status, 200) << deleted.body;
  EXPECT_EQ(Get("boss", settings).Reason(), "name_unknown");
  EXPECT_EQ(Get("root", "/trash").status, 200);
  const Answer restored = Post("root", "/runs/" + deleted.Text("run") + "/restore", "");
  EXPECT_EQ(restored.status, 200) << restored.body;
  EXPECT_TRUE(manifests_.Get(Repo("shop/web"), Tag("v1")).ok());
  EXPECT_EQ(Post("root", "/runs/17/restore", "").Reason(), "run_unknown");
}

TEST_F(ImagesTest, TagsAreLockedAndRulesKeepThem) {
  PushImage(Repo("shop/web"), "v1", {"one"});
  EXPECT_EQ(Put("boss", "/repositories/shop/web/tag-locks/v2", "").Reason(), "manifest_unknown");
  EXPECT_EQ(Put("boss", "/repositories/shop/web/tag-locks/v1", "").status, 204);
  const std::string deletions = "/repositories/shop/web/image-deletions";
  EXPECT_EQ(Post("boss", deletions, R"({"reference":"v1"})").Reason(), "tag_immutable");
  EXPECT_EQ(Delete("boss", "/repositories/shop/web/tag-locks/v1").status, 204);

  const std::string rules = "/projects/shop/immutability-rules";
  const Answer rule = Post("boss", rules, R"({"tags":"v*"})");
  EXPECT_EQ(rule.status, 201) << rule.body;
  EXPECT_EQ(rule.Text("repositories"), "**");
  EXPECT_EQ(Get("boss", rules).status, 200);
  EXPECT_EQ(Post("boss", deletions, R"({"reference":"v1"})").Reason(), "tag_immutable");
  EXPECT_EQ(Delete("boss", rules + "/" + rule.Text("id")).status, 204);
  EXPECT_EQ(Delete("boss", rules + "/" + rule.Text("id")).Reason(), "rule_unknown");
  EXPECT_EQ(Post("boss", deletions, R"({"reference":"v1"})").status, 204);
}

TEST_F(ImagesTest, PinsKeepImagesUntilForced) {
  const auto digest = PushImage(Repo("shop/web"), "v1", {"one"}).text();
  const Answer pin =
      Post("boss", "/pins", R"({"digest":")" + digest + R"(","reason":"audit","detail":{"a":1}})");
  EXPECT_EQ(pin.status, 201) << pin.body;
  EXPECT_EQ(pin.Text("source"), "manual");
  EXPECT_EQ(Get("boss", "/pins?digest=" + digest).status, 200);
  const std::string deletions = "/repositories/shop/web/image-deletions";
  const std::string reference = R"({"reference":")" + digest + "\"";
  EXPECT_EQ(Post("boss", deletions, reference + "}").Reason(), "image_pinned");
  EXPECT_EQ(Post("boss", deletions, reference + R"(,"force":true})").status, 204);
  EXPECT_EQ(Delete("boss", "/pins/" + pin.Text("id")).status, 204);
  EXPECT_EQ(Post("boss", "/pins", R"({"digest":"sha256:no"})").status, 400);
}

TEST_F(ImagesTest, SourcesReportWhatTheySee) {
  const auto digest = PushImage(Repo("shop/web"), "v1", {"one"}).text();
  const std::string source = "/pin-sources/kube%3Aprod";
  const std::string report = R"([{"digest":")" + digest +
                             R"(","repository":"shop/web","reason":"runs",)"
                             R"("detail":{"namespace":"shop","pods":3}}])";
  EXPECT_EQ(Put("boss", source + "/state", R"({"pins":)" + report + "}").Reason(),
            "pin_source_unknown");
  EXPECT_EQ(Put("boss", source, R"({"kind":"kube","silentAfterSeconds":900})").status, 204);
  const Answer state = Put("boss", source + "/state", R"({"pins":)" + report + "}");
  EXPECT_EQ(state.status, 200) << state.body;
  EXPECT_EQ(Post("boss", source + "/heartbeat", "").status, 204);
  EXPECT_EQ(Get("boss", "/pins?source=kube%3Aprod").status, 200);
  EXPECT_EQ(Get("boss", "/pin-sources").status, 200);
  const Answer changes = Post("boss", source + "/changes", R"({"removed":)" + report + "}");
  EXPECT_EQ(changes.status, 200) << changes.body;
  EXPECT_EQ(Delete("boss", source).status, 204);
}

}  // namespace
}  // namespace gantry::api::admin
