#include "auth/authenticator.h"

#include <functional>
#include <set>

#include "auth/credentials.h"
#include "auth/testing/installation.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "meta/access_keys.h"
#include "meta/groups.h"
#include "meta/robots.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

class AuthenticatorTest : public Installation {
 protected:
  std::string Alice() const { return BasicOf("alice", "correct horse"); }

  void Change(const std::function<Result<void>(db::Tx&)>& change) {
    Must(access_.Write([&](db::Tx& tx) { return change(tx); }));
  }
};

TEST_F(AuthenticatorTest, NobodyIsAnonymous) {
  Attempt attempt;
  attempt.account = other_account_;
  const SessionPtr session = Must(authenticator_.Authenticate(attempt));
  EXPECT_TRUE(session->principal.IsAnonymous());
  EXPECT_EQ(session->principal.account, other_account_);
}

TEST_F(AuthenticatorTest, AUserComesInByPassword) {
  const SessionPtr session = Must(Login(Alice()));
  EXPECT_EQ(session->principal.Text(), "user:alice");
  EXPECT_EQ(session->credential_id, "password");
  EXPECT_FALSE(session->scopes.has_value());
  EXPECT_FALSE(session->limits.has_value());
  EXPECT_EQ(LoginReason(BasicOf("alice", "wrong")), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("alice", "")), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("Alice", "correct horse")), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("nobody", "correct horse")), "credentials_wrong");
}

TEST_F(AuthenticatorTest, AUserIsOneOfItsAccount) {
  const std::string header = Alice();
  const std::string_view values[] = {header};
  Attempt attempt;
  attempt.authorization = values;
  attempt.account = other_account_;
  EXPECT_EQ(ReasonOf(authenticator_.Authenticate(attempt)), "credentials_wrong");
  Must(Login(header));
  EXPECT_EQ(authenticator_.TryCached(header, other_account_, clock_.Now()), nullptr);
}

TEST_F(AuthenticatorTest, FailuresLookAlike) {
  Must(identities_.CreateUser(account_, "bob", "", std::nullopt));
  Must(identities_.CreateUser(account_, "carol", "", "correct horse"));
  Change([&](db::Tx& tx) -> Result<void> {
    auto carol = Must(meta::FindUser(tx, account_, "carol")).value();
    carol.disabled = true;
    TRY(meta::UpdateUser(tx, account_, carol));
    return Ok();
  });
  std::set<std::string> texts;
  for (const char* name : {"alice", "bob", "carol", "nobody"}) {
    const int64_t before = passwords_.computations();
    const auto failed = Login(BasicOf(name, name == std::string("alice") ? "x" : "correct horse"));
    ASSERT_FALSE(failed.ok()) << name;
    texts.insert(failed.error().ToString());
    EXPECT_EQ(passwords_.computations(), before + 1) << name;
  }
  EXPECT_EQ(texts.size(), 1U);
}

TEST_F(AuthenticatorTest, ASessionIsRememberedForAMinute) {
  EXPECT_EQ(authenticator_.TryCached(Alice(), account_, clock_.Now()), nullptr);
  const SessionPtr session = Must(Login(Alice()));
  const int64_t before = passwords_.computations();
  EXPECT_EQ(Must(Login(Alice())), session);
  EXPECT_EQ(authenticator_.TryCached(Alice(), account_, clock_.Now()), session);
  EXPECT_EQ(passwords_.computations(), before);
  clock_.Advance(Seconds(60));
  EXPECT_EQ(authenticator_.TryCached(Alice(), account_, clock_.Now()), nullptr);
  Must(Login(Alice()));
  EXPECT_EQ(passwords_.computations(), before + 1);
}

TEST_F(AuthenticatorTest, AChangeOfIdentitiesEndsWhatIsRememberedAtOnce) {
  Must(Login(Alice()));
  Change([&](db::Tx& tx) -> Result<void> {
    TRY(meta::PutGroup(tx, account_, {"devs", "", clock_.Now()}));
    TRY(meta::AddGroupMember(tx, account_, "devs", "alice"));
    return Ok();
  });
  EXPECT_EQ(authenticator_.TryCached(Alice(), account_, clock_.Now()), nullptr);
  EXPECT_EQ(Must(Login(Alice()))->principal.groups, std::vector<std::string>{"devs"});
  Must(identities_.SetPassword(account_, "alice", "new password", false));
  EXPECT_EQ(LoginReason(Alice()), "credentials_wrong");
  Must(Login(BasicOf("alice", "new password")));
  Change([&](db::Tx& tx) -> Result<void> {
    TRY(meta::DeleteUser(tx, account_, "alice"));
    return Ok();
  });
  EXPECT_EQ(LoginReason(BasicOf("alice", "new password")), "credentials_wrong");
}

