#include "auth/token_service.h"

#include "auth/jwt.h"
#include "auth/testing/installation.h"
#include "meta/groups.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

class TokenServiceTest : public Installation {
 protected:
  std::string Verify(const std::string& token) { return ReasonOf(tokens_.Verify(token)); }
  std::vector<Scope> Scopes(const std::string& text) const {
    return Must(ParseScopes(account_, text));
  }
};

TEST_F(TokenServiceTest, ATokenSaysWhomItIsFor) {
  const Session by = SessionOf("alice");
  const IssuedToken issued =
      Must(tokens_.Issue({&by, Scopes("repository:app/web:pull"), Seconds(60)}));
  EXPECT_EQ(issued.expires_at, clock_.Now() + Seconds(60));
  const SessionPtr session = Must(tokens_.Verify(issued.token));
  EXPECT_EQ(session->principal.FullText(), "000000000000/user:alice");
  EXPECT_EQ(session->token_id, issued.id);
  EXPECT_EQ(session->credential_id, "password");
  EXPECT_EQ(session->started_at, by.started_at);
  EXPECT_EQ(session->scopes, Scopes("repository:app/web:pull"));
  ASSERT_TRUE(session->limits.has_value());
  const auto web = iam::Resource::Repository(account_, "app/web");
  EXPECT_TRUE(session->limits->Allows(iam::Action::kRepositoryPull, web));
  EXPECT_FALSE(session->limits->Allows(iam::Action::kRepositoryPush, web));
  EXPECT_FALSE(session->limits->Allows(iam::Action::kRepositoryPull,
                                       iam::Resource::Repository(account_, "app/api")));
  EXPECT_FALSE(session->limits->Allows(iam::Action::kRepositoryPull,
                                       iam::Resource::Repository(other_account_, "app/web")));
}

TEST_F(TokenServiceTest, WhoeverIsNobodyGetsATokenToo) {
  Session by{.principal = iam::Principal{account_}};
  by.expires_at = kNever;
  const IssuedToken issued =
      Must(tokens_.Issue({&by, Scopes("repository:public/app:pull"), Seconds(60)}));
  const SessionPtr session = Must(tokens_.Verify(issued.token));
  EXPECT_EQ(session->principal.FullText(), "000000000000/anonymous");
  ASSERT_TRUE(session->limits.has_value());
  EXPECT_FALSE(session->limits->Allows(iam::Action::kRepositoryPush,
                                       iam::Resource::Repository(account_, "public/app")));
}

