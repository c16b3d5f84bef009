#include "api/admin/testing/admin_fixture.h"

namespace gantry::api::admin {
namespace {

using AccessTest = AdminTest;

std::string BindingOf(const std::string& role, const std::string& principal) {
  return R"({"role":")" + role + R"(","principal":")" + principal + R"("})";
}

TEST_F(AccessTest, BindingsStandWhereTheyWereMade) {
  AddUser("alice", "reader");
  AddUser("lead", "project-admin", "/projects/myapp/bindings");
  const Answer made =
      Post("lead", "/repositories/myapp/api/bindings", BindingOf("writer", "user:alice"));
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(
      Post("lead", "/repositories/myapp/api/bindings", BindingOf("writer", "user:alice")).Reason(),
      "binding_exists");
  EXPECT_EQ(
      Post("lead", "/repositories/other/api/bindings", BindingOf("writer", "user:alice")).status,
      403);
  EXPECT_EQ(Post("boss", "/bindings", BindingOf("emperor", "user:alice")).Reason(), "role_unknown");
  EXPECT_EQ(Post("boss", "/bindings", BindingOf("reader", "alice")).Reason(), "principal_invalid");
  EXPECT_EQ(
      Get("lead", "/repositories/myapp/api/bindings").Document().root().Find("bindings").size(),
      1u);
  EXPECT_EQ(Get("boss", "/bindings").Document().root().Find("bindings").size(), 5u);
  // An id of another place is unknown there.
  EXPECT_EQ(Delete("lead", "/projects/myapp/bindings/" + made.Text("id")).Reason(),
            "binding_unknown");
  EXPECT_EQ(Delete("lead", "/repositories/myapp/api/bindings/" + made.Text("id")).status, 204);
}

TEST_F(AccessTest, NobodyGivesARoleThatHeDoesNotHave) {
  AddUser("alice", "reader");
  EXPECT_EQ(Post("boss", "/bindings", BindingOf("account-admin", "user:alice")).status, 201);
  EXPECT_EQ(Post("boss", "/bindings", BindingOf("system-admin", "user:alice")).Reason(),
            "role_not_allowed");
  EXPECT_EQ(Post("root", "/bindings", BindingOf("system-admin", "user:alice")).status, 201);
  EXPECT_EQ(Post("root", std::string("/accounts/") + kOther + "/bindings",
                 BindingOf("system-admin", "user:eve"))
                .Reason(),
            "role_not_allowed");
  // Who may bind, but has only a part of what the role gives.
  Put("root", "/roles/binder", R"({"actions":["account:Admin","account:Read"]})");
  AddUser("binder", "binder");
  EXPECT_EQ(Post("binder", "/bindings", BindingOf("reader", "user:binder")).Reason(),
            "role_not_allowed");
  EXPECT_EQ(Put("binder", "/roles/mine", R"({"actions":["repository:*"]})").Reason(),
            "role_not_allowed");
}

// Getting hold of somebody who has more is the same as giving it to oneself.
TEST_F(AccessTest, NobodyTakesOverWhoHasMore) {
  EXPECT_EQ(Put("boss", "/users/root/password", R"({"password":"mine now, all"})").Reason(),
            "role_not_allowed");
  EXPECT_EQ(Post("boss", "/access-keys", R"({"owner":"user:root"})").Reason(), "role_not_allowed");
  EXPECT_EQ(Delete("boss", "/users/root").Reason(), "role_not_allowed");
  EXPECT_EQ(Patch("boss", "/users/root", R"({"disabled":true})").Reason(), "role_not_allowed");
  Put("root", "/groups/operators", "{}");
  Post("root", "/bindings", BindingOf("system-admin", "group:operators"));
  EXPECT_EQ(Put("boss", "/groups/operators/members/boss", "").Reason(), "role_not_allowed");
  EXPECT_EQ(Put("boss", "/users/boss/groups", R"({"groups":["operators"]})").Reason(),
            "role_not_allowed");
  EXPECT_EQ(Post("boss", "/users", R"({"name":"eve","groups":["operators"]})").Reason(),
            "role_not_allowed");
  EXPECT_EQ(Put("root", "/groups/operators/members/boss", "").status, 204);
  Post("root", "/bindings", BindingOf("system-admin", "robot:keeper"));
  EXPECT_EQ(Post("alice", "/robots", R"({"name":"keeper"})").status, 403);
  Post("root", "/users", R"({"name":"chief"})");
  Post("root", "/bindings", BindingOf("account-admin", "user:chief"));
  EXPECT_EQ(Post("chief", "/robots", R"({"name":"keeper"})").Reason(), "role_not_allowed");
  Post("root", "/bindings", BindingOf("system-admin", "workload:github/*"));
  EXPECT_EQ(
      Put("chief", "/trusts/github", R"({"issuer":"https://i.example.com","audiences":["a"]})")
          .Reason(),
      "role_not_allowed");
  EXPECT_EQ(
      Put("chief", "/trusts/gitlab", R"({"issuer":"https://i.example.com","audiences":["a"]})")
          .status,
      200);
}

TEST_F(AccessTest, ALesserAdministratorDoesNotTakeAGreaterOnesRoleAway) {
  const Answer all = Get("boss", "/bindings");
  const auto document = all.Document();
  for (const json::Value binding : document.root().Find("bindings").Items()) {
    if (binding.Find("role").String() != "system-admin") continue;
    EXPECT_EQ(Delete("boss", "/bindings/" + std::string(*binding.Find("id").String())).Reason(),
              "role_not_allowed");
  }
}

TEST_F(AccessTest, PoliciesHaveEtags) {
  const std::string document = R"("document":{"Version":"2012-10-17","Statement":[{"Sid":"pull",
      "Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:BatchGetImage"}]})";
  const std::string path = "/repositories/myapp/api/policies/default";
  const Answer made = Put("boss", path, "{" + document + R"(,"etag":""})");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(Get("boss", path).body, made.body);
  EXPECT_EQ(Put("boss", path, "{" + document + R"(,"etag":""})").Reason(), "etag_mismatch");
  EXPECT_EQ(Put("boss", path, "{" + document + R"(,"etag":"0123"})").status, 409);
  const Answer changed =
      Put("boss", path, "{" + document + R"(,"etag":")" + made.Text("etag") + R"("})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.Text("etag"), made.Text("etag"));
  EXPECT_EQ(Get("boss", "/policies").Document().root().Find("policies").size(), 1u);
  EXPECT_EQ(Get("boss", "/repositories/myapp/api/policies").status, 200);
  EXPECT_EQ(
      Get("boss", "/repositories/myapp/web/policies").Document().root().Find("policies").size(),
      0u);
  EXPECT_EQ(Delete("boss", path).status, 204);
  EXPECT_EQ(Get("boss", path).Reason(), "policy_unknown");
}

TEST_F(AccessTest, PoliciesAreChecked) {
  const Answer bad = Put("boss", "/policies/p",
                         R"({"document":{"Statement":{"Effect":"Maybe","Principal":"*",
                             "Action":"*","Resource":"*"}}})");
  EXPECT_EQ(bad.Reason(), "policy_invalid");
  EXPECT_NE(bad.body.find("Effect"), std::string::npos) << bad.body;
  EXPECT_EQ(Put("boss", "/policies/p", R"({"form":"xml","document":{}})").Reason(), "form_invalid");
  EXPECT_EQ(Put("boss", "/policies/p", "{}").Reason(), "field_missing");
  EXPECT_EQ(Put("boss", "/projects/myapp/policies/google",
                R"({"form":"bindings","document":{"bindings":[
                    {"role":"roles/artifactregistry.reader","members":["user:alice"]}]}})")
                .status,
            200);
  EXPECT_EQ(Put("boss", "/projects/myapp/policies/google",
                R"({"form":"bindings","document":{"bindings":[
                    {"role":"system-admin","members":["user:boss"]}]}})")
                .Reason(),
            "role_not_allowed");
}

