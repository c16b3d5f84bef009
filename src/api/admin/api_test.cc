#include "api/admin/api.h"

#include <set>

#include "api/admin/testing/admin_fixture.h"

namespace gantry::api::admin {
namespace {

using ApiTest = AdminTest;

std::string KeyOf(std::string_view method, std::string_view path) {
  std::string key;
  for (const char c : method) key += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return key + " " + std::string(path);
}

TEST_F(ApiTest, EveryRouteIsDescribedAndTheOtherWayRound) {
  std::set<std::string> routes;
  for (const http::Route& route : routes_) {
    const std::string path = OpenApiCheck::PathOf(route.pattern);
    const std::string key = KeyOf(http::MethodName(route.method), path);
    routes.insert(key);
    const json::Value operation = open_api_.Operation(path, key.substr(0, key.find(' ')));
    ASSERT_TRUE(operation) << key << " is not in openapi.json";
    EXPECT_EQ(operation.Find("operationId").String(), route.name) << key;
    EXPECT_EQ(operation.Find("x-gantry-action").String(), route.action) << key;
  }
  for (const auto [path, item] : open_api_.paths().Members()) {
    for (const auto [method, operation] : item.Members()) {
      if (method == "servers") continue;
      EXPECT_TRUE(routes.contains(KeyOf(method, path))) << method << " " << path << " is no route";
    }
  }
}

// Which path items have the second form is said by the servers they have.
TEST_F(ApiTest, TheFormForAnyAccountIsDescribed) {
  std::set<std::string> patterns;
  for (const http::Route& route : routes_) patterns.insert(route.pattern);
  for (const http::Route& route : routes_) {
    const std::string path = OpenApiCheck::PathOf(route.pattern);
    std::string pattern_path = route.pattern.substr(std::string("/api/admin/v1").size());
    if (pattern_path.starts_with("/accounts/{account}/")) continue;
    const bool of_account = patterns.contains("/api/admin/v1/accounts/{account}" + pattern_path);
    EXPECT_EQ(open_api_.paths().Find(path).Find("servers") ? false : true, of_account) << path;
  }
}

TEST_F(ApiTest, UnknownFieldsAreRefusedByName) {
  const Answer answer = Post("boss", "/users", R"({"nam":"alice"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.Reason(), "field_unknown");
  EXPECT_NE(answer.body.find("\\\"nam\\\" is not known; did you mean \\\"name\\\"?"),
            std::string::npos)
      << answer.body;
  EXPECT_EQ(Post("boss", "/users", R"({"email":"a@example.com"})").Reason(), "field_missing");
  EXPECT_EQ(Post("boss", "/users", R"({"name":7})").Reason(), "field_invalid");
  EXPECT_EQ(Post("boss", "/users", "[]").Reason(), "body_invalid");
  EXPECT_EQ(Post("boss", "/users", "{").Reason(), "json_invalid");
}

TEST_F(ApiTest, StoreRoutesAnswer) {
  PushImage(Repo("myapp/api"), "v1", {"layer"});
  for (const char* target : {"/collections", "/scrubs", "/orphans"})
    EXPECT_EQ(Post("root", target, "").status, 200) << target;
  EXPECT_EQ(Get("root", "/storage").status, 200);
  EXPECT_EQ(Get("root", "/trash").status, 200);
  EXPECT_EQ(Get("boss", "/storage").status, 403);
  EXPECT_EQ(Post("root", "/backups?directory=/tmp/x", "").Reason(), "control_socket_only");
  peer_ = http::kUnixPeer;
  EXPECT_EQ(Post("root", "/backups?directory=/tmp/x", "").status, 200);
}

TEST_F(ApiTest, RepositoriesAreThoseThatOneMayList) {
  for (const char* name : {"a/one", "b/two", "b/three"}) PushImage(Repo(name), "v1", {"layer"});
  AddUser("reader", "reader");
  const std::string deny = R"({"document":{"Statement":{"Effect":"Deny",
      "Principal":{"AWS":"arn:aws:iam::000000000000:user/reader"},"Action":"ecr:ListImages"}}})";
  EXPECT_EQ(Put("root", "/repositories/b/three/policies/hide", deny).status, 200);
  const auto names = [](const Answer& answer) {
    std::string text;
    const auto document = answer.Document();
    for (const json::Value item : document.root().Find("repositories").Items())
      text += std::string(*item.Find("name").String()) + " ";
    return text + (*document.root().Find("more").Bool() ? "+" : "");
  };
  EXPECT_EQ(names(Get("root", "/repositories")), "a/one b/three b/two ");
  EXPECT_EQ(names(Get("reader", "/repositories")), "a/one b/two ");
  EXPECT_EQ(names(Get("reader", "/repositories?n=1")), "a/one +");
  EXPECT_EQ(names(Get("reader", "/repositories?n=1&last=a/one")), "b/two ");
}

