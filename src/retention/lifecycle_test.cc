// Policies, previews and runs over a whole registry.
#include "retention/lifecycle.h"

#include <atomic>
#include <string>

#include "core/pins.h"
#include "core/testing.h"
#include "meta/lifecycle.h"
#include "retention/executor.h"

namespace gantry::retention {
namespace {

using core::Must;
using core::ReasonOf;

std::string RuleText(const std::string& selection,
                     const std::string& action = R"({"type":"expire"})") {
  return R"({"rules":[{"rulePriority":1,"selection":{)" + selection + R"(},"action":)" + action +
         "}]}";
}
std::string KeepNewest(int count) {
  return RuleText(R"("tagStatus":"any","countType":"imageCountMoreThan","countNumber":)" +
                  std::to_string(count));
}

class LifecycleTest : public core::CoreTest {
 protected:
  LifecycleTest() : lifecycle_(store_), executor_(store_, manifests_, nullptr, stopping_) {}

  // v1 … vN, a day apart; layers of ten bytes, one of them shared by all.
  void PushVersions(int count) {
    for (int i = 1; i <= count; ++i) {
      clock_.Advance(Hours(24));
      PushImage(app_, "v" + std::to_string(i), {"shared-0", "layer-" + std::to_string(1000 + i)});
    }
  }
  PreviewPage Preview(PreviewQuery query = {}) {
    Must(lifecycle_.StartPreview(app_, std::nullopt));
    return Must(lifecycle_.GetPreview(app_, query));
  }
  bool Exists(const std::string& tag) { return manifests_.Get(app_, Tag(tag)).ok(); }

  const meta::RepositoryKey app_ = Repo("team/app");
  Lifecycle lifecycle_;
  std::atomic<bool> stopping_ = false;
  Executor executor_;
};

TEST_F(LifecycleTest, PoliciesAreKeptByScope) {
  const Scope scope = Scope::Repository(app_);
  EXPECT_EQ(ReasonOf(lifecycle_.PutPolicy(scope, Form::kEcr, KeepNewest(1))), "name_unknown");
  PushVersions(1);
  EXPECT_EQ(ReasonOf(lifecycle_.GetPolicy(scope, Form::kEcr)), "lifecycle_policy_unknown");
  EXPECT_EQ(ReasonOf(lifecycle_.PutPolicy(scope, Form::kEcr, "{}")), "lifecycle_policy_invalid");
  EXPECT_EQ(ReasonOf(lifecycle_.PutPolicy(scope, Form::kHarbor, "{}")), "lifecycle_form_not_here");
  Must(lifecycle_.PutPolicy(scope, Form::kEcr, KeepNewest(1)));
  EXPECT_EQ(Must(lifecycle_.GetPolicy(scope, Form::kEcr)).text, KeepNewest(1));
  EXPECT_EQ(Must(lifecycle_.DeletePolicy(scope, Form::kEcr)).text, KeepNewest(1));
  EXPECT_EQ(ReasonOf(lifecycle_.DeletePolicy(scope, Form::kEcr)), "lifecycle_policy_unknown");
}

TEST_F(LifecycleTest, TheNearestPolicyCounts) {
  PushVersions(3);
  Must(lifecycle_.PutPolicy(Scope::Account(kAccount), Form::kEcr, KeepNewest(1)));
  EXPECT_EQ(Preview().summary.expired, 2);
  Must(lifecycle_.PutPolicy(Scope::Project(kAccount, "team"), Form::kEcr, KeepNewest(2)));
  EXPECT_EQ(Preview().summary.expired, 1);
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(3)));
  EXPECT_EQ(Preview().summary.expired, 0);
}

TEST_F(LifecycleTest, APreviewSaysWhatGoesAndWhatStaysAndHowManyBytes) {
  PushVersions(3);
  EXPECT_EQ(ReasonOf(lifecycle_.StartPreview(app_, std::nullopt)), "lifecycle_policy_unknown");
  EXPECT_EQ(ReasonOf(lifecycle_.GetPreview(app_, {})), "lifecycle_preview_unknown");
  PushImage(Repo("other"), "x", {"layer-1001"});
  Must(lifecycle_.StartPreview(app_, KeepNewest(1)));
  const PreviewPage acted_on = Must(lifecycle_.GetPreview(app_, {}));
  EXPECT_EQ(acted_on.images.size(), 2u);
  EXPECT_EQ(acted_on.policy_text, KeepNewest(1));
  EXPECT_EQ(acted_on.summary.unique_bytes, 10);  // layer-1002
  EXPECT_EQ(acted_on.summary.shared_bytes, 10);  // layer-1001, that other/x has too
  PreviewQuery all;
  all.acted_on_only = false;
  all.limit = 2;
  const PreviewPage first = Must(lifecycle_.GetPreview(app_, all));
  EXPECT_TRUE(first.more);
  all.after = first.images.back().digest;
  const PreviewPage second = Must(lifecycle_.GetPreview(app_, all));
  EXPECT_FALSE(second.more);
  EXPECT_EQ(first.images.size() + second.images.size(), 3u);
  clock_.Advance(Hours(25));
  EXPECT_EQ(Must(lifecycle_.GetPreview(app_, {})).status, PreviewStatus::kExpired);
  EXPECT_TRUE(Exists("v1"));  // nothing was done
}