TEST_F(AccessTest, NobodyWritesAPolicyThatGivesMoreThanHeHas) {
  Put("root", "/roles/policy-writer", R"({"actions":["repository:Admin"]})");
  AddUser("writer", "policy-writer", "/repositories/myapp/api/bindings");
  const std::string path = "/repositories/myapp/api/policies/p";
  const auto allow = [](const std::string& effect, const std::string& action) {
    return R"({"document":{"Statement":{"Effect":")" + effect +
           R"(","Principal":{"AWS":"arn:aws:iam::000000000000:user/bob"},"Action":")" + action +
           R"("}}})";
  };
  EXPECT_EQ(Put("writer", path, allow("Allow", "ecr:PutImage")).Reason(), "role_not_allowed");
  EXPECT_EQ(Put("writer", path, allow("Deny", "ecr:PutImage")).status, 200);
  // What a greater administrator gave is not the lesser one's to take away.
  EXPECT_EQ(Put("boss", path, allow("Allow", "ecr:PutImage")).status, 200);
  EXPECT_EQ(Put("writer", path, allow("Deny", "ecr:PutImage")).Reason(), "role_not_allowed");
  EXPECT_EQ(Delete("writer", path).Reason(), "role_not_allowed");
  EXPECT_EQ(Put("boss", "/policies/all",
                R"({"document":{"Statement":{"Effect":"Allow","Principal":"*","Action":"*",
                    "Resource":"*"}}})")
                .Reason(),
            "role_not_allowed");
}