TEST_F(TokenServiceTest, LivesAsLongAsAskedFor) {
  const Session by = SessionOf("alice");
  EXPECT_EQ(ReasonOf(tokens_.Issue({&by, std::nullopt, Seconds(59)})), "lifetime_invalid");
  EXPECT_EQ(ReasonOf(tokens_.Issue({&by, std::nullopt, Seconds(43'201)})), "lifetime_invalid");
  const std::string token = TokenOf("alice", Seconds(60));
  clock_.Advance(Seconds(59));
  EXPECT_EQ(Verify(token), "ok");
  clock_.Advance(Seconds(1));
  EXPECT_EQ(Verify(token), "token_expired");
}

TEST_F(TokenServiceTest, ATokenOfATokenIsNeitherWiderNorLonger) {
  const Session by = SessionOf("alice");
  const auto narrow =
      Must(tokens_.Issue({&by, Scopes("repository:a/b:pull,push repository:c/d:*"), Seconds(120)}));
  const SessionPtr session = Must(tokens_.Verify(narrow.token));
  const auto wider = Must(tokens_.Issue(
      {session.get(), Scopes("repository:a/b:* repository:c/d:delete repository:e/f:pull"),
       Hours(12)}));
  const SessionPtr second = Must(tokens_.Verify(wider.token));
  EXPECT_EQ(second->scopes, Scopes("repository:a/b:pull,push repository:c/d:delete"));
  EXPECT_EQ(second->expires_at, narrow.expires_at);
  EXPECT_EQ(Must(tokens_.Verify(Must(tokens_.Issue({session.get(), std::nullopt})).token))->scopes,
            session->scopes);
}

TEST_F(TokenServiceTest, AnEmptyScopePermitsNothing) {
  const Session by = SessionOf("alice");
  const auto issued = Must(tokens_.Issue({&by, std::vector<Scope>()}));
  const SessionPtr session = Must(tokens_.Verify(issued.token));
  ASSERT_TRUE(session->limits.has_value());
  EXPECT_TRUE(session->limits->list().empty());
}

TEST_F(TokenServiceTest, RevocationTakesEffectAtOnce) {
  const Session by = SessionOf("alice");
  const IssuedToken first = Must(tokens_.Issue({&by, std::nullopt}));
  const IssuedToken second = Must(tokens_.Issue({&by, std::nullopt}));
  Must(tokens_.Revoke(account_, first.id, first.expires_at));
  EXPECT_EQ(Verify(first.token), "token_revoked");
  EXPECT_EQ(Verify(second.token), "ok");
  clock_.Advance(Seconds(1));
  Must(tokens_.EndSessions(account_, "user:alice"));
  EXPECT_EQ(Verify(second.token), "token_revoked");
  // A session that is over makes no new tokens that are good.
  EXPECT_EQ(Verify(Must(tokens_.Issue({&by, std::nullopt})).token), "token_revoked");
  EXPECT_EQ(Verify(TokenOf("alice")), "ok");
}

TEST_F(TokenServiceTest, WhoIsNoLongerThereHasNoTokens) {
  const std::string token = TokenOf("alice");
  const auto set = [&](bool disabled) {
    Must(access_.Write([&](db::Tx& tx) -> Result<void> {
      auto alice = Must(meta::FindUser(tx, account_, "alice")).value();
      alice.disabled = disabled;
      TRY(meta::UpdateUser(tx, account_, alice));
      return Ok();
    }));
  };
  set(true);
  EXPECT_EQ(Verify(token), "token_revoked");
  set(false);
  EXPECT_EQ(Verify(token), "ok");
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::DeleteUser(tx, account_, "alice"));
    return Ok();
  }));
  EXPECT_EQ(Verify(token), "token_revoked");
  // Another user of that name is another user.
  clock_.Advance(Seconds(1));
  Must(identities_.CreateUser(account_, "alice", "", "another horse"));
  EXPECT_EQ(Verify(token), "token_revoked");
}

TEST_F(TokenServiceTest, GroupsAreThoseOfNow) {
  const std::string token = TokenOf("alice");
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::PutGroup(tx, account_, {"devs", "", clock_.Now()}));
    TRY(meta::AddGroupMember(tx, account_, "devs", "alice"));
    return Ok();
  }));
  EXPECT_EQ(Must(tokens_.Verify(token))->principal.groups, std::vector<std::string>{"devs"});
}

TEST_F(TokenServiceTest, AWorkloadKeepsWhatItsIssuerSaid) {
  Session by = SessionOf("alice");
  by.principal = {account_,
                  iam::PrincipalKind::kWorkload,
                  "github/repo:org/app",
                  {"a", "b"},
                  {{"repository", "org/app"}}};
  const SessionPtr session = Must(tokens_.Verify(Must(tokens_.Issue({&by, std::nullopt})).token));
  EXPECT_EQ(session->principal.IdentityText(), by.principal.IdentityText());
}

TEST_F(TokenServiceTest, TokensOfOthersAreForeign) {
  TokenService other_issuer(access_, keys_, key_, clock_, {"https://other.example.com", "gantry"});
  TokenService other_service(access_, keys_, key_, clock_,
                             {"https://registry.example.com", "other"});
  const Session by = SessionOf("alice");
  EXPECT_EQ(Verify(Must(other_issuer.Issue({&by, std::nullopt})).token), "token_foreign");
  EXPECT_EQ(Verify(Must(other_service.Issue({&by, std::nullopt})).token), "token_foreign");
}

TEST_F(TokenServiceTest, ChangedTokensAreInvalid) {
  const std::string token = TokenOf("alice");
  const size_t payload = token.find('.') + 1;
  for (size_t i = payload; i < token.size(); i += 11) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(Verify(changed), "ok") << i;
  }
  // A key that is not ours under the id of ours.
  const auto stranger = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256);
  const auto claims = Must(ParseJwt(token));
  const std::string forged = SignJwt(
      stranger, claims.key_id,
      R"({"iss":"https://registry.example.com","aud":"gantry","sub":"user:alice","exp":9999999999})");
  EXPECT_EQ(Verify(forged), "token_invalid");
}