TEST_F(AuthenticatorTest, ChangesOfAnotherAccountLeaveItAlone) {
  const SessionPtr session = Must(Login(Alice()));
  Must(identities_.CreateUser(other_account_, "eve", "", "correct horse"));
  EXPECT_EQ(authenticator_.TryCached(Alice(), account_, clock_.Now()), session);
}

TEST_F(AuthenticatorTest, FailuresLockANameWhetherItIsThereOrNot) {
  for (const char* name : {"alice", "nobody"}) {
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(LoginReason(BasicOf(name, "x"), "192.0.2." + std::to_string(i)),
                "credentials_wrong");
    }
    const int64_t before = passwords_.computations();
    const auto locked = Login(BasicOf(name, "correct horse"), "192.0.2.100");
    ASSERT_EQ(ReasonOf(locked), "locked_out");
    EXPECT_EQ(locked.error().detail().at(0).second, "1");
    EXPECT_EQ(passwords_.computations(), before);
  }
  clock_.Advance(Seconds(1));
  Must(Login(Alice()));  // and the count begins anew
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(LoginReason(BasicOf("alice", "x"), "192.0.2.7"), "credentials_wrong");
  }
  authenticator_.Forget();
  Must(Login(Alice()));
}

TEST_F(AuthenticatorTest, TokensComeInEveryForm) {
  const std::string token = TokenOf("alice");
  for (const std::string& header : {"Bearer " + token, "bearer " + token, BasicOf("AWS", token),
                                    BasicOf("oauth2accesstoken", token), BasicOf("<token>", token),
                                    BasicOf("_token", token), BasicOf("", token)}) {
    const SessionPtr session = Must(Login(header));
    EXPECT_EQ(session->principal.Text(), "user:alice") << header;
    EXPECT_FALSE(session->token_id.empty());
  }
  EXPECT_EQ(LoginReason("Bearer " + token + "x"), "token_invalid");
  EXPECT_EQ(LoginReason("Bearer "), "token_invalid");
  EXPECT_EQ(LoginReason(BasicOf("AWS", "password")), "token_invalid");
  // No password either way round.
  EXPECT_EQ(LoginReason(BasicOf("alice", token)), "credentials_wrong");
}

TEST_F(AuthenticatorTest, ATokenIsRememberedNoLongerThanItLives) {
  const std::string header = "Bearer " + TokenOf("alice", Seconds(60));
  clock_.Advance(Seconds(50));
  Must(Login(header));
  clock_.Advance(Seconds(9));
  EXPECT_NE(authenticator_.TryCached(header, account_, clock_.Now()), nullptr);
  clock_.Advance(Seconds(1));
  EXPECT_EQ(authenticator_.TryCached(header, account_, clock_.Now()), nullptr);
  EXPECT_EQ(LoginReason(header), "token_expired");
}

TEST_F(AuthenticatorTest, ARevokedTokenIsRefusedAtOnceThoughItWasRemembered) {
  const std::string header = "Bearer " + TokenOf("alice");
  const SessionPtr session = Must(Login(header));
  Must(tokens_.Revoke(account_, session->token_id, session->expires_at));
  EXPECT_EQ(authenticator_.TryCached(header, account_, clock_.Now()), nullptr);
  EXPECT_EQ(LoginReason(header), "token_revoked");
}

TEST_F(AuthenticatorTest, RobotsComeInByTheirSecret) {
  const NewSecret ci = Must(identities_.CreateRobot(account_, "ci", "", std::nullopt, kNever));
  const NewSecret app = Must(identities_.CreateRobot(account_, "app+ci", "", "app", kNever));
  for (const char* name : {"robot$ci", "robot+ci"}) {
    const SessionPtr session = Must(Login(BasicOf(name, ci.secret)));
    EXPECT_EQ(session->principal.Text(), "robot:ci");
    EXPECT_EQ(session->credential_id, "robot_secret/" + ci.id);
    EXPECT_FALSE(session->limits.has_value());
  }
  const SessionPtr session = Must(Login(BasicOf("robot$app+ci", app.secret)));
  EXPECT_EQ(session->principal.Text(), "robot:app+ci");
  ASSERT_TRUE(session->limits.has_value());
  const auto pull = iam::Action::kRepositoryPull;
  EXPECT_TRUE(session->limits->Allows(pull, iam::Resource::Repository(account_, "app/web")));
  EXPECT_FALSE(session->limits->Allows(pull, iam::Resource::Repository(account_, "apple/web")));
  EXPECT_FALSE(session->limits->Allows(pull, iam::Resource::Repository(other_account_, "app/web")));
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", app.secret)), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("ci", ci.secret)), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("robot$none", ci.secret)), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", "")), "credentials_wrong");
}