TEST_F(AccessTest, PoliciesAreAttachedToPrincipalsAndRoles) {
  Post("boss", "/users", R"({"name":"alice"})");
  Post("boss", "/users", R"({"name":"bob"})");
  Put("boss", "/groups/devs", "{}");
  Put("boss", "/groups/devs/members/bob", "");
  const std::string pull = R"({"document":{"Version":"2012-10-17","Statement":{"Effect":"Allow",
      "Action":"ecr:BatchGetImage","Resource":"*"}}})";
  const std::string freeze = R"({"document":{"Statement":{"Effect":"Deny","Action":"*",
      "Resource":"arn:aws:ecr:*:000000000000:repository/frozen/*"}}})";
  const auto sentence = [&](const std::string& principal, const std::string& resource) {
    return Get("boss",
               "/explain?action=repository:Pull&principal=" + principal + "&resource=" + resource)
        .Text("sentence");
  };
  const std::string path = "/principals/user:alice/policies/pull";
  const Answer made = Put("boss", path, pull);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(Get("boss", path).body, made.body);
  EXPECT_EQ(sentence("user:alice", "a"), "allowed: policy pull of user:alice allows it");
  EXPECT_EQ(Put("boss", "/principals/group:devs/policies/freeze", freeze).status, 200);
  EXPECT_EQ(Put("boss", "/principals/group:devs/policies/pull", pull).status, 200);
  EXPECT_EQ(sentence("user:bob", "a"), "allowed: policy pull of group:devs allows it");
  EXPECT_EQ(sentence("user:bob", "frozen/a").find("denied"), 0u)
      << sentence("user:bob", "frozen/a");
  EXPECT_EQ(
      Get("boss", "/principals/group:devs/policies").Document().root().Find("policies").size(), 2u);
  EXPECT_EQ(Get("boss", "/policies").Document().root().Find("policies").size(), 3u);
  EXPECT_EQ(Delete("boss", path).status, 204);
  EXPECT_NE(sentence("user:alice", "a").find("no statement allows"), std::string::npos);
  // Of a role: whoever has it, where he has it.
  Put("boss", "/roles/looker", R"({"actions":["project:Read"]})");
  EXPECT_EQ(Put("boss", "/principals/role:looker/policies/pull", pull).status, 200);
  Post("boss", "/projects/mine/bindings", BindingOf("looker", "user:alice"));
  EXPECT_EQ(sentence("user:alice", "mine/a"),
            "allowed: policy pull of role looker for project mine allows it");
  EXPECT_NE(sentence("user:alice", "other/a").find("no statement allows"), std::string::npos);
  // They go with whom they belong to.
  EXPECT_EQ(Delete("boss", "/groups/devs").status, 204);
  EXPECT_EQ(Get("boss", "/policies").Document().root().Find("policies").size(), 1u);
  EXPECT_EQ(Get("boss", "/principals/group:devs/policies").Reason(), "group_unknown");
  EXPECT_EQ(Get("boss", "/principals/workload:x/policies").Reason(), "principal_invalid");
  EXPECT_EQ(Get("boss", "/principals/role:reader/policies").Reason(), "role_unknown");
  EXPECT_EQ(Put("boss", path, R"({"form":"bindings","document":{"bindings":[]}})").Reason(),
            "form_invalid");
}

TEST_F(AccessTest, NobodyAttachesAPolicyThatGivesMoreThanHeHas) {
  Post("boss", "/users", R"({"name":"alice"})");
  Put("root", "/roles/clerk", R"({"actions":["account:Admin","account:Read"]})");
  AddUser("clerk", "clerk");
  const std::string push = R"({"document":{"Statement":{"Effect":"Allow","Action":"ecr:PutImage",
      "Resource":"*"}}})";
  EXPECT_EQ(Put("clerk", "/principals/user:alice/policies/p", push).Reason(), "role_not_allowed");
  EXPECT_EQ(Put("boss", "/principals/user:alice/policies/p", push).status, 200);
  EXPECT_EQ(Delete("clerk", "/principals/user:alice/policies/p").Reason(), "role_not_allowed");
  EXPECT_EQ(Put("alice", "/principals/user:alice/policies/q", push).status, 403);
  // A policy of a role is a part of what its binding gives.
  Put("root", "/roles/plain", R"({"actions":["account:Read"]})");
  EXPECT_EQ(Put("clerk", "/principals/role:plain/policies/p", push).Reason(), "role_not_allowed");
  EXPECT_EQ(Put("boss", "/principals/role:plain/policies/p", push).status, 200);
  EXPECT_EQ(Post("clerk", "/bindings", BindingOf("plain", "user:clerk")).Reason(),
            "role_not_allowed");
  EXPECT_EQ(Post("boss", "/bindings", BindingOf("plain", "user:alice")).status, 201);
}

