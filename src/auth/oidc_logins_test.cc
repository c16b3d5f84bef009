#include "auth/oidc_logins.h"

#include <map>
#include <string>
#include <vector>

#include "auth/jwt.h"
#include "auth/testing/installation.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "meta/groups.h"
#include "meta/user_identities.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

constexpr char kIssuer[] = "https://login.example.com";
constexpr char kCallback[] = "https://registry.example.com/login/oidc/corp/callback";

// A provider that gives the ID token and the claims of userinfo that a test says.
class FakeProvider final : public httpc::Client {
 public:
  FakeProvider() : key_(crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256)) {}

  Result<httpc::Response> Send(const httpc::Request& request) override {
    requests.push_back(request);
    const std::string path = request.url.substr(sizeof(kIssuer) - 1);
    httpc::Response response;
    response.status = 200;
    if (path == "/.well-known/openid-configuration") {
      response.body = R"({"issuer":"https://login.example.com",
          "authorization_endpoint":"https://login.example.com/auth",
          "token_endpoint":"https://login.example.com/token",
          "userinfo_endpoint":"https://login.example.com/me",
          "jwks_uri":"https://login.example.com/keys"})";
    } else if (path == "/keys") {
      std::vector<KeySetEntry> keys;
      keys.push_back({"k1", key_.Public()});
      response.body = KeySet(std::move(keys)).Json();
    } else if (path == "/token") {
      response.status = token_status;
      response.body =
          R"({"access_token":"at","id_token":")" + SignJwt(key_, "k1", claims) + R"("})";
    } else {
      response.body = userinfo;
    }
    return response;
  }

  std::string claims;
  std::string userinfo = "{}";
  int token_status = 200;
  std::vector<httpc::Request> requests;

 private:
  const crypto::PrivateKey key_;
};

class OidcLoginsTest : public Installation {
 protected:
  OidcLoginsTest() {
    for (const char* group : {"devs", "ops"})
      Must(access_.Write([&](db::Tx& tx) {
        return meta::PutGroup(tx, account_, {group, "", clock_.Now()});
      }));
  }

  static OidcProvider Provider() {
    OidcProvider provider;
    provider.name = "corp";
    provider.issuer = kIssuer;
    provider.client_id = "gantry";
    provider.client_secret = "a secret";
    provider.groups_claim = "realm.groups";
    return provider;
  }

  OidcBegin Begin(const std::optional<WaitingProgram>& program = std::nullopt) {
    return Must(logins_.Begin("corp", kCallback, program));
  }

  static std::string ParameterOf(const std::string& url, const std::string& name) {
    const size_t start = url.find(name + "=") + name.size() + 1;
    return *PercentDecode(url.substr(start, url.find('&', start) - start), false);
  }

  // What the provider says of somebody who logs in for `begin`.
  std::string Claims(const OidcBegin& begin, const std::string& more = Groups("devs"),
                     const std::string& audience = R"("gantry")") const {
    const int64_t now = clock_.Now().micros / 1'000'000;
    return R"({"iss":"https://login.example.com","sub":"a-1","aud":)" + audience + R"(,"iat":)" +
           std::to_string(now) + R"(,"exp":)" + std::to_string(now + 300) + R"(,"nonce":")" +
           ParameterOf(begin.url, "nonce") + "\"" + more + "}";
  }
  static std::string Groups(const std::string& group) {
    return R"(,"preferred_username":"carol","realm":{"groups":[")" + group + R"("]})";
  }

  Result<OidcEnd> End(const OidcBegin& begin, const std::string& error = "") {
    return logins_.End("corp", begin.cookie, {begin.state, "c0de", "", error});
  }
  std::string EndReason(const OidcBegin& begin) { return ReasonOf(End(begin)); }

  std::vector<std::string> GroupsOf(const std::string& user) {
    std::vector<std::string> groups;
    Must(db_->Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(groups, meta::GroupsOf(tx, account_, user));
      return Ok();
    }));
    return groups;
  }

  FakeProvider provider_;
  OidcLogins logins_{{Provider()}, access_, key_, provider_, clock_, /*allow_http=*/false};
};

TEST_F(OidcLoginsTest, AsksAsTheSpecificationHasIt) {
  const OidcBegin begin = Begin();
  EXPECT_TRUE(begin.url.starts_with("https://login.example.com/auth?response_type=code&"));
  EXPECT_EQ(ParameterOf(begin.url, "client_id"), "gantry");
  EXPECT_EQ(ParameterOf(begin.url, "redirect_uri"), kCallback);
  EXPECT_EQ(ParameterOf(begin.url, "scope"), "openid profile email");
  EXPECT_EQ(ParameterOf(begin.url, "state"), begin.state);
  EXPECT_EQ(ParameterOf(begin.url, "code_challenge_method"), "S256");
  provider_.claims = Claims(begin);
  EXPECT_TRUE(End(begin).ok());
  const httpc::Request& asked = provider_.requests.at(1);
  EXPECT_EQ(asked.url, "https://login.example.com/token");
  EXPECT_EQ(asked.headers.back().second, "Basic " + Base64Encode("gantry:a%20secret"));
  const std::string verifier = ParameterOf(asked.body, "code_verifier");
  EXPECT_EQ(Base64UrlEncode(crypto::Sha256(verifier)), ParameterOf(begin.url, "code_challenge"));
  EXPECT_EQ(begin.cookie.find(verifier), std::string::npos);
}