TEST_F(ApiTest, AuditIsOfTheAccount) {
  const auto append = [&](const char* account, const char* action) {
    audit::RecordView record;
    record.time = clock_.Now();
    record.action = action;
    record.account = account;
    record.principal = "user:root";
    ASSERT_TRUE(audit_->Wait(audit_->Append(record)).ok());
  };
  append("000000000000", "push");
  append(kOther, "push");
  append("000000000000", "login");
  const auto count = [](const Answer& answer) {
    return answer.Document().root().Find("records").size();
  };
  EXPECT_EQ(count(Get("boss", "/audit")), 2u);
  EXPECT_EQ(count(Get("boss", "/audit?action=push")), 1u);
  EXPECT_EQ(count(Get("root", "/audit?all=true")), 3u);
  EXPECT_EQ(Get("boss", "/audit?all=true").status, 403);
  EXPECT_EQ(count(Get("root", std::string("/accounts/") + kOther + "/audit")), 1u);
  const Answer first = Get("boss", "/audit?n=1&order=oldest");
  EXPECT_EQ(count(Get("boss", "/audit?n=1&order=oldest&cursor=" + first.Text("cursor"))), 1u);
  EXPECT_EQ(Get("boss", "/audit?from=yesterday").Reason(), "time_invalid");
  EXPECT_EQ(Get("boss", "/audit?outcome=good").Reason(), "outcome_invalid");
  EXPECT_EQ(Get("boss", "/audit/public-key").Text("publicKey").size(), 64u);
}

TEST_F(ApiTest, AccountsAreMadeByTheOperator) {
  EXPECT_EQ(Post("root", "/accounts", R"({"id":"222233334444","alias":"team"})").status, 201);
  EXPECT_EQ(Post("root", "/accounts", R"({"id":"222233334444","alias":"team2"})").Reason(),
            "account_exists");
  EXPECT_EQ(Post("root", "/accounts", R"({"alias":"team"})").Reason(), "account_exists");
  EXPECT_EQ(Post("root", "/accounts", R"({"alias":"123456789012"})").Reason(), "alias_invalid");
  EXPECT_EQ(Post("root", "/accounts", R"({"alias":"any"})").Text("id").size(), 12u);
  EXPECT_EQ(Post("boss", "/accounts", R"({"alias":"mine"})").status, 403);
  EXPECT_EQ(Patch("root", "/accounts/222233334444", R"({"alias":"crew"})").Text("alias"), "crew");
  EXPECT_EQ(Patch("root", "/accounts/222233334444", R"({"alias":"other"})").Reason(),
            "account_exists");
  EXPECT_EQ(Get("boss", "/accounts/222233334444").status, 403);
  EXPECT_EQ(Get("root", "/accounts/999999999999").status, 404);
  EXPECT_EQ(Get("root", "/accounts/999999999999/users").Reason(), "account_unknown");
  EXPECT_EQ(Get("root", "/accounts?n=1").Document().root().Find("more").Bool(), true);
}

}  // namespace
}  // namespace gantry::api::admin
