#include "api/ecr/api.h"

#include "api/aws_request.h"
#include "api/caller.h"
#include "api/deeds.h"
#include "api/testing/workload_fixture.h"
#include "base/encoding.h"
#include "blob/mem/mem_blob_store.h"
#include "core/epochs.h"
#include "iam/action_pattern.h"

namespace gantry::api::ecr {
namespace {

constexpr const char* kTarget = "AmazonEC2ContainerRegistry_V20150921.";

class Ecr : public testing::WorkloadFixture {
 protected:
  http::Response Send(http::Request& request) {
    return MakeHandler({authenticator_, authorizer_, versions_, tokens_, installation_key_,
                        manifests_, blobs_, uploads_, listings_, pulls_, repositories_, lifecycle_,
                        ids_, clock_})(request);
  }
  std::unique_ptr<http::Request> RequestFor(const std::string& operation,
                                            const std::string& body = "{}") const {
    auto request = Post("/", "application/x-amz-json-1.1", body);
    request->AddHeader("X-Amz-Target", kTarget + operation);
    return request;
  }
  // Signed with the user's key.
  http::Response Ask(const std::string& operation, const std::string& body = "{}") {
    if (key_.id.empty()) key_ = AccessKey();
    const auto request = RequestFor(operation, body);
    Sign(*request, "ecr", key_.id, key_.secret);
    return Send(*request);
  }
  static int64_t SecondsOf(json::Value data) {
    return static_cast<int64_t>(data.Find("expiresAt").Double().value_or(0));
  }
  static std::string RefusalOf(const http::Response& response) {
    return std::to_string(response.status) + " " + TextAt(JsonOf(response), "__type");
  }

