#include "api/token/exchange.h"

#include "api/caller.h"
#include "api/testing/workload_fixture.h"

namespace gantry::api::token {
namespace {

constexpr const char* kGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* kJwt = "urn:ietf:params:oauth:token-type:jwt";
constexpr const char* kAccessToken = "urn:ietf:params:oauth:token-type:access_token";
constexpr const char* kProvider =
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ci";

class Exchange : public testing::WorkloadFixture {
 protected:
  http::Response Send(http::Request& request) {
    for (const http::Route& route : ExchangeRoutes({federation_, tokens_, *db_}))
      if (route.pattern == request.path) return std::get<http::Handler>(route.handler)(request);
    ADD_FAILURE() << "no route " << request.path;
    return {};
  }

  // What gcloud sends, with some parameters changed; "" leaves one out.
  Form FormWith(const Form& changes = {}) const {
    Form form = {{"grant_type", kGrant},
                 {"audience", kProvider},
                 {"scope", "openid https://www.googleapis.com/auth/cloud-platform"},
                 {"requested_token_type", kAccessToken},
                 {"subject_token", TokenOf("repo:org/app")},
                 {"subject_token_type", kJwt}};
    for (const auto& [name, value] : changes) {
      std::erase_if(form, [&, &key = name](const auto& entry) { return entry.first == key; });
      if (!value.empty()) form.emplace_back(name, value);
    }
    return form;
  }
  http::Response Ask(const Form& changes = {}) {
    const auto request = PostForm("/v1/token", FormWith(changes));
    return Send(*request);
  }
  std::string Refusal(const Form& changes) {
    const http::Response response = Ask(changes);
    return std::to_string(response.status) + " " + TextAt(JsonOf(response), "error");
  }
  auth::SessionPtr SessionOf(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << BodyOf(response);
    auto session = tokens_.Verify(TextAt(JsonOf(response), "access_token"));
    EXPECT_TRUE(session.ok());
    return session.ok() ? *session : nullptr;
  }
  static int64_t ExpiresIn(const http::Response& response) {
    return JsonOf(response).root().Find("expires_in").Int().value_or(-1);
  }
};

TEST_F(Exchange, FormOfGcloud) {
  const auto request = PostForm("/v1/token", FormWith());
  // Its own OAuth client; it means nothing here.
  request->AddHeader("Authorization", "Basic MzI1NTU5NDA1NTk6c2VjcmV0");
  const http::Response response = Send(*request);
  EXPECT_EQ(response.status, 200);
  const json::Document document = JsonOf(response);
  EXPECT_EQ(TextAt(document, "issued_token_type"), kAccessToken);
  EXPECT_EQ(TextAt(document, "token_type"), "Bearer");
  EXPECT_EQ(document.root().Find("expires_in").Int(), 3600);
  EXPECT_FALSE(document.root().Find("scope"));
  const auth::SessionPtr session = SessionOf(response);
  EXPECT_EQ(session->principal.Text(), "workload:ci/repo:org/app");
  EXPECT_FALSE(session->scopes.has_value());
  EXPECT_EQ(CallerOf(*request).principal.Text(), "workload:ci/repo:org/app");
}

TEST_F(Exchange, JsonWithGooglesNames) {
  const auto request =
      Post("/v1/token", "application/json",
           std::string(R"({"grantType":")") + kGrant + R"(","audience":"ci","subjectTokenType":")" +
               kJwt + R"(","requestedTokenType":")" + kAccessToken + R"(","expires_in":60,)" +
               R"("subjectToken":")" + TokenOf("repo:org/app") + "\"}");
  const http::Response response = Send(*request);
  EXPECT_EQ(SessionOf(response)->principal.Text(), "workload:ci/repo:org/app");
  EXPECT_EQ(ExpiresIn(response), 60);
  const auto broken = Post("/v1/token", "application/json", "[]");
  EXPECT_EQ(Send(*broken).status, 400);
}

TEST_F(Exchange, TrustByIssuerAliasOrAccount) {
  EXPECT_EQ(SessionOf(Ask({{"audience", ""}}))->principal.Text(), "workload:ci/repo:org/app");
  for (const char* account : {"111111111111", "other"}) {
    const std::string audience = "//iam.googleapis.com/projects/" + std::string(account) +
                                 "/locations/global/workloadIdentityPools/p/providers/away";
    EXPECT_EQ(SessionOf(Ask({{"audience", audience}}))->principal.FullText(),
              "111111111111/workload:away/repo:org/app");
  }
  EXPECT_EQ(Refusal({{"audience", "away"}}), "400 invalid_grant");
  EXPECT_EQ(Refusal({{"audience", "arn:aws:iam::nobody:role/ci"}}), "400 invalid_grant");
}