TEST_F(AuthenticatorTest, ARobotsSecretIsRotatedWithAnOverlap) {
  const NewSecret first = Must(identities_.CreateRobot(account_, "ci", "", std::nullopt, kNever));
  const NewSecret second = Must(identities_.RotateRobotSecret(account_, "ci", Hours(1)));
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", first.secret)), "ok");
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", second.secret)), "ok");
  clock_.Advance(Hours(1));
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", first.secret)), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", second.secret)), "ok");
  const NewSecret third = Must(identities_.RotateRobotSecret(account_, "ci", Hours(1)));
  const NewSecret fourth = Must(identities_.RotateRobotSecret(account_, "ci", Hours(1)));
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", second.secret)), "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", third.secret)), "ok");
  EXPECT_EQ(LoginReason(BasicOf("robot$ci", fourth.secret)), "ok");
}

TEST_F(AuthenticatorTest, ARobotEndsWhenItExpiresOrIsDisabled) {
  const Time end = clock_.Now() + Seconds(30);
  const NewSecret ci = Must(identities_.CreateRobot(account_, "ci", "", std::nullopt, end));
  const std::string header = BasicOf("robot$ci", ci.secret);
  EXPECT_EQ(Must(Login(header))->expires_at, end);
  clock_.Advance(Seconds(30));
  EXPECT_EQ(LoginReason(header), "credentials_wrong");
  Change([&](db::Tx& tx) -> Result<void> {
    auto robot = Must(meta::FindRobot(tx, account_, "ci")).value();
    robot.expires_at = Time{};
    TRY(meta::UpdateRobot(tx, account_, robot));
    return Ok();
  });
  EXPECT_EQ(LoginReason(header), "ok");
  Change([&](db::Tx& tx) -> Result<void> {
    auto robot = Must(meta::FindRobot(tx, account_, "ci")).value();
    robot.disabled = true;
    TRY(meta::UpdateRobot(tx, account_, robot));
    return Ok();
  });
  EXPECT_EQ(LoginReason(header), "credentials_wrong");
}

TEST_F(AuthenticatorTest, AKeyFileIsARobots) {
  const NewSecret ci = Must(identities_.CreateRobot(account_, "ci", "", std::nullopt, kNever));
  const std::string file = MakeKeyFile(account_.text(), "ci", ci.secret);
  EXPECT_EQ(Must(Login(BasicOf("_json_key", file)))->principal.Text(), "robot:ci");
  EXPECT_EQ(Must(Login(BasicOf("_json_key_base64", Base64Encode(file))))->principal.Text(),
            "robot:ci");
  EXPECT_EQ(LoginReason(BasicOf("_json_key", MakeKeyFile(account_.text(), "ci", "x"))),
            "credentials_wrong");
  EXPECT_EQ(LoginReason(BasicOf("_json_key", "{}")), "credentials_invalid");
  EXPECT_EQ(LoginReason(BasicOf("_json_key_base64", file)), "credentials_invalid");
}

