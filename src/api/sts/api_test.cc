#include "api/sts/api.h"

#include "api/caller.h"
#include "api/testing/workload_fixture.h"

namespace gantry::api::sts {
namespace {

class Sts : public testing::WorkloadFixture {
 protected:
  http::Response Send(http::Request& request) {
    return MakeHandler({authenticator_, federation_, tokens_, *db_})(request);
  }
  // The XML of a request without signature, with its status before it.
  std::string Ask(const Form& form) {
    const auto request = PostForm("/", form);
    const http::Response response = Send(*request);
    return std::to_string(response.status) + " " + BodyOf(response);
  }
  std::string Refusal(const Form& form) {
    const std::string answer = Ask(form);
    return answer.substr(0, 3) + " " + Element(answer, "Code");
  }
  std::string RefusalOf(http::Request& request) {
    const http::Response response = Send(request);
    return std::to_string(response.status) + " " + Element(BodyOf(response), "Code");
  }
  Form AssumeRole(const std::string& token,
                  const std::string& role = "arn:aws:iam::000000000000:role/ci") const {
    return {{"Action", "AssumeRoleWithWebIdentity"},
            {"Version", "2011-06-15"},
            {"RoleArn", role},
            {"RoleSessionName", "botocore-session-1795502282"},
            {"WebIdentityToken", token}};
  }
  std::unique_ptr<http::Request> WhoAmI() const {
    return PostForm("/", {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}});
  }
};

TEST_F(Sts, AssumeRoleWithWebIdentity) {
  const std::string answer = Ask(AssumeRole(TokenOf("repo:org/app")));
  ASSERT_TRUE(
      answer.starts_with("200 <AssumeRoleWithWebIdentityResponse "
                         "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"))
      << answer;
  EXPECT_EQ(Element(answer, "SubjectFromWebIdentityToken"), "repo:org/app");
  EXPECT_EQ(Element(answer, "Audience"), "gantry");
  EXPECT_EQ(Element(answer, "Provider"), "https://issuer.example.com");
  EXPECT_EQ(Element(answer, "Arn"), "arn:aws:sts::000000000000:assumed-role/ci/repo:org/app");
  EXPECT_EQ(Element(answer, "AssumedRoleId"), "ci:botocore-session-1795502282");
  EXPECT_EQ(Element(answer, "RequestId"), "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(Element(answer, "Expiration"), "2023-11-14T23:13:20Z");

  const auto request = WhoAmI();
  Sign(*request, "sts", Element(answer, "AccessKeyId"), Element(answer, "SecretAccessKey"),
       Element(answer, "SessionToken"));
  const std::string identity = BodyOf(Send(*request));
  EXPECT_EQ(Element(identity, "Arn"), "arn:aws:sts::000000000000:assumed-role/ci/repo:org/app");
  EXPECT_EQ(CallerOf(*request).principal.Text(), "workload:ci/repo:org/app");
}

TEST_F(Sts, RoleOfAnotherAccount) {
  const std::string token = TokenOf("repo:org/app");
  EXPECT_EQ(Element(Ask(AssumeRole(token, "arn:aws:iam::111111111111:role/ci/away")), "Arn"),
            "arn:aws:sts::111111111111:assumed-role/away/repo:org/app");
  EXPECT_EQ(Refusal(AssumeRole(token, "arn:aws:iam::111111111111:role/ci")),
            "400 InvalidIdentityToken");
  EXPECT_EQ(Refusal(AssumeRole(token, "arn:aws:iam::nobody:role/ci")), "403 AccessDenied");
}

TEST_F(Sts, Durations) {
  Form form = AssumeRole(TokenOf("repo:org/app"));
  form.emplace_back("DurationSeconds", "900");
  EXPECT_EQ(Element(Ask(form), "Expiration"), "2023-11-14T22:28:20Z");
  form.back().second = "59";
  EXPECT_EQ(Refusal(form), "400 ValidationError");
  form.back().second = "43201";
  EXPECT_EQ(Refusal(form), "400 ValidationError");
}

TEST_F(Sts, RefusedTokens) {
  EXPECT_EQ(Refusal(AssumeRole("a.b.c")), "400 InvalidIdentityToken");
  EXPECT_EQ(Refusal(AssumeRole(TokenOf("repo:evil/app"))), "403 IDPRejectedClaim");
  const std::string old = TokenOf("repo:org/app");
  clock_.Advance(Hours(1));
  EXPECT_EQ(Refusal(AssumeRole(old)), "400 ExpiredTokenException");
  EXPECT_EQ(Refusal(AssumeRole(TokenOf("repo:org/app"), "ci role")), "400 ValidationError");
  meta::Trust trust = Trust("ci");
  trust.jwks.clear();
  Put(iam::AccountId::Default(), trust);
  EXPECT_EQ(Refusal(AssumeRole(TokenOf("repo:org/app"))), "400 IDPCommunicationError");
}

TEST_F(Sts, MissingParts) {
  EXPECT_EQ(Refusal({{"Version", "2011-06-15"}}), "400 MissingAction");
  EXPECT_EQ(Refusal({{"Action", "AssumeRole"}}), "400 InvalidAction");
  for (const char* name : {"RoleArn", "RoleSessionName", "WebIdentityToken"}) {
    Form form = AssumeRole(TokenOf("repo:org/app"));
    std::erase_if(form, [&](const auto& entry) { return entry.first == name; });
    EXPECT_EQ(Refusal(form), "400 ValidationError") << name;
  }
}

TEST_F(Sts, CallerIdentityOfAnAccessKey) {
  const auth::NewSecret key = AccessKey();
  auto request = WhoAmI();
  Sign(*request, "sts", key.id, key.secret);
  const std::string identity = BodyOf(Send(*request));
  EXPECT_EQ(Element(identity, "Arn"), "arn:aws:iam::000000000000:user/alice");
  EXPECT_EQ(Element(identity, "Account"), "000000000000");

  request = WhoAmI();
  EXPECT_EQ(RefusalOf(*request), "403 MissingAuthenticationToken");
  request = WhoAmI();
  Sign(*request, "sts", key.id, "another secret");
  EXPECT_EQ(RefusalOf(*request), "403 SignatureDoesNotMatch");
  request = WhoAmI();
  Sign(*request, "ecr", key.id, key.secret);  // of another service
  EXPECT_EQ(RefusalOf(*request), "403 SignatureDoesNotMatch");
  request = WhoAmI();
  Sign(*request, "sts", key.id, key.secret);
  request->body += "&X=y";
  EXPECT_EQ(RefusalOf(*request), "403 SignatureDoesNotMatch");
  request = WhoAmI();
  request->AddHeader("Authorization", "Bearer x");
  EXPECT_EQ(RefusalOf(*request), "403 IncompleteSignature");
}

TEST_F(Sts, SessionTokensEndWithWhatTheyWereAskedWith) {
  const auth::NewSecret key = AccessKey();
  const Form form = {{"Action", "GetSessionToken"}, {"DurationSeconds", "900"}};
  const auto request = PostForm("/", form);
  Sign(*request, "sts", key.id, key.secret);
  const std::string first = BodyOf(Send(*request));
  EXPECT_EQ(Element(first, "Expiration"), "2023-11-14T22:28:20Z");

  const auto again = PostForm("/", {{"Action", "GetSessionToken"}});
  Sign(*again, "sts", Element(first, "AccessKeyId"), Element(first, "SecretAccessKey"),
       Element(first, "SessionToken"));
  EXPECT_EQ(Element(BodyOf(Send(*again)), "Expiration"), "2023-11-14T22:28:20Z");

  clock_.Advance(Seconds(900));
  const auto late = WhoAmI();
  Sign(*late, "sts", Element(first, "AccessKeyId"), Element(first, "SecretAccessKey"),
       Element(first, "SessionToken"));
  EXPECT_EQ(RefusalOf(*late), "403 ExpiredToken");
}

}  // namespace
}  // namespace gantry::api::sts