TEST_F(LifecycleTest, ARunDoesWhatWasShownAndIsUndoneByOneCall) {
  PushVersions(4);
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(1)));
  const PreviewPage shown = Preview();
  const auto run = Must(executor_.Run(app_, {"request", shown.fingerprint}));
  EXPECT_EQ(run.status, "done");
  EXPECT_EQ(run.expired, 3);
  EXPECT_FALSE(Exists("v3"));
  EXPECT_TRUE(Exists("v4"));
  EXPECT_EQ(Must(trash_.List(app_, {}, 10)).items[0].reason.rfind("lifecycle: rule 1", 0), 0u);
  EXPECT_GT(
      Must(lifecycle_.GetPolicy(Scope::Repository(app_), Form::kEcr)).last_evaluated_at.micros, 0);
  const auto restored = Must(trash_.RestoreRun(run.id, [](const auto&) {}));
  EXPECT_EQ(restored.restored, 3);
  for (const char* tag : {"v1", "v2", "v3"}) EXPECT_TRUE(Exists(tag));
}

TEST_F(LifecycleTest, ARunOfAStalePlanSaysWhatChanged) {
  PushVersions(3);
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(1)));
  const PreviewPage shown = Preview();
  PushVersions(4);
  const auto run = executor_.Run(app_, {"request", shown.fingerprint});
  ASSERT_EQ(ReasonOf(run), "lifecycle_plan_changed");
  EXPECT_NE(run.error().message().find("1 more"), std::string::npos) << run.error().message();
  EXPECT_TRUE(Exists("v1"));
}

TEST_F(LifecycleTest, WhatIsPinnedStays) {
  PushVersions(3);
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(1)));
  meta::Pin pin;
  pin.digest = Must(manifests_.Get(app_, Tag("v1")))->digest;
  pin.source = "manual";
  pin.reason = "the last that works";
  Must(core::Pins(store_).Put(kAccount, pin));
  EXPECT_EQ(Preview().summary.pinned, 1);
  EXPECT_EQ(Must(executor_.Run(app_, {})).expired, 1);
  EXPECT_TRUE(Exists("v1"));
  EXPECT_FALSE(Exists("v2"));
}

TEST_F(LifecycleTest, AnIndexGoesWithItsChildren) {
  const std::string child = ImageOf({});
  const std::string index =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" +
      DescriptorOf(child, std::string(oci::kImageManifest)) + "]}";
  PushBlob(app_, "{}");
  Must(Put(app_, DigestOf(child).text(), child));
  Must(Put(app_, "multi", index, oci::kImageIndex));
  clock_.Advance(Hours(24));
  PushVersions(1);
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(1)));
  const auto run = Must(executor_.Run(app_, {}));
  EXPECT_EQ(run.expired, 2);
  EXPECT_EQ(run.refused, 0);
  Must(trash_.RestoreRun(run.id, [](const auto&) {}));
  EXPECT_TRUE(Exists("multi"));
  EXPECT_TRUE(manifests_.Get(app_, DigestOf(child)).ok());
}

TEST_F(LifecycleTest, TagsGoAndImagesIntoTheArchiveAndOut) {
  PushVersions(2);
  Must(Put(app_, "branch-x", ImageOf({"shared-0", "layer-1001"})));
  const Scope scope = Scope::Repository(app_);
  Must(lifecycle_.PutPolicy(
      scope, Form::kEcr,
      RuleText(
          R"("tagStatus":"tagged","tagPatternList":["branch-*"],"countType":"imageCountMoreThan","countNumber":1)",
          R"({"type":"untag"})")));
  EXPECT_EQ(Must(executor_.Run(app_, {})).untagged, 0);
  Must(Put(app_, "branch-y", ImageOf({"shared-0", "layer-1002"})));
  EXPECT_EQ(Must(executor_.Run(app_, {})).untagged, 1);
  EXPECT_TRUE(Exists("v1"));
  Must(lifecycle_.PutPolicy(
      scope, Form::kEcr,
      R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"transition","targetStorageClass":"archive"}},)"
      R"({"rulePriority":2,"selection":{"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90},"action":{"type":"expire"}}]})"));
  EXPECT_EQ(Must(executor_.Run(app_, {})).archived, 1);
  EXPECT_EQ(Must(executor_.Run(app_, {})).planned, 0);
  clock_.Advance(Hours(24 * 91));
  EXPECT_EQ(Must(executor_.Run(app_, {})).expired, 1);
}

TEST_F(LifecycleTest, APassGoesOverAllWithAPolicy) {
  PushVersions(3);
  PushImage(Repo("other"), "x", {});
  EXPECT_EQ(Must(executor_.RunSome("", {}, "schedule")), "");
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(1)));
  EXPECT_EQ(Must(executor_.RunSome("", clock_.Now() + Hours(1), "push")), "");
  EXPECT_TRUE(Exists("v1"));
  EXPECT_EQ(Must(executor_.RunSome("", {}, "schedule")), "");
  EXPECT_FALSE(Exists("v1"));
  std::vector<meta::LifecycleRunRow> runs;
  EXPECT_EQ(ReasonOf(store_.db.Read([&](db::Tx& tx) -> Result<void> {
              TRY_ASSIGN(runs,
                         meta::ListLifecycleRuns(tx, std::string(kAccount.text()) + "/", {}, 10));
              return Ok();
            })),
            "");
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].expired, 2);
  EXPECT_EQ(runs[0].cause, "schedule");
}

TEST_F(LifecycleTest, APastDayAndAnotherPolicy) {
  PushVersions(3);
  Must(lifecycle_.PutPolicy(Scope::Repository(app_), Form::kEcr, KeepNewest(1)));
  PreviewOptions yesterday;
  yesterday.as_of = clock_.Now() - Hours(24);
  const auto page = Must(lifecycle_.Preview(app_, yesterday, {}));
  EXPECT_EQ(page.summary.images, 2);
  EXPECT_EQ(page.summary.expired, 1);
  const auto differences = Must(lifecycle_.Compare(app_, KeepNewest(2)));
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences[0].before.outcome, Outcome::kExpire);
  EXPECT_EQ(differences[0].after.outcome, Outcome::kKeep);
}

}  // namespace
}  // namespace gantry::retention
