#include "iam/policy_set.h"

#include "iam/policy_set_builder.h"
#include "iam/scopes.h"
#include "iam/testing.h"
#include "iam/timestamp.h"

namespace gantry::iam {
namespace {

using enum Action;

PrincipalPattern Who(std::string_view text, const AccountId& home = Home()) {
  return Must(PrincipalPattern::Parse(text, home));
}

PolicyDocument RepositoryPolicy(std::string_view repository, const std::string& statements) {
  return Must(PolicyDocument::Parse(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                                    DocumentKind::kScope, Repository(repository)));
}

PolicyDocument AccountPolicy(const AccountId& account, const std::string& statements) {
  return Must(PolicyDocument::Parse(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                                    DocumentKind::kAccount, Resource::Account(account)));
}

PolicyDocument IdentityPolicy(const std::string& statements) {
  return Must(PolicyDocument::Parse(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                                    DocumentKind::kIdentity, Resource::Account(Home())));
}

RequestContext At(std::string_view time, std::string_view source_ip = "203.0.113.9") {
  return {.now = *ParseTimestamp(time), .source_ip = std::string(source_ip)};
}

Decision Decide(const PolicySet& set, const Principal& principal, Action action,
                const Resource& resource, const RequestContext& context = At("2026-11-24")) {
  return set.Decide({principal, action, resource, context});
}

bool Can(const PolicySet& set, const Principal& principal, Action action,
         const Resource& resource) {
  return Decide(set, principal, action, resource).allowed();
}

constexpr const char* kAllowPullToAll =
    R"({"Sid":"pull","Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"})";
constexpr const char* kDenyAlice =
    R"({"Sid":"not alice","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},)"
    R"("Action":"*"})";

TEST(PolicySetTest, NothingIsAllowedByDefault) {
  const auto set = PolicySetBuilder(Home()).Build(7);
  EXPECT_EQ(set->version(), 7u);
  const Decision decision = Decide(*set, User("alice"), kRepositoryPull, Repository("app"));
  EXPECT_EQ(decision.kind, DecisionKind::kNoStatement);
  EXPECT_TRUE(decision.cacheable);
}

TEST(PolicySetTest, EveryAuthenticatedPrincipalHasItsToken) {
  const auto set = PolicySetBuilder(Home()).Build(1);
  const Resource account = Resource::Account(Home());
  EXPECT_TRUE(Can(*set, User("alice"), kTokenIssue, account));
  EXPECT_FALSE(Can(*set, Anonymous(), kTokenIssue, account));
  EXPECT_FALSE(Can(*set, User("eve", {}, Other()), kTokenIssue, account));
  PolicySetBuilder builder(Home());
  builder.AddDocument(AccountPolicy(
      Home(),
      R"({"Effect":"Deny","Principal":{"AWS":"user:alice"},"Action":"ecr:GetAuthorizationToken","Resource":"*"})"));
  const auto denying = std::move(builder).Build(1);
  EXPECT_FALSE(Can(*denying, User("alice"), kTokenIssue, account));
  EXPECT_TRUE(Can(*denying, User("bob"), kTokenIssue, account));
}

// "IAM: Policy evaluation logic": an explicit deny in any policy overrides any allow.
TEST(PolicySetTest, ExplicitDenyWins) {
  for (const bool deny_first : {false, true}) {
    PolicySetBuilder builder(Home());
    const std::string allow = kAllowPullToAll;
    const std::string deny = kDenyAlice;
    builder.AddDocument(
        RepositoryPolicy("app", deny_first ? deny + "," + allow : allow + "," + deny));
    ASSERT_TRUE(builder.Bind("account-admin", {Who("user:alice")}, Resource::Account(Home())).ok());
    const auto set = std::move(builder).Build(1);
    const Decision decision = Decide(*set, User("alice"), kRepositoryPull, Repository("app"));
    EXPECT_EQ(decision.kind, DecisionKind::kExplicitDeny);
    EXPECT_EQ(set->statements()[decision.statement].id, "not alice");
    EXPECT_TRUE(Can(*set, User("bob"), kRepositoryPull, Repository("app")));
    EXPECT_TRUE(Can(*set, User("alice"), kRepositoryPull, Repository("web")));
  }
}

