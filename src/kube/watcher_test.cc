#include "kube/watcher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kube/back_off.h"
#include "kube/testing.h"

namespace gantry::kube {
namespace {

using testing::FakeClient;

std::string Pod(const std::string& uid, const std::string& version) {
  return R"({"metadata":{"uid":")" + uid + R"(","namespace":"n","name":"p","resourceVersion":")" +
         version + R"("},"spec":{"containers":[{"name":"a","image":"r.example.com/api:1"}]}})";
}

std::string Page(const std::string& items, const std::string& next = "") {
  return R"({"kind":"PodList","metadata":{"resourceVersion":"10","continue":")" + next +
         R"("},"items":[)" + items + "]}";
}

std::string Event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

class WatcherTest : public ::testing::Test {
 protected:
  WatcherTest() : null_(open("/dev/null", O_WRONLY)), logger_(null_, log::Level::kDebug) {}
  ~WatcherTest() override { close(null_); }

  size_t Objects() {
    MutexLock lock(shared_.mutex);
    return shared_.state.objects();
  }
  std::string LastUrl() const { return client_.asked.back().url; }

  const int null_;
  log::Logger logger_;
  FakeClient client_;
  FakeClock clock_;
  SharedState shared_;
  const Registries registries_ = Registries::Make({"r.example.com"}).value();
  std::string token_ = "first";
  const Api api_{client_, "https://k", [this]() -> Result<std::string> { return token_; },
                 [] { return false; }};
  Watcher watcher_{Resources()[0], {api_, registries_, shared_, clock_, logger_}};
};

TEST_F(WatcherTest, ListsPageByPageThenWatchesFromThere) {
  client_.answers = {{200, {Page(Pod("1", "3"), "a/b=")}},
                     {200, {Page(Pod("2", "4"))}},
                     {200,
                      {Event("ADDED", Pod("3", "11")) + Event("DELETED", Pod("1", "12")),
                       Event("BOOKMARK", R"({"metadata":{"resourceVersion":"20"}})")}},
                     {200, {}}};
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_EQ(client_.asked[0].url, "https://k/api/v1/pods?limit=500");
  EXPECT_EQ(client_.asked[1].url, "https://k/api/v1/pods?limit=500&continue=a%2Fb%3D");
  EXPECT_EQ(Objects(), 2u);
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_NE(LastUrl().find("watch=true"), std::string::npos);
  EXPECT_TRUE(LastUrl().ends_with("&resourceVersion=10")) << LastUrl();
  EXPECT_EQ(Objects(), 2u);
  token_ = "second";
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_TRUE(LastUrl().ends_with("&resourceVersion=20")) << LastUrl();
  const httpc::Headers bearer = {{"Accept", "application/json"},
                                 {"Authorization", "Bearer second"}};
  EXPECT_EQ(client_.asked.back().headers, bearer);
}

TEST_F(WatcherTest, AVersionThatIsGoneIsListedAnewWhicheverWayItIsSaid) {
  const std::string gone = R"({"kind":"Status","code":410,"message":"too old"})";
  client_.answers = {{200, {Page(Pod("1", "3") + "," + Pod("2", "3"))}},
                     {410, {gone}},
                     {200, {Page(Pod("2", "3"))}},
                     {200, {Event("ERROR", gone)}},
                     {200, {Page("")}}};
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(watcher_.Step().ok()) << i;
  EXPECT_EQ(Objects(), 1u);
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_EQ(Objects(), 0u);
  EXPECT_EQ(client_.asked.size(), 5u);
}

TEST_F(WatcherTest, AListThatBreaksOffTakesNothingBack) {
  client_.answers = {{200, {Page(Pod("1", "3") + "," + Pod("2", "3"))}},
                     {410, {}},
                     {200, {Page(Pod("1", "3"), "more")}},
                     {200, {R"({"items":[)"}, Unavailable("connection_broken", "reset")}};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_EQ(watcher_.Step().error().reason(), "connection_broken");
  EXPECT_EQ(Objects(), 2u);
}

TEST_F(WatcherTest, AWatchThatBreaksOffGoesOnWhereItWas) {
  client_.answers = {{200, {Page("")}},
                     {200,
                      {Event("ADDED", Pod("1", "15")), "{\"type\":"},
                      Unavailable("connection_broken", "reset")},
                     {200, {}}};
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_FALSE(watcher_.Step().ok());
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_TRUE(LastUrl().ends_with("&resourceVersion=15")) << LastUrl();
}

TEST_F(WatcherTest, SaysSinceWhenTheServerDoesNotAnswer) {
  EXPECT_EQ(watcher_.Step().error().reason(), "connect_failed");
  const Time since = clock_.Monotonic();
  clock_.Advance(Seconds(5));
  client_.answers = {{403, {R"({"message":"pods is forbidden"})"}}};
  const auto refused = watcher_.Step();
  EXPECT_EQ(refused.error().reason(), "kube_forbidden");
  EXPECT_NE(refused.error().message().find("pods is forbidden"), std::string::npos);
  EXPECT_EQ(watcher_.FailingSince(), since);
  client_.answers = {{200, {Page("")}}};
  ASSERT_TRUE(watcher_.Step().ok());
  EXPECT_EQ(watcher_.FailingSince(), std::nullopt);
}

TEST_F(WatcherTest, AnAnswerThatIsNoListIsAnError) {
  client_.answers = {{200, {"<html>"}}, {200, {"{}"}}, {200, {R"({"metadata":{}})"}}};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(watcher_.Step().ok());
  EXPECT_EQ(Objects(), 0u);
}

TEST_F(WatcherTest, RunPausesLongerAndLongerWhileNobodyAnswers) {
  std::vector<Duration> pauses;
  watcher_.Run([&] { return pauses.size() == 8; },
               [&](Duration pause) { pauses.push_back(pause); });
  ASSERT_EQ(pauses.size(), 8u);
  EXPECT_LE(pauses[0], Seconds(1));
  EXPECT_GE(pauses[0], Millis(500));
  EXPECT_GE(pauses[7], Seconds(15));
  EXPECT_LE(pauses[7], Seconds(30));
}

}  // namespace
}  // namespace gantry::kube
