#include "iam/policy_queries.h"

#include "iam/policy_set_builder.h"
#include "iam/testing.h"

namespace gantry::iam {
namespace {

using enum Action;

class PolicyQueriesTest : public testing::Test {
 protected:
  PolicyQueriesTest() {
    PolicySetBuilder builder(Home());
    Bind(builder, "reader", "group:devs", Resource::Account(Home()));
    Bind(builder, "writer", "user:alice", Resource::Project(Home(), "app"));
    Bind(builder, "writer", "user:mallory", Resource::Project(Home(), "app"));
    builder.AddDocument(Must(PolicyDocument::Parse(
        R"({"Statement":[
          {"Sid":"out","Effect":"Deny","Principal":{"AWS":"user:mallory"},"Action":"*"},
          {"Sid":"far","Effect":"Deny","Principal":"*","Action":"ecr:PutImage",
           "Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]})",
        DocumentKind::kScope, Resource::Project(Home(), "app"))));
    set_ = std::move(builder).Build(1);
  }

  static void Bind(PolicySetBuilder& builder, const char* role, const char* who,
                   const Resource& scope) {
    EXPECT_TRUE(builder.Bind(role, {Must(PrincipalPattern::Parse(who, Home()))}, scope).ok());
  }

  static std::string Text(const std::vector<Grantee>& grantees) {
    std::string text;
    for (const Grantee& grantee : grantees) {
      text += grantee.effect == Effect::kAllow ? "+" : "-";
      text += grantee.principals;
      text += grantee.conditional ? "? " : " ";
    }
    return text;
  }

  static std::string Text(const std::vector<Reachable>& lines) {
    std::string text;
    for (const Reachable& line : lines) {
      text += line.effect == Effect::kAllow ? "+" : "-";
      text += line.resources + (line.conditional ? "? " : " ");
    }
    return text;
  }

  std::shared_ptr<const PolicySet> set_;
  const RequestContext context_;
};

TEST_F(PolicyQueriesTest, WhoCan) {
  EXPECT_EQ(Text(WhoCan(*set_, kRepositoryPush, Repository("app/api"))),
            "+user:alice -user:mallory -*? ");
  EXPECT_EQ(Text(WhoCan(*set_, kRepositoryPull, Repository("app/api"))),
            "+group:devs +user:alice -user:mallory ");
  EXPECT_EQ(Text(WhoCan(*set_, kRepositoryPush, Repository("web"))), "");
}

TEST_F(PolicyQueriesTest, Reach) {
  EXPECT_EQ(Text(Reach(*set_, User("alice", {"devs"}))),
            "+111122223333/* +111122223333/project/app -111122223333/project/app? ");
  EXPECT_EQ(Text(Reach(*set_, User("mallory"))),
            "-111122223333/project/app -111122223333/project/app? ");
  EXPECT_EQ(Text(Reach(*set_, User("eve", {}, Other()))), "-111122223333/project/app? ");
}

TEST_F(PolicyQueriesTest, ExplainNamesWhatDecided) {
  const Principal alice = User("alice", {"devs"});
  const Resource api = Repository("app/api");
  const auto explanation = Explain(*set_, *set_, {alice, kRepositoryPush, api, context_});
  EXPECT_EQ(explanation.decision.kind, DecisionKind::kExplicitDeny);
  EXPECT_EQ(explanation.sentence,
            "denied: statement \"far\" of the project policy of app denies it");
  std::string text;
  for (const ExplainedStatement& statement : explanation.statements) {
    text += statement.title + " " + std::string(AppliesText(statement.applies)) +
            (statement.decided ? "!\n" : "\n");
  }
  EXPECT_EQ(text,
            "role reader for account 111122223333 is about other actions\n"
            "role writer for project app applies\n"
            "role writer for project app is about other principals\n"
            "statement \"out\" of the project policy of app is about other principals\n"
            "statement \"far\" of the project policy of app applies!\n");
}

TEST_F(PolicyQueriesTest, ExplainOtherOutcomes) {
  const auto sentence = [&](const Principal& principal, Action action, const Resource& resource) {
    return Explain(*set_, *set_, {principal, action, resource, context_}).sentence;
  };
  EXPECT_EQ(sentence(User("x", {"devs"}), kRepositoryPull, Repository("web")),
            "allowed: role reader for account 111122223333 allows it");
  EXPECT_EQ(sentence(User("x"), kRepositoryPull, Repository("web")),
            "denied: no statement allows it");
  EXPECT_EQ(sentence(User("x"), kTokenIssue, Resource::Account(Home())),
            "allowed: every authenticated principal may have its own token");
  const auto other = PolicySetBuilder(Other()).Build(1);
  const Principal eve = User("eve", {}, Other());
  const Resource web = Repository("web");
  const auto across = Explain(*other, *set_, {eve, kRepositoryPull, web, context_});
  EXPECT_EQ(across.sentence, "denied: no statement of account 444455556666 allows it");
}

}  // namespace
}  // namespace gantry::iam