TEST_F(AccessTest, CustomRoles) {
  const Answer made = Put("boss", "/roles/pusher", R"({"actions":["ecr:PutImage"]})");
  EXPECT_NE(made.body.find(R"("actions":["repository:Push"])"), std::string::npos) << made.body;
  EXPECT_EQ(Put("boss", "/roles/reader", R"({"actions":["repository:Pull"]})").Reason(),
            "role_built_in");
  EXPECT_EQ(Put("boss", "/roles/x", R"({"actions":["repository:Pul"]})").Reason(),
            "action_unknown");
  EXPECT_EQ(Put("boss", "/roles/x", R"({"actions":[]})").Reason(), "actions_empty");
  AddUser("alice", "pusher");
  EXPECT_EQ(Delete("boss", "/roles/pusher").Reason(), "role_bound");
  EXPECT_EQ(Get("boss", "/roles").status, 200);
  EXPECT_EQ(Delete("boss", "/users/alice").status, 204);
  EXPECT_EQ(Delete("boss", "/roles/pusher").status, 204);
  EXPECT_EQ(Delete("boss", "/roles/pusher").Reason(), "role_unknown");
}

TEST_F(AccessTest, Projects) {
  EXPECT_EQ(Post("boss", "/projects", R"({"name":"myapp","anonymousPull":true})").status, 201);
  EXPECT_EQ(Post("boss", "/projects", R"({"name":"myapp"})").Reason(), "project_exists");
  EXPECT_EQ(Post("boss", "/projects", R"({"name":"my/app"})").Reason(), "project_invalid");
  EXPECT_EQ(Get("boss", "/who-can?action=repository:Pull&resource=myapp/api")
                    .body.find(R"("principals":"*")") != std::string::npos,
            true);
  EXPECT_EQ(Patch("boss", "/projects/myapp", R"({"anonymousPull":false})").status, 200);
  EXPECT_EQ(Get("boss", "/projects/-").Text("name"), "");
  EXPECT_EQ(Patch("boss", "/projects/-", R"({"anonymousPull":false})").status, 200);
  EXPECT_EQ(Get("boss", "/projects").status, 200);
  PushImage(Repo("myapp/api"), "v1", {"layer"});
  EXPECT_EQ(Delete("boss", "/projects/myapp").Reason(), "project_not_empty");
  PushImage(Repo("pushed/api"), "v1", {"layer"});
  EXPECT_EQ(Get("boss", "/projects/pushed").status, 200);
  EXPECT_EQ(Get("boss", "/projects/none").Reason(), "project_unknown");
  // To open a project one must be able to read it.
  Put("root", "/roles/updater", R"({"actions":["project:Update"]})");
  AddUser("updater", "updater", "/projects/myapp/bindings");
  EXPECT_EQ(Patch("updater", "/projects/myapp", R"({"anonymousPull":true})").Reason(),
            "role_not_allowed");
}

TEST_F(AccessTest, QuestionsToThePolicies) {
  AddUser("alice", "reader", "/projects/myapp/bindings");
  const Answer yes = Get(
      "boss", "/explain?principal=user:alice&action=repository:Pull&resource=repository/myapp/api");
  EXPECT_EQ(yes.Document().root().Find("allowed").Bool(), true);
  EXPECT_EQ(yes.Text("sentence"), "allowed: role reader for project myapp allows it");
  const Answer no =
      Get("boss", "/explain?principal=user:alice&action=repository:Push&resource=myapp/api");
  EXPECT_EQ(no.Document().root().Find("allowed").Bool(), false);
  EXPECT_EQ(
      Get("boss", "/explain?principal=user:nobody&action=repository:Pull&resource=a").Reason(),
      "user_unknown");
  EXPECT_EQ(Get("boss", "/explain?principal=group:x&action=repository:Pull&resource=a").Reason(),
            "principal_invalid");
  EXPECT_EQ(Get("boss", "/explain?principal=anonymous&action=repository:Pul&resource=a").Reason(),
            "action_unknown");
  EXPECT_EQ(Get("boss", "/explain?action=repository:Pull&resource=a").Reason(),
            "parameter_missing");
  // Policies of another account are its own.
  EXPECT_EQ(
      Get("boss", "/who-can?action=repository:Pull&resource=111122223333/repository/a").status,
      403);
  EXPECT_EQ(
      Get("root", "/who-can?action=repository:Pull&resource=111122223333/repository/a").status,
      200);
  const Answer reach = Get("boss", "/reach?principal=user:alice");
  EXPECT_NE(reach.body.find("000000000000/project/myapp"), std::string::npos) << reach.body;
  EXPECT_EQ(Get("alice", "/reach?principal=user:alice").status, 403);
}

}  // namespace
}  // namespace gantry::api::admin