TEST_F(OidcLoginsTest, MakesAUserAndKeepsGroups) {
  OidcBegin begin = Begin();
  provider_.claims = Claims(begin);
  const OidcEnd end = Must(End(begin));
  EXPECT_EQ(end.session->principal.Text(), "user:carol");
  EXPECT_EQ(end.session->credential_id, "oidc/corp");
  EXPECT_EQ(end.session->expires_at, clock_.Now() + Hours(12));
  EXPECT_EQ(GroupsOf("carol"), std::vector<std::string>{"devs"});
  // No password is good.
  EXPECT_EQ(LoginReason(BasicOf("carol", "")), "credentials_wrong");
  // Another name is the same person, whose groups are others now.
  begin = Begin();
  provider_.claims =
      Claims(begin, R"(,"preferred_username":"admin","realm":{"groups":["ops","none"]})");
  EXPECT_EQ(Must(End(begin)).session->principal.Text(), "user:carol");
  EXPECT_EQ(GroupsOf("carol"), std::vector<std::string>{"ops"});
  // A login that changes nothing raises no version.
  const int64_t before = access_.IdentityChanges();
  begin = Begin();
  provider_.claims = Claims(begin, Groups("ops"));
  EXPECT_TRUE(End(begin).ok());
  EXPECT_EQ(access_.IdentityChanges(), before);
  // A claim that is not there is no group.
  begin = Begin();
  provider_.claims = Claims(begin, R"(,"preferred_username":"carol")");
  provider_.userinfo = R"({"sub":"a-1"})";
  EXPECT_TRUE(End(begin).ok());
  EXPECT_TRUE(GroupsOf("carol").empty());
}

TEST_F(OidcLoginsTest, AsksForClaimsThatTheTokenLacks) {
  const OidcBegin begin = Begin();
  provider_.claims = Claims(begin, "");
  provider_.userinfo = R"({"sub":"b-2","preferred_username":"carol"})";
  EXPECT_EQ(EndReason(begin), "issuer_unreachable");  // it is about another one
  const OidcBegin second = Begin();
  provider_.claims = Claims(second, "");
  provider_.userinfo = R"({"sub":"a-1","preferred_username":"carol","realm":{"groups":"ops"},
                           "email":"carol@example.com","email_verified":true})";
  EXPECT_TRUE(End(second).ok());
  EXPECT_EQ(provider_.requests.back().headers.front().second, "Bearer at");
  EXPECT_EQ(GroupsOf("carol"), std::vector<std::string>{"ops"});
}

TEST_F(OidcLoginsTest, TheTokenIsOfThisLogin) {
  const OidcBegin other = Begin();
  const auto reason = [&](const std::string& claims) {
    const OidcBegin begin = Begin();
    provider_.claims = claims.empty() ? Claims(begin) : claims;
    return EndReason(begin);
  };
  EXPECT_EQ(reason(""), "ok");
  EXPECT_EQ(reason(Claims(other)), "token_invalid");  // its nonce
  const auto with = [&](const std::string& more, const std::string& audience) {
    const OidcBegin begin = Begin();
    provider_.claims = Claims(begin, more, audience);
    return EndReason(begin);
  };
  EXPECT_EQ(with(Groups("devs"), R"("other")"), "token_foreign");
  EXPECT_EQ(with(Groups("devs"), R"(["gantry","other"])"), "ok");
  EXPECT_EQ(with(Groups("devs") + R"(,"azp":"other")", R"(["gantry","other"])"), "token_foreign");
  EXPECT_EQ(with(Groups("devs") + R"(,"azp":"gantry")", R"(["gantry","other"])"), "ok");
  clock_.Advance(Seconds(1));
  const OidcBegin late = Begin();
  provider_.claims = Claims(late);
  clock_.Advance(Seconds(599));
  EXPECT_EQ(EndReason(late), "token_expired");
}