  blob::MemBlobStore memory_{clock_};
  core::Epochs epochs_;
  meta::IdGenerator ids_{clock_};
  core::Store store_{*db_, memory_, epochs_, ids_, clock_, logger_, {}};
  core::Manifests manifests_{store_, 1 << 20};
  core::Blobs blobs_{store_};
  core::Uploads uploads_{store_, "key"};
  core::Listings listings_{store_};
  core::Pulls pulls_{store_, Hours(1)};
  core::Repositories repositories_{store_};
  retention::Lifecycle lifecycle_{store_};
  auth::NewSecret key_;
};

TEST_F(Ecr, APasswordForDocker) {
  const http::Response response = Ask("GetAuthorizationToken");
  ASSERT_EQ(response.status, 200) << BodyOf(response);
  const json::Document document = JsonOf(response);
  const json::Value list = document.root().Find("authorizationData");
  ASSERT_EQ(list.size(), 1U);
  const json::Value data = *list.Items().begin();
  EXPECT_EQ(data.Find("proxyEndpoint").String(), "https://registry.example.com");
  EXPECT_EQ(SecondsOf(data), clock_.Now().micros / 1'000'000 + 12 * 3600);
  const std::string header = "Basic " + std::string(*data.Find("authorizationToken").String());
  const auto decoded = Base64Decode(header.substr(6));
  ASSERT_TRUE(decoded && decoded->starts_with("AWS:"));
  EXPECT_EQ(decoded->find(':', 4), std::string::npos);  // aws splits it at every colon

  const std::string_view value = header;
  auth::Attempt attempt;
  attempt.authorization = {&value, 1};
  const auto session = authenticator_.Authenticate(attempt);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ((*session)->principal.Text(), "user:alice");
}

TEST_F(Ecr, TheTokenEndsWithTemporaryCredentials) {
  const auto session = federation_.Exchange(iam::AccountId::Default(), "ci", TokenOf("repo:org/a"));
  ASSERT_TRUE(session.ok());
  const auto key = tokens_.IssueTemporaryKey({session->get(), std::nullopt, Seconds(900)});
  ASSERT_TRUE(key.ok());
  const auto request = RequestFor("GetAuthorizationToken");
  Sign(*request, "ecr", key->access_key_id, key->secret, key->session_token.token);
  const json::Document document = JsonOf(Send(*request));
  const json::Value data = *document.root().Find("authorizationData").Items().begin();
  EXPECT_EQ(SecondsOf(data), clock_.Now().micros / 1'000'000 + 900);
  EXPECT_EQ(CallerOf(*request).principal.Text(), "workload:ci/repo:org/a");
}

TEST_F(Ecr, RegistryIds) {
  const http::Response two =
      Ask("GetAuthorizationToken", R"({"registryIds":["000000000000","111111111111"]})");
  const json::Document document = JsonOf(two);
  const json::Value list = document.root().Find("authorizationData");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ((*list.Items().begin()).Find("proxyEndpoint").String(), "https://registry.example.com");
  for (const char* body : {R"({"registryIds":[]})", R"({"registryIds":["12"]})"})
    EXPECT_EQ(RefusalOf(Ask("GetAuthorizationToken", body)), "400 InvalidParameterException")
        << body;
  EXPECT_EQ(RefusalOf(Ask("GetAuthorizationToken", R"({"registryIds":"000000000000"})")),
            "400 SerializationException");
}

TEST_F(Ecr, Refusals) {
  EXPECT_EQ(RefusalOf(Ask("PutImageReplicationConfiguration")), "404 UnknownOperationException");
  EXPECT_EQ(RefusalOf(Ask("GetAuthorizationToken", "{")), "400 SerializationException");
  EXPECT_EQ(RefusalOf(Ask("GetAuthorizationToken", "[]")), "400 SerializationException");
  auto request = RequestFor("GetAuthorizationToken");
  EXPECT_EQ(RefusalOf(Send(*request)), "403 MissingAuthenticationTokenException");
  request = RequestFor("GetAuthorizationToken");
  Sign(*request, "ecr", key_.id, "wrong");
  EXPECT_EQ(RefusalOf(Send(*request)), "403 InvalidSignatureException");
  request = RequestFor("GetAuthorizationToken");
  Sign(*request, "ecr", key_.id, key_.secret);
  request->body = R"({"registryIds":["111111111111"]})";
  EXPECT_EQ(RefusalOf(Send(*request)), "403 InvalidSignatureException");
  request = RequestFor("GetAuthorizationToken");
  Sign(*request, "ecr", key_.id, key_.secret);
  clock_.Advance(Hours(1));
  EXPECT_EQ(RefusalOf(Send(*request)), "403 InvalidSignatureException");
}

TEST_F(Ecr, AnOperationNeedsItsAction) {
  const auto request =
      RequestFor("DescribeImages", R"({"repositoryName":"app/web","registryId":"111111111111"})");
  key_ = AccessKey();
  Sign(*request, "ecr", key_.id, key_.secret);
  const http::Response response = Send(*request);
  EXPECT_EQ(RefusalOf(response), "403 AccessDeniedException");
  EXPECT_EQ(TextAt(JsonOf(response), "message"),
            "User: arn:aws:iam::000000000000:user/alice is not authorized to perform: "
            "ecr:DescribeImages on resource: "
            "arn:aws:ecr:local-1:111111111111:repository/app/web because no policy allows the "
            "ecr:DescribeImages action");
  const auto* deeds = DeedsOf(*request);
  ASSERT_NE(deeds, nullptr);
  ASSERT_EQ(deeds->size(), 1U);
  EXPECT_EQ(deeds->front().account.text(), "111111111111");
  EXPECT_EQ(deeds->front().repository, "app/web");
}

// Who may do it by a policy in ECR's words may do it here.
TEST_F(Ecr, ActionsAreThoseOfPolicies) {
  const Model model;
  size_t count = 0;
  for (const Operation& operation : Operations()) {
    ++count;
    ASSERT_NE(model.InputOf(operation.name), nullptr) << operation.name;
    const auto given = iam::ParseActionPattern("ecr:" + std::string(operation.name));
    ASSERT_TRUE(given.ok()) << operation.name;
    EXPECT_TRUE(given->Has(operation.action)) << operation.name;
  }
  EXPECT_EQ(count, 62U);
}

TEST_F(Ecr, OnePlaceForTwoDialects) {
  const auto says = [](const char* what) {
    return http::Handler([what](http::Request&) {
      http::Response response;
      response.body = std::string(what);
      return response;
    });
  };
  const http::Route route = AwsRoute(says("json"), says("query"));
  const auto handler = std::get<http::Handler>(route.handler);
  const auto target = RequestFor("GetAuthorizationToken");
  const auto form = PostForm("/", {{"Action", "GetCallerIdentity"}});
  EXPECT_EQ(BodyOf(handler(*target)), "json");
  EXPECT_EQ(BodyOf(handler(*form)), "query");
}

}  // namespace
}  // namespace gantry::api::ecr
