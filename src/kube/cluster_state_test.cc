#include "kube/cluster_state.h"

#include <gtest/gtest.h>

namespace gantry::kube {
namespace {

const std::string kDigestA = "sha256:" + std::string(64, 'a');
const std::string kDigestB = "sha256:" + std::string(64, 'b');

class ClusterStateTest : public ::testing::Test {
 protected:
  Image Named(const std::string& name) { return *registries_.Find("r.example.com/" + name); }

  void Put(Kind kind, const std::string& uid, const Owner& owner, Role role,
           const std::vector<std::string>& images) {
    Workload workload{kind, uid, owner, role, {}};
    for (const std::string& image : images) workload.images.push_back(Named(image));
    state_.Put(workload);
  }
  void PutPod(const std::string& uid, const std::string& image) {
    Put(Kind::kPod, uid, {"shop", "deployment", "api"}, Role::kRunning, {image});
  }

  std::map<std::string, std::string> Reasons() {
    std::map<std::string, std::string> reasons;
    for (const auto& [key, text] : state_.Pins("prod", [this](const Image& image) {
           return tags_.count(image) == 0 ? std::nullopt : std::optional(tags_.at(image));
         }))
      reasons[key.repository.text() + "@" + key.digest.text().substr(7, 1)] = text.reason;
    return reasons;
  }

  const Registries registries_ = Registries::Make({"r.example.com"}).value();
  ClusterState state_;
  std::map<Image, oci::Digest> tags_;
};

using Map = std::map<std::string, std::string>;

TEST_F(ClusterStateTest, PodsAreCounted) {
  for (const char* uid : {"1", "2", "3"}) PutPod(uid, "api@" + kDigestA);
  EXPECT_EQ(Reasons(), (Map{{"api@a", "running in cluster prod, namespace shop, 3 pods"}}));
  state_.Remove("2");
  state_.Remove("2");
  PutPod("3", "api@" + kDigestB);
  EXPECT_EQ(Reasons(), (Map{{"api@a", "running in cluster prod, namespace shop, 1 pod"},
                            {"api@b", "running in cluster prod, namespace shop, 1 pod"}}));
}

TEST_F(ClusterStateTest, OneManifestHasOnePinWhateverNamesIt) {
  tags_.insert_or_assign(Named("api:1"), oci::Digest::Parse(kDigestA).value());
  PutPod("1", "api@" + kDigestA);
  Put(Kind::kDeployment, "2", {"shop", "deployment", "api"}, Role::kTemplate, {"api:1", "gone:1"});
  Put(Kind::kCronJob, "3", {"ops", "cronjob", "report"}, Role::kTemplate, {"api:1"});
  EXPECT_EQ(Reasons(), (Map{{"api@a",
                             "running in cluster prod, namespace shop, 1 pod and in 1 "
                             "more namespace"}}));
  EXPECT_EQ(state_.TaggedImages(), (std::vector<Image>{Named("api:1"), Named("gone:1")}));
  state_.Remove("1");
  EXPECT_EQ(Reasons()["api@a"],
            "named by cronjob report in cluster prod, namespace ops and in 1 more namespace");
}

TEST_F(ClusterStateTest, AListForgetsWhatIsNotInItAndOnlyOfItsKind) {
  Put(Kind::kReplicaSet, "old", {"shop", "deployment", "api"}, Role::kRollback,
      {"api@" + kDigestB});
  state_.BeginList(Kind::kPod);
  PutPod("1", "api@" + kDigestA);
  PutPod("2", "api@" + kDigestA);
  state_.EndList(Kind::kPod);
  state_.BeginList(Kind::kPod);
  PutPod("2", "api@" + kDigestA);
  EXPECT_EQ(Reasons()["api@a"], "running in cluster prod, namespace shop, 2 pods");
  state_.BeginList(Kind::kPod);  // the one before broke off
  PutPod("1", "api@" + kDigestA);
  state_.EndList(Kind::kPod);
  EXPECT_EQ(Reasons(),
            (Map{{"api@a", "running in cluster prod, namespace shop, 1 pod"},
                 {"api@b", "rollback target of deployment api in cluster prod, namespace shop"}}));
}

TEST_F(ClusterStateTest, ItIsCompleteWhenEveryKindWasListed) {
  for (const Resource& resource : Resources()) {
    EXPECT_FALSE(state_.complete());
    state_.BeginList(resource.kind);
    state_.EndList(resource.kind);
  }
  EXPECT_TRUE(state_.complete());
}

TEST_F(ClusterStateTest, TheVersionChangesWithWhatIsNeededOnly) {
  PutPod("1", "api@" + kDigestA);
  const uint64_t version = state_.version();
  PutPod("1", "api@" + kDigestA);
  Put(Kind::kPod, "2", {"shop", "pod", "x"}, Role::kRunning, {});
  state_.Remove("2");
  EXPECT_EQ(state_.version(), version);
  EXPECT_EQ(state_.objects(), 1u);
  Put(Kind::kPod, "1", {"shop", "pod", "x"}, Role::kRunning, {});
  EXPECT_NE(state_.version(), version);
  EXPECT_EQ(state_.objects(), 0u);
}

TEST_F(ClusterStateTest, WhatNobodyNeedsAnyMoreIsForgotten) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) PutPod(std::to_string(i), "api:" + std::to_string(i % 10));
    EXPECT_EQ(state_.TaggedImages().size(), 10u);
    for (int i = 0; i < 100; ++i) state_.Remove(std::to_string(i));
    EXPECT_TRUE(state_.TaggedImages().empty());
  }
}