TEST_F(TokenServiceTest, KeysRotateWithoutEndingTokens) {
  const std::string first_key = keys_.Current().id;
  clock_.Advance(Hours(24 * 29));
  Must(keys_.Maintain());
  EXPECT_EQ(keys_.Current().id, first_key);  // the next one is published, and does not sign yet
  EXPECT_EQ(keys_.Accepted()->keys().size(), 2U);
  clock_.Advance(Seconds(24 * 3600 - 1));
  const std::string token = TokenOf("alice", Hours(12));
  EXPECT_EQ(keys_.Current().id, first_key);
  clock_.Advance(Seconds(1));
  EXPECT_NE(keys_.Current().id, first_key);
  clock_.Advance(Seconds(12 * 3600 - 2));
  Must(keys_.Maintain());
  EXPECT_EQ(Verify(token), "ok");
  clock_.Advance(Seconds(3603));
  Must(keys_.Maintain());
  EXPECT_EQ(keys_.Accepted()->keys().size(), 1U);
  EXPECT_EQ(Verify(TokenOf("alice")), "ok");
}

TEST_F(TokenServiceTest, ALeakedKeyEndsItsTokens) {
  const std::string token = TokenOf("alice");
  clock_.Advance(Seconds(1));
  Must(keys_.RotateNow(clock_.Now()));
  EXPECT_EQ(Verify(token), "token_invalid");
  EXPECT_EQ(Verify(TokenOf("alice")), "ok");
  EXPECT_EQ(keys_.Accepted()->keys().size(), 1U);
}

TEST_F(TokenServiceTest, AnotherNodesKeyIsFoundWhenItIsNeeded) {
  SigningKeys other_keys(*db_, key_, clock_);
  Must(other_keys.Maintain());
  clock_.Advance(Seconds(1));
  Must(other_keys.RotateNow(clock_.Now() + Hours(13)));
  TokenService other(access_, other_keys, key_, clock_, tokens_.options());
  const Session by = SessionOf("alice");
  EXPECT_EQ(Verify(Must(other.Issue({&by, std::nullopt})).token), "ok");
}

TEST_F(TokenServiceTest, PrivateKeysAreSealed) {
  const InstallationKey another(std::string(32, 'x'));
  SigningKeys other(*db_, another, clock_);
  EXPECT_EQ(ReasonOf(other.Maintain()), "sealed_secret_damaged");
}

TEST(ScopeTest, AreMadeCanonical) {
  const auto account = iam::AccountId::Default();
  const auto text = [&](const std::string& scopes) {
    const auto parsed = ParseScopes(account, scopes);
    if (!parsed.ok()) return std::string(parsed.error().reason());
    std::string all;
    for (const Scope& scope : *parsed) all += (all.empty() ? "" : " ") + ScopeText(scope);
    return all;
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("repository:b:push,pull,pull  repository:a/b:pull repository:b:delete"),
            "repository:a/b:pull repository:b:delete,pull,push");
  EXPECT_EQ(text("registry:catalog:*"), "registry:catalog:*");
  EXPECT_EQ(text("repository(plugin):a:pull"), "repository:a:pull");
  EXPECT_EQ(text("repository:a:pull,frob"), "repository:a:pull");
  for (const char* bad : {"repository", "repository:a", "project:a:pull", "repository::pull",
                          "repository:A:pull", "repository:a/../b:pull", "repository:a//b:pull",
                          "repository:/a:pull", "repository:a/:pull", "repository:a*:pull",
                          "repository:localhost:5000/a:pull", "registry:other:*", ":a:pull"}) {
    EXPECT_EQ(text(bad), "scope_invalid") << bad;
  }
  std::string many;
  for (int i = 0; i < 101; ++i) many += " repository:a" + std::to_string(i) + ":pull";
  EXPECT_EQ(text(many), "scope_invalid");
  EXPECT_EQ(text("repository:" + std::string(256, 'a') + ":pull"), "scope_invalid");
}

}  // namespace
}  // namespace gantry::auth
