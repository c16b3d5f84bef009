#include "kube/reporter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kube/testing.h"

namespace gantry::kube {
namespace {

using testing::FakeRegistry;

const std::string kDigestA = "sha256:" + std::string(64, 'a');
const std::string kDigestB = "sha256:" + std::string(64, 'b');

class ReporterTest : public ::testing::Test {
 protected:
  ReporterTest() : null_(open("/dev/null", O_WRONLY)), logger_(null_, log::Level::kDebug) {}
  ~ReporterTest() override { close(null_); }

  void Put(const std::string& uid, const std::string& image, Role role = Role::kRunning) {
    MutexLock lock(shared_.mutex);
    shared_.state.Put({Kind::kPod,
                       uid,
                       {"shop", "deployment", "api"},
                       role,
                       {*registries_.Find("r.example.com/" + image)}});
  }
  void Remove(const std::string& uid) {
    MutexLock lock(shared_.mutex);
    shared_.state.Remove(uid);
  }
  void CompleteLists() {
    MutexLock lock(shared_.mutex);
    for (const Resource& resource : Resources()) {
      shared_.state.BeginList(resource.kind);
      if (resource.kind != Kind::kPod) shared_.state.EndList(resource.kind);
    }
  }
  void SeeAll() {
    CompleteLists();
    MutexLock lock(shared_.mutex);
    shared_.state.EndList(Kind::kPod);
  }
  // Ticks as long as that takes, twice a second.
  void Pass(Duration time, bool is_current = true) {
    for (const Time end = clock_.Monotonic() + time; clock_.Monotonic() < end;) {
      clock_.Advance(Millis(500));
      reporter_.Tick(is_current);
    }
  }
  std::string Pins() const {
    std::string text;
    for (const auto& [key, pin] : registry_.pins)
      text +=
          key.repository.text() + "@" + key.digest.text().substr(7, 1) + ": " + pin.reason + "\n";
    return text;
  }

  const int null_;
  log::Logger logger_;
  FakeClock clock_;
  SharedState shared_;
  FakeRegistry registry_;
  const Registries registries_ = Registries::Make({"r.example.com"}).value();
  Reporter reporter_{{shared_, registry_, clock_, logger_}, {"prod"}};
};

const std::string kOnePod = "api@a: running in cluster prod, namespace shop, 1 pod\n";

TEST_F(ReporterTest, TellsNothingBeforeItHasSeenEverything) {
  const PinKey other{oci::RepositoryName::Parse("old").value(),
                     oci::Digest::Parse(kDigestB).value()};
  registry_.pins[other] = {"of the run before", "{}"};
  CompleteLists();
  Put("1", "api@" + kDigestA);
  Pass(Seconds(200));
  EXPECT_EQ(registry_.applied + registry_.heartbeats, 0);
  SeeAll();
  Put("1", "api@" + kDigestA);
  Pass(Seconds(1));
  EXPECT_EQ(Pins(), kOnePod);
}

TEST_F(ReporterTest, TellsDigestsSoonAndCountsWithTheHeartbeat) {
  SeeAll();
  Put("1", "api@" + kDigestA);
  Pass(Seconds(1));
  EXPECT_EQ(registry_.applied, 1);
  Put("2", "api@" + kDigestA);
  Pass(Seconds(30));
  EXPECT_EQ(Pins(), kOnePod);
  Pass(Seconds(31));
  EXPECT_EQ(Pins(), "api@a: running in cluster prod, namespace shop, 2 pods\n");
  Put("1", "api@" + kDigestB);
  Remove("2");
  Pass(Seconds(2));
  EXPECT_EQ(Pins(), "api@b: running in cluster prod, namespace shop, 1 pod\n");
  EXPECT_EQ(registry_.applied, 3);
}

TEST_F(ReporterTest, BeatsWhileTheClusterAnswersOnly) {
  SeeAll();
  Pass(Seconds(200));
  EXPECT_EQ(registry_.heartbeats, 3);
  Pass(Seconds(200), false);
  EXPECT_EQ(registry_.heartbeats, 3);
}

TEST_F(ReporterTest, ATagThatMovedIsSeenAfterAWhile) {
  registry_.tags.insert_or_assign("api:1", oci::Digest::Parse(kDigestA).value());
  SeeAll();
  Put("1", "api:1", Role::kTemplate);
  Pass(Seconds(1));
  EXPECT_EQ(Pins(), "api@a: named by deployment api in cluster prod, namespace shop\n");
  registry_.tags.insert_or_assign("api:1", oci::Digest::Parse(kDigestB).value());
  Pass(Seconds(290));
  EXPECT_EQ(registry_.resolved, 1);
  Pass(Seconds(20));
  EXPECT_EQ(Pins(), "api@b: named by deployment api in cluster prod, namespace shop\n");
  registry_.is_resolving_broken = true;
  Pass(Seconds(1000));
  EXPECT_EQ(Pins(), "api@b: named by deployment api in cluster prod, namespace shop\n");
  registry_.is_resolving_broken = false;
  registry_.tags.clear();
  Pass(Seconds(400));
  EXPECT_EQ(Pins(), "");
}

TEST_F(ReporterTest, NothingIsTakenBackWhileATagCouldNotBeAskedFor) {
  const PinKey other{oci::RepositoryName::Parse("api").value(),
                     oci::Digest::Parse(kDigestB).value()};
  registry_.pins[other] = {"of the run before", "{}"};
  registry_.is_resolving_broken = true;
  SeeAll();
  Put("1", "api:1", Role::kTemplate);
  Put("2", "api@" + kDigestA);
  Pass(Seconds(100));
  EXPECT_EQ(Pins(), kOnePod + "api@b: of the run before\n");
  registry_.is_resolving_broken = false;
  Pass(Seconds(40));
  EXPECT_EQ(Pins(), kOnePod);
}

TEST_F(ReporterTest, WhatFailedIsToldAgainAsAWhole) {
  SeeAll();
  Put("1", "api@" + kDigestA);
  Pass(Seconds(1));
  registry_.is_broken = true;
  Put("2", "api@" + kDigestB);
  Pass(Seconds(100));
  registry_.is_broken = false;
  registry_.is_known = false;  // and it has forgotten us
  registry_.pins.clear();
  Pass(Seconds(40));
  EXPECT_EQ(Pins(), kOnePod + "api@b: running in cluster prod, namespace shop, 1 pod\n");
}

TEST_F(ReporterTest, ARegistryThatForgotUsIsToldEverything) {
  SeeAll();
  Put("1", "api@" + kDigestA);
  Pass(Seconds(1));
  registry_.is_known = false;
  registry_.pins.clear();
  Pass(Seconds(70));
  EXPECT_EQ(Pins(), kOnePod);
}

TEST_F(ReporterTest, EverythingIsToldOnceAnHour) {
  SeeAll();
  Put("1", "api@" + kDigestA);
  Pass(Seconds(1));
  registry_.pins.clear();
  Pass(Seconds(3500));
  EXPECT_EQ(Pins(), "");
  Pass(Seconds(200));
  EXPECT_EQ(Pins(), kOnePod);
}

TEST_F(ReporterTest, OnceTellsOnceOrSaysWhyNot) {
  EXPECT_EQ(reporter_.ReportOnce().error().reason(), "kube_incomplete");
  SeeAll();
  Put("1", "api@" + kDigestA);
  ASSERT_TRUE(reporter_.ReportOnce().ok());
  EXPECT_EQ(Pins(), kOnePod);
}

}  // namespace
}  // namespace gantry::kube