// "ECR: repository policies": within one account either policy suffices.
TEST(PolicySetTest, EitherPolicySufficesWithinAnAccount) {
  PolicySetBuilder builder(Home());
  builder.AddDocument(RepositoryPolicy(
      "app",
      R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"ecr:BatchGetImage"})"));
  builder.AttachDocument(
      IdentityPolicy(
          R"({"Effect":"Allow","Action":"ecr:*","Resource":"arn:aws:ecr:us-east-1:111122223333:repository/web"})"),
      Who("user:bob"), "web");
  const auto set = std::move(builder).Build(1);
  EXPECT_TRUE(Can(*set, User("alice"), kRepositoryPull, Repository("app")));
  EXPECT_FALSE(Can(*set, User("alice"), kRepositoryPush, Repository("app")));
  EXPECT_FALSE(Can(*set, User("alice"), kRepositoryPull, Repository("web")));
  EXPECT_TRUE(Can(*set, User("bob"), kRepositoryPush, Repository("web")));
  EXPECT_FALSE(Can(*set, User("bob"), kRepositoryPull, Repository("app")));
}

// "IAM: NotPrincipal with Deny": everybody is denied but those named.
TEST(PolicySetTest, NotPrincipalDeniesTheOthers) {
  PolicySetBuilder builder(Home());
  ASSERT_TRUE(builder.Bind("writer", {Who("authenticated")}, Resource::Account(Home())).ok());
  builder.AddDocument(RepositoryPolicy(
      "app",
      R"({"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice"]},"Action":"ecr:PutImage"})"));
  const auto set = std::move(builder).Build(1);
  EXPECT_TRUE(Can(*set, User("alice"), kRepositoryPush, Repository("app")));
  EXPECT_FALSE(Can(*set, User("bob"), kRepositoryPush, Repository("app")));
  EXPECT_TRUE(Can(*set, User("bob"), kRepositoryPull, Repository("app")));
  EXPECT_TRUE(Can(*set, User("bob"), kRepositoryPush, Repository("web")));
}

