#include "kube/workload.h"

#include <gtest/gtest.h>

namespace gantry::kube {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

class WorkloadTest : public ::testing::Test {
 protected:
  std::optional<Workload> Read(Kind kind, const std::string& text) {
    const auto document = json::Document::Parse(text);
    EXPECT_TRUE(document.ok()) << text;
    return ReadWorkload(kind, document->root(), registries_);
  }

  const Registries registries_ = Registries::Make({"r.example.com"}).value();
};

TEST_F(WorkloadTest, APodRunsWhatItsStatusSaysInitAndEphemeralContainersToo) {
  const auto pod = Read(Kind::kPod, R"({"metadata":{"uid":"1","namespace":"shop",
      "name":"api-7d4-x","labels":{"pod-template-hash":"7d4"},"ownerReferences":[
      {"kind":"Node","name":"n"},{"controller":true,"kind":"ReplicaSet","name":"api-7d4"}]},
      "spec":{"containers":[{"name":"a","image":"r.example.com/api:1"},
      {"name":"side","image":"nginx"}],
      "initContainers":[{"name":"i","image":"r.example.com/init:1"}],
      "ephemeralContainers":[{"name":"e","image":"r.example.com/debug:1"}]},
      "status":{"phase":"Running","containerStatuses":[{"name":"side","imageID":""},
      {"name":"a","imageID":"r.example.com/api@)" +
                                        kDigest + R"("}],
      "initContainerStatuses":[{"name":"i","imageID":"r.example.com/init@)" +
                                        kDigest + R"("}],
      "ephemeralContainerStatuses":[{"name":"e","imageID":"r.example.com/debug@)" +
                                        kDigest + R"("}]}})");
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->uid, "1");
  EXPECT_EQ(pod->role, Role::kRunning);
  EXPECT_EQ(pod->owner, (Owner{"shop", "deployment", "api"}));
  ASSERT_EQ(pod->images.size(), 3u);
  for (const Image& image : pod->images) EXPECT_EQ(image.digest->text(), kDigest);
  EXPECT_EQ(pod->images[1].repository.text(), "init");
  EXPECT_EQ(pod->images[2].repository.text(), "debug");
}

TEST_F(WorkloadTest, APodThatWaitsNeedsWhatItsSpecSays) {
  const auto pod = Read(Kind::kPod, R"({"metadata":{"uid":"1","namespace":"n","name":"p"},
      "spec":{"containers":[{"name":"a","image":"r.example.com/api:1"}]},
      "status":{"phase":"Pending"}})");
  EXPECT_EQ(pod->owner, (Owner{"n", "pod", "p"}));
  ASSERT_EQ(pod->images.size(), 1u);
  EXPECT_EQ(pod->images[0].tag->text(), "1");
}

TEST_F(WorkloadTest, WhatHasEndedNeedsNothing) {
  const std::string spec = R"("spec":{"containers":[{"image":"r.example.com/api:1"}],
      "template":{"spec":{"containers":[{"image":"r.example.com/api:1"}]}}})";
  const std::string head = R"({"metadata":{"uid":"1"},)" + spec + R"(,"status":)";
  EXPECT_TRUE(Read(Kind::kPod, head + R"({"phase":"Succeeded"}})")->images.empty());
  EXPECT_TRUE(Read(Kind::kPod, head + R"({"phase":"Failed"}})")->images.empty());
  EXPECT_FALSE(Read(Kind::kPod, head + R"({"phase":"Running"}})")->images.empty());
  const auto job = [&](const char* type, const char* status) {
    return Read(Kind::kJob, head + R"({"conditions":[{"type":")" + type + R"(","status":")" +
                                status + R"("}]}})")
        ->images.empty();
  };
  EXPECT_TRUE(job("Complete", "True"));
  EXPECT_TRUE(job("Failed", "True"));
  EXPECT_FALSE(job("Complete", "False"));
  EXPECT_FALSE(job("Suspended", "True"));
}

TEST_F(WorkloadTest, TemplatesAreWhereEachKindHasThem) {
  const std::string pod = R"({"spec":{"containers":[{"image":"r.example.com/api:1"}]}})";
  const std::string plain = R"({"metadata":{"uid":"1"},"spec":{"template":)" + pod + "}}";
  for (const Kind kind :
       {Kind::kJob, Kind::kDeployment, Kind::kStatefulSet, Kind::kDaemonSet, Kind::kReplicaSet}) {
    const auto workload = Read(kind, plain);
    ASSERT_EQ(workload->images.size(), 1u);
    EXPECT_EQ(workload->role, Role::kTemplate);
  }
  const auto cron =
      Read(Kind::kCronJob, R"({"metadata":{"uid":"1"},"spec":{"jobTemplate":)" + plain + "}}");
  EXPECT_EQ(cron->images.size(), 1u);
  const auto revision =
      Read(Kind::kControllerRevision,
           R"({"metadata":{"uid":"1"},"data":{"spec":{"template":)" + pod + "}}}");
  EXPECT_EQ(revision->images.size(), 1u);
  EXPECT_EQ(revision->role, Role::kRollback);
}

TEST_F(WorkloadTest, AReplicaSetWithoutReplicasIsWhatADeploymentCanGoBackTo) {
  const auto set = [&](const char* replicas) {
    return *Read(Kind::kReplicaSet, std::string(R"({"metadata":{"uid":"1","namespace":"shop",
        "name":"api-1","labels":{"pod-template-hash":"1"},
        "ownerReferences":[{"controller":true,"kind":"Deployment","name":"api"}]},
        "spec":{"replicas":)") + replicas +
                                        R"(,"template":{"spec":{"containers":[
        {"image":"r.example.com/api:1"}]}}}})");
  };
  EXPECT_EQ(set("0").role, Role::kRollback);
  EXPECT_EQ(set("3").role, Role::kTemplate);
  EXPECT_EQ(set("0").owner, (Owner{"shop", "deployment", "api"}));
}

TEST_F(WorkloadTest, StrangeObjectsDoNoHarm) {
  EXPECT_FALSE(Read(Kind::kPod, "{}"));
  EXPECT_FALSE(Read(Kind::kPod, "[]"));
  EXPECT_FALSE(Read(Kind::kPod, R"({"metadata":{"uid":7}})"));
  EXPECT_FALSE(Read(Kind::kPod, R"({"metadata":"x"})"));
  EXPECT_TRUE(Read(Kind::kPod, R"({"metadata":{"uid":"1","ownerReferences":[1,null,{}]},
      "spec":{"containers":[null,{"image":5},{"name":[]}],"initContainers":{}},
      "status":{"containerStatuses":"x"}})")
                  ->images.empty());
}

}  // namespace
}  // namespace gantry::kube