TEST_F(Exchange, TheTrustsLimitEndsIt) {
  meta::Trust trust = Trust("ci");
  trust.lifetime_max = Seconds(600);
  Put(iam::AccountId::Default(), trust);
  EXPECT_EQ(ExpiresIn(Ask()), 600);
  EXPECT_EQ(ExpiresIn(Ask({{"expires_in", "120"}})), 120);
  trust.lifetime_max = Hours(12);
  Put(iam::AccountId::Default(), trust);
  EXPECT_EQ(ExpiresIn(Ask({{"expires_in", "43200"}})), 43200);
}

TEST_F(Exchange, ScopesOfRegistriesNarrow) {
  const http::Response response =
      Ask({{"scope", "openid repository:app/web:pull repository:app/api:push,pull"}});
  EXPECT_EQ(TextAt(JsonOf(response), "scope"),
            "repository:app/api:pull,push repository:app/web:pull");
  const auth::SessionPtr session = SessionOf(response);
  ASSERT_TRUE(session->scopes.has_value());
  EXPECT_EQ(session->scopes->size(), 2U);
  EXPECT_EQ(Refusal({{"scope", "repository:App:pull"}}), "400 invalid_scope");
}

TEST_F(Exchange, Refusals) {
  EXPECT_EQ(Refusal({{"grant_type", "password"}}), "400 unsupported_grant_type");
  EXPECT_EQ(Refusal({{"grant_type", ""}}), "400 unsupported_grant_type");
  EXPECT_EQ(Refusal({{"audience", "//iam.googleapis.com/locations/global"}}), "400 invalid_target");
  EXPECT_EQ(Refusal({{"subject_token", ""}}), "400 invalid_request");
  EXPECT_EQ(Refusal({{"subject_token_type", "urn:ietf:params:oauth:token-type:saml2"}}),
            "400 invalid_request");
  EXPECT_EQ(Refusal({{"requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"}}),
            "400 invalid_request");
  EXPECT_EQ(Refusal({{"actor_token", "x"}}), "400 invalid_request");
  EXPECT_EQ(Refusal({{"expires_in", "59"}}), "400 invalid_request");
  EXPECT_EQ(Refusal({{"expires_in", "43201"}}), "400 invalid_request");
  EXPECT_EQ(Refusal({{"subject_token", "a.b.c"}}), "400 invalid_grant");
  EXPECT_EQ(Refusal({{"subject_token", TokenOf("repo:evil/app")}}), "401 unauthorized_client");
  const std::string old = TokenOf("repo:org/app");
  clock_.Advance(Hours(1));
  EXPECT_EQ(Refusal({{"subject_token", old}}), "400 invalid_grant");
}

TEST_F(Exchange, AParameterTwiceIsRefused) {
  Form form = FormWith();
  form.emplace_back("subject_token", TokenOf("repo:org/other"));
  const auto request = PostForm("/v1/token", form);
  EXPECT_EQ(TextAt(JsonOf(Send(*request)), "error"), "invalid_request");
}

TEST_F(Exchange, AnIssuerThatDoesNotAnswer) {
  meta::Trust trust = Trust("ci");
  trust.jwks.clear();
  Put(iam::AccountId::Default(), trust);
  const http::Response response = Ask();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(TextAt(JsonOf(response), "error"), "temporarily_unavailable");
}

TEST_F(Exchange, AnAccountThatIsNotThere) {
  const auto request = PostForm("/v1/token", FormWith());
  request->account = http::kUnknownAccount;
  EXPECT_EQ(TextAt(JsonOf(Send(*request)), "error"), "invalid_grant");
}

TEST_F(Exchange, Introspection) {
  const std::string token = TextAt(JsonOf(Ask()), "access_token");
  const auto request = PostForm("/v1/introspect", {{"token", token}});
  const json::Document good = JsonOf(Send(*request));
  EXPECT_EQ(good.root().Find("active").Bool(), true);
  EXPECT_EQ(TextAt(good, "username"), "workload:ci/repo:org/app");
  EXPECT_EQ(TextAt(good, "iss"), "https://registry.example.com");
  EXPECT_EQ(good.root().Find("exp").Int(), clock_.Now().micros / 1'000'000 + 3600);

  clock_.Advance(Seconds(3600));
  const auto later = PostForm("/v1/introspect", {{"token", token}});
  EXPECT_EQ(BodyOf(Send(*later)), R"({"active":false})");
  const auto foreign = PostForm("/v1/introspect", {{"token", TokenOf("repo:org/app")}});
  EXPECT_EQ(BodyOf(Send(*foreign)), R"({"active":false})");
  const auto none = PostForm("/v1/introspect", {});
  EXPECT_EQ(Send(*none).status, 400);
}

}  // namespace
}  // namespace gantry::api::token