TEST_F(OidcLoginsTest, TheAnswerIsOfThisBrowserOnceAndInTime) {
  const OidcBegin begin = Begin();
  const OidcBegin other = Begin();
  provider_.claims = Claims(begin);
  const auto reason = [&](const std::string& cookie, const OidcAnswer& answer) {
    return ReasonOf(logins_.End("corp", cookie, answer));
  };
  EXPECT_EQ(reason("", {begin.state, "c0de", "", ""}), "login_unknown");
  EXPECT_EQ(reason(other.cookie, {begin.state, "c0de", "", ""}), "login_unknown");
  EXPECT_EQ(reason(begin.cookie, {"", "c0de", "", ""}), "login_unknown");
  std::string changed = begin.cookie;
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(reason(changed, {begin.state, "c0de", "", ""}), "login_unknown");
  EXPECT_EQ(provider_.requests.size(), 1u);  // the provider is not asked for any of these
  EXPECT_EQ(reason(begin.cookie, {begin.state, "c0de", kIssuer, ""}), "ok");
  EXPECT_EQ(reason(begin.cookie, {begin.state, "c0de", kIssuer, ""}), "login_unknown");
  EXPECT_EQ(reason(other.cookie, {other.state, "c0de", "https://evil.example.com", ""}),
            "login_unknown");
  const OidcBegin late = Begin();
  clock_.Advance(OidcLogins::kFlightMax);
  EXPECT_EQ(EndReason(late), "login_unknown");
  EXPECT_EQ(ReasonOf(logins_.Begin("none", kCallback, std::nullopt)), "provider_unknown");
}

TEST_F(OidcLoginsTest, WhoIsRefused) {
  OidcBegin begin = Begin();
  EXPECT_EQ(ReasonOf(End(begin, "access_denied")), "login_refused");
  begin = Begin();
  provider_.token_status = 400;
  EXPECT_EQ(EndReason(begin), "issuer_unreachable");
  provider_.token_status = 200;
  Must(identities_.CreateUser(account_, "dave", "", "a good password"));
  begin = Begin();
  provider_.claims = Claims(begin, R"(,"preferred_username":"dave","realm":{"groups":[]})");
  EXPECT_EQ(EndReason(begin), "user_name_taken");
  begin = Begin();
  provider_.claims = Claims(begin, R"(,"preferred_username":"not a name","realm":{"groups":[]})");
  EXPECT_EQ(EndReason(begin), "user_name_invalid");
  begin = Begin();
  provider_.claims = Claims(begin);
  EXPECT_TRUE(End(begin).ok());
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(auto user, meta::FindUser(tx, account_, "carol"));
    user->disabled = true;
    TRY(meta::UpdateUser(tx, account_, *user));
    return Ok();
  }));
  begin = Begin();
  provider_.claims = Claims(begin);
  EXPECT_EQ(EndReason(begin), "user_disabled");
}

// Whoever is deleted and comes again is another one, with another row.
TEST_F(OidcLoginsTest, ADeletedUserIsForgotten) {
  OidcBegin begin = Begin();
  provider_.claims = Claims(begin);
  const OidcEnd end = Must(End(begin));
  const IssuedToken token = Must(tokens_.Issue({end.session.get(), std::nullopt, Hours(1)}));
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::DeleteUser(tx, account_, "carol"));
    TRY_ASSIGN(const auto left, meta::ListUserIdentities(tx, account_, "carol"));
    EXPECT_TRUE(left.empty());
    return Ok();
  }));
  clock_.Advance(Seconds(1));
  begin = Begin();
  provider_.claims = Claims(begin);
  EXPECT_TRUE(End(begin).ok());
  EXPECT_EQ(ReasonOf(tokens_.Verify(token.token)), "token_revoked");
}

TEST_F(OidcLoginsTest, AProgramGetsItsSessionOnce) {
  const std::string verifier = "the verifier of the program";
  const WaitingProgram program{43'210, "s1", Base64UrlEncode(crypto::Sha256(verifier))};
  const OidcBegin begin = Begin(program);
  provider_.claims = Claims(begin);
  const OidcEnd end = Must(End(begin));
  ASSERT_TRUE(end.program.has_value());
  EXPECT_EQ(end.program->port, 43'210);
  EXPECT_EQ(end.program->state, "s1");
  const std::string code = logins_.MakeCode(*end.session, *end.program);
  EXPECT_EQ(ReasonOf(logins_.RedeemCode(code, "another")), "code_invalid");
  EXPECT_EQ(ReasonOf(logins_.RedeemCode(begin.cookie, verifier)), "code_invalid");
  const SessionPtr session = Must(logins_.RedeemCode(code, verifier));
  EXPECT_EQ(session->principal.Text(), "user:carol");
  EXPECT_EQ(session->credential_id, "oidc/corp");
  EXPECT_EQ(ReasonOf(logins_.RedeemCode(code, verifier)), "code_invalid");
  const std::string late = logins_.MakeCode(*end.session, *end.program);
  clock_.Advance(OidcLogins::kCodeLifetime);
  EXPECT_EQ(ReasonOf(logins_.RedeemCode(late, verifier)), "code_invalid");
  for (const WaitingProgram& bad :
       {WaitingProgram{0, "s", "c"}, WaitingProgram{65'536, "s", "c"}, WaitingProgram{80, "", "c"},
        WaitingProgram{80, "s&x", "c"}, WaitingProgram{80, "s", ""}}) {
    EXPECT_EQ(ReasonOf(logins_.Begin("corp", kCallback, bad)), "program_invalid");
  }
}

}  // namespace
}  // namespace gantry::auth
