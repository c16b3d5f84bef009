#include "api/admin/testing/admin_fixture.h"

namespace gantry::api::admin {
namespace {

using IdentitiesTest = AdminTest;

TEST_F(IdentitiesTest, UsersLive) {
  const Answer made = Post(
      "boss", "/users", R"({"name":"alice","email":"a@example.com","password":"correct horse"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.Document().root().Find("passwordMustChange").Bool(), true);
  EXPECT_EQ(made.body.find("argon2"), std::string::npos);
  EXPECT_EQ(Post("boss", "/users", R"({"name":"alice"})").Reason(), "user_exists");
  EXPECT_EQ(Post("boss", "/users", R"({"name":"bob","password":"short"})").Reason(),
            "password_weak");
  EXPECT_EQ(Patch("boss", "/users/alice", R"({"disabled":true})").status, 200);
  EXPECT_EQ(Get("boss", "/users/alice").Document().root().Find("disabled").Bool(), true);
  EXPECT_EQ(Get("boss", "/users?n=1").Document().root().Find("more").Bool(), true);
  EXPECT_EQ(Put("boss", "/users/alice/password", R"({"password":"another one"})").status, 204);
  EXPECT_EQ(Put("boss", "/users/nobody/password", R"({"password":"another one"})").Reason(),
            "user_unknown");
  EXPECT_EQ(Delete("boss", "/users/alice").status, 204);
  EXPECT_EQ(Delete("boss", "/users/alice").Reason(), "user_unknown");
  EXPECT_EQ(Get("alice", "/users").status, 403);
}

TEST_F(IdentitiesTest, OwnPasswordNeedsTheOneBefore) {
  Post("boss", "/users", R"({"name":"alice","password":"correct horse"})");
  EXPECT_EQ(
      Put("alice", "/me/password", R"({"current":"wrong","password":"battery staple"})").Reason(),
      "password_wrong");
  EXPECT_EQ(
      Put("alice", "/me/password", R"({"current":"correct horse","password":"correct horse"})")
          .Reason(),
      "password_same");
  EXPECT_EQ(
      Put("alice", "/me/password", R"({"current":"correct horse","password":"battery staple"})")
          .status,
      204);
  EXPECT_EQ(Get("boss", "/users/alice").Document().root().Find("passwordMustChange").Bool(), false);
  EXPECT_EQ(Put("", "/me/password", R"({"current":"a","password":"b"})").status, 403);
}

TEST_F(IdentitiesTest, GroupsHaveMembers) {
  Post("boss", "/users", R"({"name":"alice"})");
  EXPECT_EQ(Put("boss", "/groups/devs", R"({"description":"developers"})").status, 200);
  EXPECT_EQ(Put("boss", "/groups/devs/members/alice", "").status, 204);
  EXPECT_EQ(Put("boss", "/groups/devs/members/nobody", "").Reason(), "user_unknown");
  EXPECT_EQ(Get("boss", "/groups/devs/members").body, R"({"members":["alice"],"more":false})");
  EXPECT_NE(Get("boss", "/users/alice").body.find(R"("groups":["devs"])"), std::string::npos);
  Put("boss", "/groups/ops", "{}");
  EXPECT_NE(
      Put("boss", "/users/alice/groups", R"({"groups":["ops"]})").body.find(R"("groups":["ops"])"),
      std::string::npos);
  EXPECT_EQ(Put("boss", "/users/alice/groups", R"({"groups":["none"]})").Reason(), "group_unknown");
  EXPECT_EQ(Delete("boss", "/groups/ops/members/alice").status, 204);
  EXPECT_EQ(Delete("boss", "/groups/ops/members/alice").Reason(), "member_unknown");
  EXPECT_EQ(Get("boss", "/groups").status, 200);
  EXPECT_EQ(Get("boss", "/groups/devs").status, 200);
  EXPECT_EQ(Delete("boss", "/groups/devs").status, 204);
  EXPECT_EQ(Get("boss", "/groups/devs").Reason(), "group_unknown");
}

TEST_F(IdentitiesTest, ARobotShowsItsSecretOnce) {
  const Answer made = Post("boss", "/robots", R"({"name":"ci","description":"builds"})");
  EXPECT_EQ(made.status, 201);
  const std::string secret = made.Text("secret");
  EXPECT_GE(secret.size(), 20u);
  EXPECT_EQ(made.Text("login"), "robot$ci");
  const Answer shown = Get("boss", "/robots/ci");
  EXPECT_EQ(shown.body.find(secret), std::string::npos);
  EXPECT_NE(shown.body.find(made.Text("secretId")), std::string::npos) << shown.body;
  const Answer rotated = Post("boss", "/robots/ci/rotate", R"({"overlapSeconds":60})");
  EXPECT_NE(rotated.Text("secret"), secret);
  EXPECT_EQ(Get("boss", "/robots/ci").Document().root().Find("secrets").size(), 2u);
  EXPECT_EQ(Post("boss", "/robots/ci/rotate", R"({"overlapSeconds":99999999})").Reason(),
            "overlap_invalid");
  EXPECT_EQ(Patch("boss", "/robots/ci", R"({"disabled":true})").status, 200);
  EXPECT_EQ(Post("boss", "/robots", R"({"name":"old","expires":"2001-01-01"})").Reason(),
            "expiry_past");
  EXPECT_EQ(Get("boss", "/robots").status, 200);
  EXPECT_EQ(Delete("boss", "/robots/ci").status, 204);
  EXPECT_EQ(Get("boss", "/robots/ci").Reason(), "robot_unknown");
}

TEST_F(IdentitiesTest, AccessKeysOfOthersAndOnesOwn) {
  Post("boss", "/users", R"({"name":"alice"})");
  const Answer made = Post("boss", "/access-keys", R"({"owner":"user:alice"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_FALSE(made.Text("secret").empty());
  const std::string path = "/access-keys/" + made.Text("id");
  EXPECT_EQ(Patch("boss", path, R"({"disabled":true})").status, 200);
  EXPECT_EQ(Get("boss", "/access-keys?owner=user:alice").body.find(made.Text("secret")),
            std::string::npos);
  EXPECT_EQ(Get("boss", "/access-keys").Reason(), "owner_missing");
  const Answer own = Post("alice", "/me/access-keys", "");
  EXPECT_EQ(own.status, 201);
  EXPECT_EQ(Get("alice", "/me/access-keys").Document().root().Find("accessKeys").size(), 2u);
  EXPECT_EQ(Delete("boss", "/me" + path).Reason(), "access_key_unknown");
  EXPECT_EQ(Patch("alice", "/me" + path, R"({"disabled":false})").status, 200);
  EXPECT_EQ(Delete("alice", "/me" + path).status, 204);
  EXPECT_EQ(Delete("boss", path).Reason(), "access_key_unknown");
  EXPECT_EQ(Post("boss", "/access-keys", R"({"owner":"group:devs"})").Reason(), "owner_invalid");
}

TEST_F(IdentitiesTest, SessionsEnd) {
  Post("boss", "/users", R"({"name":"alice"})");
  const auto session = SessionOf("alice");
  auth::TokenRequest request;
  request.by = session.get();
  const auto token = core::Must(tokens_.Issue(request));
  ASSERT_TRUE(tokens_.Verify(token.token).ok());
  EXPECT_EQ(Post("alice", "/sessions/revoke", R"({"token":")" + token.id + R"("})").status, 403);
  EXPECT_EQ(Post("boss", "/sessions/revoke", R"({"token":")" + token.id + R"("})").status, 204);
  EXPECT_EQ(core::ReasonOf(tokens_.Verify(token.token)), "token_revoked");

  const auto other = core::Must(tokens_.Issue(request));
  clock_.Advance(Seconds(5));
  EXPECT_EQ(Post("alice", "/sessions/logout-everywhere", R"({"principal":"user:boss"})").status,
            403);
  EXPECT_EQ(Post("boss", "/sessions/logout-everywhere", R"({"principal":"user:alice"})").status,
            204);
  EXPECT_EQ(core::ReasonOf(tokens_.Verify(other.token)), "token_revoked");
  EXPECT_EQ(Post("alice", "/sessions/logout-everywhere", "").status, 204);
  EXPECT_EQ(Post("alice", "/sessions/revoke", "").Reason(), "token_missing");
  EXPECT_EQ(Get("alice", "/me").Text("principal"), "user:alice");
}

TEST_F(IdentitiesTest, TrustsAreChecked) {
  const std::string good =
      R"({"issuer":"https://token.actions.githubusercontent.com","audiences":["gantry"],
          "conditions":[{"claim":"repository","equals":["my-org/app"]}],
          "attributes":{"repository":"repository"}})";
  const Answer made = Put("boss", "/trusts/github", good);
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(Get("boss", "/trusts").status, 200);
  EXPECT_EQ(Get("boss", "/trusts/github").body, made.body);
  EXPECT_EQ(Put("boss", "/trusts/x", R"({"issuer":"https://i.example.com"})").Reason(),
            "audiences_invalid");
  EXPECT_EQ(Put("boss", "/trusts/x", R"({"issuer":"i","audiences":["a"]})").Reason(),
            "issuer_invalid");
  EXPECT_EQ(Put("boss", "/trusts/x",
                R"({"issuer":"https://i.example.com","audiences":["a"],"lifetimeSecondsMax":1})")
                .Reason(),
            "lifetime_invalid");
  EXPECT_EQ(Delete("boss", "/trusts/github").status, 204);
  EXPECT_EQ(Get("boss", "/trusts/github").Reason(), "trust_unknown");
}

}  // namespace
}  // namespace gantry::api::admin
