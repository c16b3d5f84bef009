#include "kube/registry_http.h"

#include <gtest/gtest.h>

#include "kube/testing.h"

namespace gantry::kube {
namespace {

using testing::FakeClient;

const std::string kDigest = "sha256:" + std::string(64, 'a');

class HttpRegistryTest : public ::testing::Test {
 protected:
  FakeClient client_;
  int renewed_ = 0;
  const Registries registries_ = Registries::Make({"r.example.com"}).value();
  HttpRegistry registry_{client_,
                         registries_,
                         [this](bool renew) -> Result<std::string> {
                           renewed_ += renew ? 1 : 0;
                           return "Bearer " + std::to_string(renewed_);
                         },
                         {"https://r.example.com", "kube:prod", "000000000001", Seconds(300)}};
};

TEST_F(HttpRegistryTest, ListsPinsPageByPage) {
  client_.answers = {{200,
                      {R"({"pins":[{"id":"7","digest":")" + kDigest +
                       R"(","repository":"shop/api"}],)" + R"("more":true})"}},
                     {200,
                      {R"({"pins":[{"id":"9","digest":"x","repository":""},{"id":"10","digest":")" +
                       kDigest + R"(","repository":"b"}],"more":false})"}}};
  const auto keys = registry_.ListPins();
  ASSERT_TRUE(keys.ok()) << keys.error().ToString();
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ((*keys)[0].repository.text(), "shop/api");
  EXPECT_EQ((*keys)[1].repository.text(), "b");
  EXPECT_EQ(client_.asked[1].url,
            "https://r.example.com/api/admin/v1/accounts/000000000001/pins?source=kube%3Aprod"
            "&n=1000&last=7");
}

TEST_F(HttpRegistryTest, ChangesGoInBatchesAdditionsFirst) {
  PinChanges changes;
  for (int i = 0; i < 1500; ++i) {
    const PinKey key{oci::RepositoryName::Parse("r" + std::to_string(i)).value(),
                     oci::Digest::Parse(kDigest).value()};
    changes.puts[key] = {"why", R"({"pods":1})"};
    changes.removes.push_back(key);
  }
  client_.answers = {{200, {"{}"}}, {200, {"{}"}}, {204, {}}};
  ASSERT_TRUE(registry_.Apply(changes).ok());
  ASSERT_EQ(client_.asked.size(), 3u);
  size_t added = 0;
  size_t removed = 0;
  for (const httpc::Request& request : client_.asked) {
    const auto body = json::Document::Parse(request.body);
    ASSERT_TRUE(body.ok());
    EXPECT_TRUE(removed == 0 || body->root().Find("added").size() == 0);
    added += body->root().Find("added").size();
    removed += body->root().Find("removed").size();
  }
  EXPECT_EQ(added, 1500u);
  EXPECT_EQ(removed, 1500u);
}

TEST_F(HttpRegistryTest, ARefusedCredentialIsRenewedOnce) {
  client_.answers = {{401, {}}, {204, {}}};
  EXPECT_TRUE(registry_.Heartbeat().ok());
  EXPECT_EQ(renewed_, 1);
  client_.answers = {{401, {}}, {401, {R"({"error":{"message":"who are you"}})"}}};
  const auto refused = registry_.Heartbeat();
  EXPECT_EQ(refused.error().reason(), "registry_refused");
  EXPECT_NE(refused.error().message().find("who are you"), std::string::npos);
}

TEST_F(HttpRegistryTest, SaysWhenItHasToBeAnnounced) {
  client_.answers = {{404, {R"({"error":{"reason":"pin_source_unknown"}})"}}, {404, {}}};
  EXPECT_EQ(registry_.Heartbeat().error().code(), Code::kNotFound);
  EXPECT_EQ(registry_.Heartbeat().error().code(), Code::kUnavailable);
}

TEST_F(HttpRegistryTest, ATagIsThereOrNotOrNobodyKnows) {
  const Image image = *registries_.Find("r.example.com/shop/api:1");
  client_.headers = {{"docker-content-digest", kDigest}};
  client_.answers = {{200, {}}, {404, {}}, {403, {}}, {500, {}}};
  EXPECT_EQ((*registry_.Resolve(image))->text(), kDigest);
  EXPECT_EQ(client_.asked[0].method, "HEAD");
  EXPECT_EQ(client_.asked[0].url, "https://r.example.com/v2/shop/api/manifests/1");
  EXPECT_FALSE(*registry_.Resolve(image));
  EXPECT_FALSE(registry_.Resolve(image).ok());
  EXPECT_FALSE(registry_.Resolve(image).ok());
  client_.headers.clear();
  client_.answers = {{200, {}}};
  EXPECT_FALSE(registry_.Resolve(image).ok());
}

}  // namespace
}  // namespace gantry::kube