TEST_F(AuthenticatorTest, UnreadableHeadersAreRefused) {
  for (const std::string& header :
       {std::string(), std::string("Basic"), std::string("Basic !"), std::string("Digest x"),
        "Basic " + Base64Encode("no colon"), BasicOf("a\nb", "x"), BasicOf("\xff", "x"),
        BasicOf(std::string(300, 'a'), "x"), std::string(20'000, 'x'), BasicOf("a", "b\x01")}) {
    EXPECT_EQ(LoginReason(header), "credentials_invalid") << header.substr(0, 40);
  }
  const std::string header = Alice();
  const std::string_view twice[] = {header, header};
  Attempt attempt;
  attempt.authorization = twice;
  EXPECT_EQ(ReasonOf(authenticator_.Authenticate(attempt)), "credentials_invalid");
}

TEST_F(AuthenticatorTest, AStrongerHashTakesThePlaceOfAWeakerOne) {
  crypto::PasswordHasher::Options weak;
  weak.cost = {32, 1, 1};
  crypto::PasswordHasher weaker(weak);
  const std::string hash = Must(weaker.Hash("correct horse"));
  Change([&](db::Tx& tx) -> Result<void> {
    auto alice = Must(meta::FindUser(tx, account_, "alice")).value();
    alice.password_hash = hash;
    TRY(meta::UpdateUser(tx, account_, alice));
    return Ok();
  });
  Must(Login(Alice()));
  Must(db_->Read([&](db::Tx& tx) -> Result<void> {
    const auto alice = Must(meta::FindUser(tx, account_, "alice")).value();
    EXPECT_TRUE(alice.password_hash.starts_with("$argon2id$v=19$m=64,")) << alice.password_hash;
    return Ok();
  }));
  authenticator_.Forget();
  Must(Login(Alice()));
}

// Requests signed with access keys.
class SignatureTest : public AuthenticatorTest {
 protected:
  std::string Sign(const SigV4Key& key, const std::string& body = "{}") {
    const std::string hash = HexEncode(crypto::Sha256("{}"));
    HeaderList headers = {{"Host", "api.ecr.example.com"}, {"X-Amz-Target", "Get"}};
    const SigV4Request signing{"POST", "/", "", &headers, hash};
    const HeaderList added = SignSigV4(signing, key, "us-east-1", "ecr", clock_.Now());
    headers.insert(headers.end(), added.begin(), added.end());
    const std::string authorization = headers.back().second;
    headers.pop_back();
    const std::string sent_hash = HexEncode(crypto::Sha256(body));
    const SigV4Request request{"POST", "/", "", &headers, sent_hash};
    const std::string_view values[] = {authorization};
    Attempt attempt;
    attempt.authorization = values;
    attempt.signed_request = &request;
    attempt.service = "ecr";
    auto session = authenticator_.Authenticate(attempt);
    if (!session.ok()) return std::string(session.error().reason());
    return (*session)->principal.FullText() + " " + (*session)->credential_id;
  }
};

TEST_F(SignatureTest, AnAccessKeyIsItsOwners) {
  const NewSecret key = Must(identities_.CreateAccessKey(account_, "user:alice"));
  EXPECT_EQ(Sign({key.id, key.secret, ""}), "000000000000/user:alice " + key.id);
  EXPECT_EQ(Sign({key.id, key.secret + "x", ""}), "signature_wrong");
  EXPECT_EQ(Sign({"AKIANOBODY", key.secret, ""}), "signature_wrong");
  EXPECT_EQ(Sign({key.id, key.secret, ""}, "other"), "payload_wrong");
  Must(identities_.CreateAccessKey(account_, "user:alice"));
  EXPECT_EQ(ReasonOf(identities_.CreateAccessKey(account_, "user:alice")), "too_many_access_keys");
  EXPECT_EQ(ReasonOf(identities_.CreateAccessKey(account_, "user:nobody")), "user_unknown");
  EXPECT_EQ(ReasonOf(identities_.CreateAccessKey(account_, "group:devs")), "owner_invalid");
  Change([&](db::Tx& tx) -> Result<void> {
    TRY(meta::SetAccessKeyDisabled(tx, account_, key.id, true));
    return Ok();
  });
  EXPECT_EQ(Sign({key.id, key.secret, ""}), "signature_wrong");
}

TEST_F(SignatureTest, ASecretIsNowhereInTheDatabase) {
  const NewSecret key = Must(identities_.CreateAccessKey(account_, "user:alice"));
  Must(db_->Read([&](db::Tx& tx) -> Result<void> {
    const auto row = Must(meta::FindAccessKey(tx, key.id)).value();
    EXPECT_EQ(row.sealed_secret.find(key.secret), std::string::npos);
    EXPECT_EQ(Must(key_.Unseal("access_key/" + key.id, row.sealed_secret)), key.secret);
    EXPECT_EQ(ReasonOf(key_.Unseal("access_key/AKIAOTHER", row.sealed_secret)),
              "sealed_secret_damaged");
    return Ok();
  }));
}

TEST_F(SignatureTest, TemporaryCredentialsEndWithTheirToken) {
  const Session by = SessionOf("alice");
  const TemporaryKey key = Must(tokens_.IssueTemporaryKey({&by, std::nullopt, Seconds(900)}));
  const SigV4Key signing{key.access_key_id, key.secret, key.session_token.token};
  EXPECT_EQ(Sign(signing), "000000000000/user:alice password");
  EXPECT_EQ(Sign({key.access_key_id, key.secret, ""}), "token_invalid");
  EXPECT_EQ(Sign({key.access_key_id, "wrong", key.session_token.token}), "signature_wrong");
  const TemporaryKey other = Must(tokens_.IssueTemporaryKey({&by, std::nullopt, Seconds(900)}));
  EXPECT_EQ(Sign({key.access_key_id, key.secret, other.session_token.token}), "signature_wrong");
  EXPECT_EQ(Sign({other.access_key_id, key.secret, other.session_token.token}), "signature_wrong");
  clock_.Advance(Seconds(900));
  EXPECT_EQ(Sign(signing), "token_expired");
}

TEST_F(SignatureTest, IsNotTakenWhereThereIsNoSuchApi) {
  EXPECT_EQ(LoginReason("AWS4-HMAC-SHA256 Credential=A/20261124/r/ecr/aws4_request"),
            "credentials_invalid");
}

}  // namespace
}  // namespace gantry::auth