// "IAM: NotAction with Deny" and "NotResource"
TEST(PolicySetTest, NotActionAndNotResource) {
  PolicySetBuilder builder(Home());
  ASSERT_TRUE(builder.Bind("account-admin", {Who("*")}, Resource::Account(Home())).ok());
  builder.AddDocument(AccountPolicy(
      Home(),
      R"({"Effect":"Deny","Principal":{"AWS":"user:alice"},"NotAction":["repository:Pull","repository:List"],"Resource":"*"},)"
      R"({"Effect":"Deny","Principal":{"AWS":"user:bob"},"Action":"*","NotResource":"repository/app/*"})"));
  const auto set = std::move(builder).Build(1);
  EXPECT_TRUE(Can(*set, User("alice"), kRepositoryPull, Repository("x")));
  EXPECT_FALSE(Can(*set, User("alice"), kRepositoryPush, Repository("x")));
  EXPECT_TRUE(Can(*set, User("bob"), kRepositoryPush, Repository("app/api")));
  EXPECT_FALSE(Can(*set, User("bob"), kRepositoryPull, Repository("x")));
  EXPECT_TRUE(Can(*set, User("carol"), kRepositoryPush, Repository("x")));
}

// "IAM example: deny all access unless it comes from these addresses"
TEST(PolicySetTest, ConditionOnTheAddress) {
  PolicySetBuilder builder(Home());
  ASSERT_TRUE(builder.Bind("reader", {Who("*")}, Resource::Account(Home())).ok());
  builder.AddDocument(RepositoryPolicy(
      "app",
      R"({"Effect":"Deny","Principal":"*","Action":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]}}})"));
  const auto set = std::move(builder).Build(1);
  const auto decide = [&](const char* ip, const char* repository) {
    return Decide(*set, User("alice"), kRepositoryPull, Repository(repository),
                  At("2026-11-24", ip));
  };
  EXPECT_TRUE(decide("203.0.113.1", "app").allowed());
  EXPECT_FALSE(decide("203.0.113.1", "app").cacheable);
  EXPECT_EQ(decide("198.51.100.1", "app").kind, DecisionKind::kExplicitDeny);
  EXPECT_FALSE(decide("198.51.100.1", "app").cacheable);
  EXPECT_TRUE(decide("198.51.100.1", "web").allowed());
  EXPECT_TRUE(decide("198.51.100.1", "web").cacheable);
}

TEST(PolicySetTest, WhatDependsOnTheContextIsNotCacheable) {
  const char* at_home =
      R"({"Effect":"Allow","Principal":"*","Action":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}})";
  PolicySetBuilder builder(Home());
  builder.AddDocument(RepositoryPolicy("app", at_home));
  builder.AddDocument(RepositoryPolicy("web", std::string(at_home) + "," + kAllowPullToAll));
  builder.AddDocument(RepositoryPolicy("shut", std::string(at_home) + "," + kDenyAlice));
  const auto set = std::move(builder).Build(1);
  const auto decide = [&](const char* repository) {
    return Decide(*set, User("alice"), kRepositoryPull, Repository(repository));
  };
  EXPECT_FALSE(decide("app").cacheable);  // would be allowed from elsewhere
  EXPECT_TRUE(decide("web").cacheable);   // is allowed from everywhere
  EXPECT_TRUE(decide("shut").cacheable);  // is denied from everywhere
  EXPECT_TRUE(decide("none").cacheable);
}

// "Google Cloud IAM: conditions": a role that expires, a role for a part of the resources.
TEST(PolicySetTest, BindingsWithConditions) {
  const Bindings bindings = Must(Bindings::Parse(
      R"({"bindings":[{"role":"roles/artifactregistry.writer","members":["user:alice"],"condition":)"
      R"json({"title":"t","expression":"request.time < timestamp(\"2027-01-01T00:00:00Z\") && )json"
      R"json(resource.name.startsWith(\"111122223333/repository/app/\")"}},)json"
      R"({"role":"roles/artifactregistry.reader","members":["allUsers"]}]})",
      Home()));
  PolicySetBuilder builder(Home());
  ASSERT_TRUE(builder.AddBindings(bindings, Resource::Project(Home(), "app")).ok());
  const auto set = std::move(builder).Build(1);
  const auto can = [&](const Principal& who, Action action, const char* repository,
                       const char* time) {
    return Decide(*set, who, action, Repository(repository), At(time)).allowed();
  };
  EXPECT_TRUE(can(User("alice"), kRepositoryPush, "app/api", "2026-12-31"));
  EXPECT_FALSE(can(User("alice"), kRepositoryPush, "app/api", "2027-01-01"));
  EXPECT_FALSE(can(User("alice"), kRepositoryPush, "web/api", "2026-12-31"));
  EXPECT_FALSE(can(User("bob"), kRepositoryPush, "app/api", "2026-12-31"));
  EXPECT_TRUE(can(Anonymous(), kRepositoryPull, "app/api", "2026-12-31"));
  EXPECT_FALSE(can(Anonymous(), kRepositoryPull, "web/api", "2026-12-31"));
}

TEST(PolicySetTest, RolesAreBoundWhereTheyAreBound) {
  PolicySetBuilder builder(Home());
  ASSERT_TRUE(builder.AddRole({"mover", {kRepositoryPull, kRepositoryDelete}}).ok());
  ASSERT_TRUE(builder.Bind("reader", {Who("group:devs")}, Resource::Account(Home())).ok());
  ASSERT_TRUE(
      builder.Bind("project-admin", {Who("user:alice")}, Resource::Project(Home(), "app")).ok());
  ASSERT_TRUE(builder.Bind("mover", {Who("robot:ci")}, Repository("web/api")).ok());
  ASSERT_TRUE(builder.Bind("writer", {Who("user:root")}, Resource::Project(Home(), "")).ok());
  const auto set = std::move(builder).Build(1);
  EXPECT_TRUE(Can(*set, User("x", {"devs"}), kRepositoryPull, Repository("any/thing")));
  EXPECT_TRUE(Can(*set, User("x", {"devs"}), kAccountCatalog, Resource::Account(Home())));
  EXPECT_FALSE(Can(*set, User("x", {"ops"}), kRepositoryPull, Repository("any/thing")));
  EXPECT_TRUE(Can(*set, User("alice"), kProjectDelete, Resource::Project(Home(), "app")));
  EXPECT_TRUE(Can(*set, User("alice"), kRepositoryAdmin, Repository("app/api")));
  EXPECT_FALSE(Can(*set, User("alice"), kProjectRead, Resource::Project(Home(), "web")));
  EXPECT_FALSE(Can(*set, User("alice"), kAccountCatalog, Resource::Account(Home())));
  Principal robot = User("ci");
  robot.kind = PrincipalKind::kRobot;
  EXPECT_TRUE(Can(*set, robot, kRepositoryDelete, Repository("web/api")));
  EXPECT_FALSE(Can(*set, robot, kRepositoryDelete, Repository("web/ui")));
  EXPECT_FALSE(Can(*set, User("ci"), kRepositoryDelete, Repository("web/api")));
  EXPECT_TRUE(Can(*set, User("root"), kRepositoryPush, Repository("app")));
  EXPECT_FALSE(Can(*set, User("root"), kRepositoryPush, Repository("app/api")));
}

TEST(PolicySetTest, TheBuilderRefuses) {
  PolicySetBuilder builder(Home());
  const auto reason = [](const Result<void>& result) {
    return result.ok() ? std::string("ok") : std::string(result.error().reason());
  };
  EXPECT_EQ(reason(builder.AddRole({"reader", {}})), "role_invalid");
  EXPECT_EQ(reason(builder.AddRole({"", {}})), "role_invalid");
  EXPECT_EQ(reason(builder.AddRole({"x", {}})), "ok");
  EXPECT_EQ(reason(builder.AddRole({"x", {}})), "role_exists");
  EXPECT_EQ(reason(builder.Bind("y", {Who("*")}, Repository("app"))), "role_unknown");
  EXPECT_EQ(reason(builder.Bind(kSystemAdmin, {Who("*")}, Resource::Account(Home()))),
            "role_not_allowed");
  const Bindings bindings = Must(Bindings::Parse(
      R"({"bindings":[{"role":"reader","members":["allUsers"]},{"role":"y","members":["allUsers"]}]})",
      Home()));
  EXPECT_EQ(reason(builder.AddBindings(bindings, Repository("app"))), "role_unknown");
  EXPECT_TRUE(std::move(builder).Build(1)->statements().empty());
}

TEST(PolicySetTest, OnlyTheDefaultAccountGivesSystemOperate) {
  const char* everything = R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"})";
  for (const AccountId& account : {Home(), AccountId::Default()}) {
    PolicySetBuilder builder(account);
    builder.AddDocument(AccountPolicy(account, everything));
    const auto set = std::move(builder).Build(1);
    const Principal alice = User("alice", {}, account);
    EXPECT_EQ(Can(*set, alice, kSystemOperate, Resource::Account(account)), account.IsDefault());
    EXPECT_TRUE(Can(*set, alice, kAccountAdmin, Resource::Account(account)));
  }
}

TEST(PolicySetTest, ASessionCanBeNarrowed) {
  PolicySetBuilder builder(Home());
  ASSERT_TRUE(builder.Bind("writer", {Who("user:alice")}, Resource::Account(Home())).ok());
  const auto set = std::move(builder).Build(1);
  const Scopes scopes({{ResourcePattern::In(Repository("app")), {kRepositoryPull, kAuditRead}}});
  const Principal alice = User("alice");
  const RequestContext context = At("2026-11-24");
  const auto kind = [&](Action action, const Resource& resource) {
    return set->Decide({alice, action, resource, context, &scopes}).kind;
  };
  EXPECT_EQ(kind(kRepositoryPull, Repository("app")), DecisionKind::kAllowed);
  EXPECT_EQ(kind(kRepositoryPush, Repository("app")), DecisionKind::kOutOfScope);
  EXPECT_EQ(kind(kRepositoryPull, Repository("web")), DecisionKind::kOutOfScope);
  // A scope gives nothing that the principal does not have.
  EXPECT_EQ(kind(kAuditRead, Repository("app")), DecisionKind::kNoStatement);
}

// "IAM: cross-account policy evaluation logic"
class AcrossTest : public testing::Test {
 protected:
  // Bob of the other account wants to do something in ours.
  Decision Ask(PolicySetBuilder own, PolicySetBuilder target, Action action = kRepositoryPull) {
    const auto theirs = std::move(own).Build(1);
    const auto ours = std::move(target).Build(1);
    const Principal bob = User("bob", {}, theirs->account());
    const Resource app = Repository("app");
    const RequestContext context = At("2026-11-24");
    return DecideAcross(*theirs, *ours, {bob, action, app, context});
  }
  static PolicySetBuilder Target(const std::string& statement) {
    PolicySetBuilder builder(Home());
    if (!statement.empty()) builder.AddDocument(RepositoryPolicy("app", statement));
    return builder;
  }
  static PolicySetBuilder Own(const std::string& statement) {
    PolicySetBuilder builder(Other());
    if (!statement.empty()) builder.AddDocument(AccountPolicy(Other(), statement));
    return builder;
  }

  const std::string grant_ =
      R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"ecr:BatchGetImage"})";
  const std::string consent_ =
      R"({"Effect":"Allow","Principal":{"AWS":"user:bob"},"Action":"ecr:*","Resource":"arn:aws:ecr:us-east-1:111122223333:repository/app"})";
};

TEST_F(AcrossTest, BothSidesMustAllow) {
  EXPECT_TRUE(Ask(Own(consent_), Target(grant_)).allowed());
  const Decision without_consent = Ask(Own(""), Target(grant_));
  EXPECT_EQ(without_consent.kind, DecisionKind::kNoStatement);
  EXPECT_TRUE(without_consent.own_side);
  const Decision without_grant = Ask(Own(consent_), Target(""));
  EXPECT_EQ(without_grant.kind, DecisionKind::kNoStatement);
  EXPECT_FALSE(without_grant.own_side);
  EXPECT_FALSE(Ask(Own(consent_), Target(grant_), kRepositoryPush).allowed());
}

TEST_F(AcrossTest, AGrantToAnyoneNeedsConsentToo) {
  EXPECT_FALSE(Ask(Own(""), Target(kAllowPullToAll)).allowed());
  EXPECT_TRUE(Ask(Own(consent_), Target(kAllowPullToAll)).allowed());
}

TEST_F(AcrossTest, ADenyOfEitherSideDenies) {
  const std::string deny_there =
      R"({"Effect":"Deny","Principal":"*","Action":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}})";
  const std::string deny_here =
      R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:ecr:*:111122223333:*"})";
  EXPECT_EQ(Ask(Own(consent_), Target(grant_ + "," + deny_there)).kind,
            DecisionKind::kExplicitDeny);
  const Decision here = Ask(Own(consent_ + "," + deny_here), Target(grant_));
  EXPECT_EQ(here.kind, DecisionKind::kExplicitDeny);
  EXPECT_TRUE(here.own_side);
}

TEST_F(AcrossTest, ARoleEndsAtItsAccount) {
  PolicySetBuilder own(Other());
  ASSERT_TRUE(
      own.Bind("account-admin", {Who("user:bob", Other())}, Resource::Account(Other())).ok());
  EXPECT_FALSE(Ask(std::move(own), Target(grant_)).allowed());
}

TEST_F(AcrossTest, ARoleOfTheTargetIsAGrant) {
  PolicySetBuilder target(Home());
  ASSERT_TRUE(target.Bind("writer", {Who("444455556666/user:bob")}, Repository("app")).ok());
  EXPECT_TRUE(Ask(Own(consent_), std::move(target), kRepositoryPush).allowed());
}

TEST_F(AcrossTest, ASystemAdministratorNeedsNoGrant) {
  const auto admin = [](std::optional<CelExpression> condition = std::nullopt) {
    PolicySetBuilder own(AccountId::Default());
    EXPECT_TRUE(own.Bind(kSystemAdmin, {Who("user:bob", AccountId::Default())},
                         Resource::Account(AccountId::Default()), std::move(condition))
                    .ok());
    return own;
  };
  EXPECT_TRUE(Ask(admin(), Target("")).allowed());
  EXPECT_TRUE(Ask(admin(), Target(""), kRepositoryDelete).allowed());
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"*"})";
  EXPECT_EQ(Ask(admin(), Target(deny)).kind, DecisionKind::kExplicitDeny);
  // Consent that is always there does not make a power that ends cacheable.
  PolicySetBuilder ending =
      admin(Must(CelExpression::Parse("request.time < timestamp('2027-01-01T00:00:00Z')")));
  ending.AddDocument(AccountPolicy(
      AccountId::Default(),
      R"({"Effect":"Allow","Principal":{"AWS":"user:bob"},"Action":"*","Resource":"*"})"));
  const Decision for_now = Ask(std::move(ending), Target(""));
  EXPECT_TRUE(for_now.allowed());
  EXPECT_FALSE(for_now.cacheable);
}

TEST_F(AcrossTest, OtherAccountsSeeNothingOfRolesForEverybody) {
  PolicySetBuilder target(Home());
  ASSERT_TRUE(target.Bind("reader", {Who("authenticated")}, Resource::Account(Home())).ok());
  EXPECT_FALSE(Ask(Own(consent_), std::move(target)).allowed());
}

}  // namespace
}  // namespace gantry::iam