TEST(PinsTest, TheDifferenceMakesOneOfTheOther) {
  const auto key = [](const char* name, const std::string& digest) {
    return PinKey{oci::RepositoryName::Parse(name).value(), oci::Digest::Parse(digest).value()};
  };
  const PinSet sent = {{key("a", kDigestA), {"x", "{}"}},
                       {key("b", kDigestA), {"x", "{}"}},
                       {key("c", kDigestA), {"x", "{}"}}};
  const PinSet wanted = {{key("a", kDigestA), {"x", "{}"}},
                         {key("b", kDigestA), {"y", "{}"}},
                         {key("b", kDigestB), {"x", "{}"}}};
  const PinChanges changes = Difference(sent, wanted);
  EXPECT_EQ(changes.puts,
            (PinSet{{key("b", kDigestA), {"y", "{}"}}, {key("b", kDigestB), {"x", "{}"}}}));
  EXPECT_EQ(changes.removes, (std::vector<PinKey>{key("c", kDigestA)}));
  EXPECT_TRUE(Difference(sent, sent).empty());
  EXPECT_FALSE(SameKeys(sent, wanted));
  EXPECT_TRUE(SameKeys(sent, sent));
}

TEST(PinsTest, TheDetailShowsTheUsesThatMatterMost) {
  std::vector<Use> uses;
  for (int i = 0; i < 9; ++i)
    uses.push_back({{"n" + std::to_string(i), "deployment", "api"}, Role::kRunning, i});
  uses.push_back({{"n8", "pod", "other"}, Role::kRunning, 1});
  const PinText text = MakePinText("prod", uses);
  EXPECT_EQ(text.reason, "running in cluster prod, namespace n8, 9 pods and in 8 more namespaces");
  EXPECT_TRUE(text.detail.starts_with(
      R"({"cluster":"prod","namespace":"n8","workload":"deployment/api","pods":9,"uses":[)"
      R"({"namespace":"n8","workload":"deployment/api","role":"running","pods":8},)"))
      << text.detail;
  EXPECT_TRUE(text.detail.ends_with(R"(],"uses_total":10})")) << text.detail;
  EXPECT_LT(text.detail.size(), 1000u);
}

}  // namespace
}  // namespace gantry::kube
