#include "auth/federation.h"

#include <functional>
#include <map>

#include "auth/jwt.h"
#include "auth/testing/installation.h"
#include "auth/trust.h"

namespace gantry::auth {
namespace {

constexpr char kIssuer[] = "https://issuer.example.com";

// Answers what the test says, and counts.
class FakeClient final : public httpc::Client {
 public:
  Result<httpc::Response> Send(const httpc::Request& request) override {
    requests[request.url] += 1;
    if (unreachable) return Unavailable("connect_failed", "nobody listens");
    httpc::Response response;
    const auto found = documents.find(request.url);
    response.status = found == documents.end() ? 404 : 200;
    if (found != documents.end()) response.body = found->second;
    return response;
  }

  std::map<std::string, std::string> documents;
  std::map<std::string, int> requests;
  bool unreachable = false;
};

class FederationTest : public Installation {
 protected:
  FederationTest() {
    Publish("k1", key_of_issuer_);
    client_.documents[std::string(kIssuer) + "/.well-known/openid-configuration"] =
        R"({"issuer":"https://issuer.example.com","jwks_uri":"https://keys.example.com/jwks"})";
    trust_.name = "github";
    trust_.issuer = kIssuer;
    trust_.audiences = R"(["gantry"])";
    trust_.conditions =
        R"([{"claim":"repository","equals":["org/app"]},{"claim":"ref","like":["refs/heads/*"]}])";
    trust_.attributes = R"({"repository":"repository","run":"run_number"})";
    Put(trust_);
  }

  void Put(const meta::Trust& trust) {
    Must(access_.Write([&](db::Tx& tx) { return meta::PutTrust(tx, account_, trust); }));
  }

  void Publish(const std::string& id, const crypto::PrivateKey& key) {
    std::vector<KeySetEntry> keys;
    keys.push_back({id, key.Public()});
    client_.documents["https://keys.example.com/jwks"] = KeySet(std::move(keys)).Json();
  }

  std::string Token(const std::string& more = R"("repository":"org/app","ref":"refs/heads/main")",
                    const std::string& audience = "gantry", int64_t lifetime = 600) const {
    const int64_t now = clock_.Now().micros / 1'000'000;
    return SignJwt(key_of_issuer_, "k1",
                   R"({"iss":")" + std::string(kIssuer) + R"(","aud":")" + audience +
                       R"(","sub":"repo:org/app:ref:refs/heads/main","run_number":7,"iat":)" +
                       std::to_string(now) + R"(,"exp":)" + std::to_string(now + lifetime) + "," +
                       more + "}");
  }

  std::string Exchange(const std::string& token, const std::string& trust = "") {
    return ReasonOf(federation_.Exchange(account_, trust, token));
  }

  const crypto::PrivateKey key_of_issuer_ =
      crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kRs256);
  FakeClient client_;
  meta::Trust trust_;
  Federation federation_{*db_, client_, clock_};
};

TEST_F(FederationTest, ATokenOfATrustedIssuerIsASession) {
  const SessionPtr session = Must(federation_.Exchange(account_, "", Token()));
  EXPECT_EQ(session->principal.Text(), "workload:github/repo:org/app:ref:refs/heads/main");
  const std::map<std::string, std::string, std::less<>> attributes = {{"repository", "org/app"},
                                                                      {"run", "7"}};
  EXPECT_EQ(session->principal.attributes, attributes);
  // The token itself is good for ten minutes only.
  EXPECT_EQ(session->expires_at, clock_.Now() + Seconds(3600));
  EXPECT_EQ(session->credential_id, "trust/github");
  EXPECT_EQ(Exchange(Token(), "github"), "ok");
  // And that session makes tokens as any other.
  const auto issued = Must(tokens_.Issue({session.get(), std::nullopt, Hours(1)}));
  EXPECT_EQ(issued.expires_at, session->expires_at);
  EXPECT_EQ(Must(tokens_.Verify(issued.token))->principal.attributes, attributes);
}

TEST_F(FederationTest, WhatNoTrustAcceptsIsForeign) {
  EXPECT_EQ(Exchange(Token(), "gitlab"), "token_foreign");
  EXPECT_EQ(Exchange(Token(R"("repository":"org/app","ref":"refs/heads/main")", "other")),
            "token_foreign");
  EXPECT_EQ(ReasonOf(federation_.Exchange(other_account_, "", Token())), "token_foreign");
  trust_.disabled = true;
  Put(trust_);
  EXPECT_EQ(Exchange(Token()), "token_foreign");
}

TEST_F(FederationTest, EveryConditionMustHold) {
  EXPECT_EQ(Exchange(Token(R"("repository":"org/other","ref":"refs/heads/main")")),
            "claims_refused");
  EXPECT_EQ(Exchange(Token(R"("repository":"org/app","ref":"refs/tags/v1")")), "claims_refused");
  EXPECT_EQ(Exchange(Token(R"("repository":"org/app")")), "claims_refused");
  EXPECT_EQ(Exchange(Token(R"("repository":["x","org/app"],"ref":"refs/heads/a")")), "ok");
  EXPECT_EQ(Exchange(Token(R"("repository":{"x":"org/app"},"ref":"refs/heads/a")")),
            "claims_refused");
}

TEST_F(FederationTest, OutOfTimeOrSignedByOthersItIsRefused) {
  const std::string token = Token();
  clock_.Advance(Seconds(660));
  EXPECT_EQ(Exchange(token), "token_expired");
  const auto stranger = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kRs256);
  EXPECT_EQ(Exchange(SignJwt(stranger, "k1", R"({"iss":"https://issuer.example.com"})")),
            "token_invalid");
  EXPECT_EQ(Exchange("x"), "token_invalid");
}

TEST_F(FederationTest, ASessionLivesNoLongerThanTheTrustAllows) {
  trust_.lifetime_max = Seconds(120);
  Put(trust_);
  EXPECT_EQ(Must(federation_.Exchange(account_, "", Token()))->expires_at,
            clock_.Now() + Seconds(120));
}

TEST_F(FederationTest, KeysAreFetchedOnceAndAgainForAnUnknownOneAtMostOnceAMinute) {
  const std::string url = "https://keys.example.com/jwks";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Exchange(Token()), "ok");
  EXPECT_EQ(client_.requests[url], 1);
  const std::string unknown =
      SignJwt(key_of_issuer_, "k9", R"({"iss":"https://issuer.example.com"})");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Exchange(unknown), "token_invalid");
  EXPECT_EQ(client_.requests[url], 1);
  clock_.Advance(Seconds(60));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Exchange(unknown), "token_invalid");
  EXPECT_EQ(client_.requests[url], 2);
}

TEST_F(FederationTest, ARotatedKeyOfTheIssuerIsFound) {
  EXPECT_EQ(Exchange(Token()), "ok");
  const auto next = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256);
  Publish("k2", next);
  clock_.Advance(Seconds(60));
  const int64_t now = clock_.Now().micros / 1'000'000;
  EXPECT_EQ(Exchange(SignJwt(
                next, "k2",
                R"({"iss":"https://issuer.example.com","aud":"gantry","sub":"s","exp":)" +
                    std::to_string(now + 60) + R"(,"repository":"org/app","ref":"refs/heads/x"})")),
            "ok");
  EXPECT_EQ(Exchange(Token()), "token_invalid");  // the old one is gone
}

TEST_F(FederationTest, AnIssuerThatDoesNotAnswerIsNotAskedAllTheTime) {
  client_.unreachable = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Exchange(Token()), "issuer_unreachable");
  EXPECT_EQ(client_.requests.size(), 1U);
  EXPECT_EQ(client_.requests.begin()->second, 1);
  client_.unreachable = false;
  clock_.Advance(Seconds(60));
  EXPECT_EQ(Exchange(Token()), "ok");
  client_.unreachable = true;  // for less than an hour nobody notices
  clock_.Advance(Seconds(3599));
  EXPECT_EQ(Exchange(Token()), "ok");
  clock_.Advance(Seconds(1));
  EXPECT_EQ(Exchange(Token()), "issuer_unreachable");
}

TEST_F(FederationTest, KeysCanBeInTheTrust) {
  trust_.jwks = client_.documents["https://keys.example.com/jwks"];
  Put(trust_);
  client_.unreachable = true;
  EXPECT_EQ(Exchange(Token()), "ok");
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(FederationTest, KeysComeFromWhereTheyMay) {
  const std::string discovery = std::string(kIssuer) + "/.well-known/openid-configuration";
  client_.documents[discovery] =
      R"({"issuer":"https://evil.example.com","jwks_uri":"https://keys.example.com/jwks"})";
  EXPECT_EQ(Exchange(Token()), "issuer_unreachable");
  client_.documents[discovery] =
      R"({"issuer":"https://issuer.example.com","jwks_uri":"http://169.254.169.254/"})";
  clock_.Advance(Seconds(60));
  EXPECT_EQ(Exchange(Token()), "issuer_unreachable");
  EXPECT_EQ(client_.requests.count("http://169.254.169.254/"), 0U);
  trust_.jwks_url = "https://keys.example.com/jwks";
  Put(trust_);
  EXPECT_EQ(Exchange(Token()), "ok");
}

TEST(TrustTest, ClaimsAreFoundInsideOfOthers) {
  const auto claims = Must(json::Document::Parse(
      R"({"kubernetes.io":{"namespace":"prod","serviceaccount":{"name":"web"}},"a":{"b":true},
         "n":12,"r":1.5})"));
  EXPECT_EQ(ClaimText(claims.root(), "kubernetes.io.namespace"), "prod");
  EXPECT_EQ(ClaimText(claims.root(), "kubernetes.io.serviceaccount.name"), "web");
  EXPECT_EQ(ClaimText(claims.root(), "a.b"), "true");
  EXPECT_EQ(ClaimText(claims.root(), "n"), "12");
  EXPECT_EQ(ClaimText(claims.root(), "r"), std::nullopt);
  EXPECT_EQ(ClaimText(claims.root(), "a"), std::nullopt);
  EXPECT_EQ(ClaimText(claims.root(), "a.c"), std::nullopt);
  EXPECT_EQ(ClaimText(claims.root(), ".a"), std::nullopt);
}

TEST(TrustTest, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "{}", "[1]", R"([{"claim":"a"}])", R"([{"claim":"","equals":["x"]}])",
        R"([{"claim":"a","equals":[]}])", R"([{"claim":"a","equals":"x"}])",
        R"([{"claim":"a","equals":["x"],"like":["y"]}])", R"([{"claim":"a","matches":["x"]}])"}) {
    EXPECT_EQ(ReasonOf(ParseClaimConditions(text)), "conditions_invalid") << text;
  }
  for (const char* text : {"", "[]", R"({"a":1})", R"({"":"b"})", R"({"a":""})"}) {
    EXPECT_EQ(ReasonOf(ParseAttributeMapping(text)), "attributes_invalid") << text;
  }
  for (const char* text : {"", "[]", "\"a\"", "[1]"}) {
    EXPECT_EQ(ReasonOf(ParseAudiences(text)), "audiences_invalid") << text;
  }
  EXPECT_EQ(ReasonOf(ParseClaimConditions("[]")), "ok");
  EXPECT_EQ(ReasonOf(ParseAttributeMapping("{}")), "ok");
}

}  // namespace
}  // namespace gantry::auth
