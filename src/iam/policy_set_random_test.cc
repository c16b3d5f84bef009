// The index against a scan: for random statements and requests, the set's answer is the one that
// looking at every statement gives, what is called cacheable does not depend on the context, and
// the queries know of everything that is allowed.

#include <algorithm>
#include <array>
#include <random>

#include "iam/policy_queries.h"
#include "iam/policy_set.h"
#include "iam/policy_set_builder.h"
#include "iam/testing.h"
#include "iam/timestamp.h"

namespace gantry::iam {
namespace {

constexpr const char* kPatterns[] = {
    "*",         "authenticated", "anonymous",      "user:alice", "user:bob",
    "user:a*",   "robot:ci",      "group:devs",     "group:ops",  "workload:t/*",
    "node:n1",   "workload:t/s",  "444455556666/*", "user:?ob",   "444455556666/user:alice",
    "user:carol"};
constexpr const char* kResources[] = {
    "*",           "111122223333/*",       "repository/app/*", "repository/app/api",
    "project/app", "repository/web",       "repository/*",     "repository/*/api",
    "project/*",   "444455556666/*",       "project/",         "repository/a*",
    "*/project/x", "*/repository/app/api", "repository/web/b*"};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(engine_); }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <typename T, size_t N>
  const T& Pick(const T (&items)[N]) {
    return items[Below(N)];
  }

 private:
  std::mt19937 engine_;
};

Condition RandomCondition(Random& random) {
  if (random.OneIn(2)) {
    return Must(Condition::Parse("IpAddress", "aws:SourceIp", {"10.0.0.0/8"}));
  }
  return Must(Condition::Parse("StringLike", "gantry:Principal", {"user:a*"}));
}

Statement RandomStatement(Random& random) {
  Statement statement;
  statement.source = "test";
  statement.effect = random.OneIn(5) ? Effect::kDeny : Effect::kAllow;
  for (size_t i = random.Below(3) + 1; i > 0; --i) {
    statement.principals.push_back(Must(PrincipalPattern::Parse(random.Pick(kPatterns), Home())));
  }
  statement.principals_inverted = random.OneIn(10);
  for (size_t i = random.Below(3) + 1; i > 0; --i) {
    statement.resources.push_back(Must(ResourcePattern::Parse(random.Pick(kResources), Home())));
  }
  statement.resources_inverted = random.OneIn(10);
  if (random.OneIn(3)) statement.within = ResourcePattern::In(Repository("app/api"));
  if (random.OneIn(6)) statement.within = ResourcePattern::In(Resource::Project(Home(), "app"));
  for (size_t i = random.Below(3) + 1; i > 0; --i) {
    statement.actions = statement.actions | ActionSet{static_cast<Action>(random.Below(4))};
  }
  if (random.OneIn(3)) statement.conditions.push_back(RandomCondition(random));
  return statement;
}

Principal RandomPrincipal(Random& random) {
  constexpr const char* kNames[] = {"alice", "bob", "carol", "ci", "n1", "t/s"};
  constexpr PrincipalKind kKinds[] = {PrincipalKind::kUser, PrincipalKind::kUser,
                                      PrincipalKind::kRobot, PrincipalKind::kWorkload,
                                      PrincipalKind::kNode};
  if (random.OneIn(8)) return Anonymous();
  Principal principal = User(random.Pick(kNames));
  principal.kind = random.Pick(kKinds);
  if (random.OneIn(2)) principal.groups.emplace_back("devs");
  if (random.OneIn(4)) principal.groups.emplace_back("ops");
  if (random.OneIn(6)) principal.account = Other();
  return principal;
}

Resource RandomResource(Random& random) {
  constexpr const char* kNames[] = {"app/api", "app/web", "web", "app", "x/api", "web/big"};
  if (random.OneIn(6)) return Resource::Account(Home());
  if (random.OneIn(5)) return Resource::Project(Home(), random.OneIn(3) ? "" : "app");
  return Repository(random.Pick(kNames));
}

DecisionKind Naive(const std::vector<Statement>& statements, const Request& request) {
  DecisionKind kind = DecisionKind::kNoStatement;
  for (const Statement& statement : statements) {
    if (statement.Check(request) != Applies::kYes) continue;
    if (statement.effect == Effect::kDeny) return DecisionKind::kExplicitDeny;
    kind = DecisionKind::kAllowed;
  }
  return kind;
}

void CheckQueries(const PolicySet& set, const Request& request) {
  const auto grantees = WhoCan(set, request.action, request.resource);
  EXPECT_TRUE(std::any_of(grantees.begin(), grantees.end(), [&](const Grantee& grantee) {
    if (grantee.effect == Effect::kDeny) return false;
    if (grantee.principals.starts_with("all but ")) return true;
    return Must(PrincipalPattern::Parse(grantee.principals, Home())).Matches(request.principal);
  })) << request.principal.FullText();
  const auto lines = Reach(set, request.principal);
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [&](const Reachable& line) {
    if (line.effect == Effect::kDeny || !line.actions.Has(request.action)) return false;
    if (line.resources.starts_with("all but ")) return true;
    return Must(ResourcePattern::Parse(line.resources, Home())).Matches(request.resource);
  })) << request.resource.Text();
}

void CheckSet(Random& random) {
  PolicySetBuilder builder(Home());
  for (size_t i = random.Below(20); i > 0; --i) builder.AddStatement(RandomStatement(random));
  const auto set = std::move(builder).Build(1);
  for (int i = 0; i < 50; ++i) {
    const Principal principal = RandomPrincipal(random);
    const Resource resource = RandomResource(random);
    const auto action = static_cast<Action>(random.Below(4));
    const RequestContext inside{.now = *ParseTimestamp("2026-11-24"), .source_ip = "10.1.2.3"};
    const RequestContext outside{.now = *ParseTimestamp("2027-11-24"), .source_ip = "192.0.2.1"};
    const Request request{principal, action, resource, inside};
    const Decision decision = set->Decide(request);
    EXPECT_EQ(decision.kind, Naive(set->statements(), request))
        << principal.FullText() << " " << ActionName(action) << " " << resource.Text();
    if (decision.statement != Decision::kNone) {
      EXPECT_EQ(set->statements()[decision.statement].Check(request), Applies::kYes);
    }
    if (decision.cacheable) {
      EXPECT_EQ(set->Decide({principal, action, resource, outside}).kind, decision.kind);
    }
    if (decision.allowed()) CheckQueries(*set, request);
  }
}

TEST(PolicySetRandomTest, TheIndexAnswersAsAScan) {
  for (uint32_t seed = 0; seed < 1000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    CheckSet(random);
  }
}

}  // namespace
}  // namespace gantry::iam
