// Decisions with 10,000 statements: ninja iam_bench && build/release/iam_bench
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "iam/decision_cache.h"
#include "iam/policy_set.h"
#include "iam/policy_set_builder.h"

namespace gantry::iam {
namespace {

constexpr int kStatements = 10'000;
constexpr int kGroups = 50;

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

AccountId Home() { return AccountId::Default(); }

PrincipalPattern Who(const std::string& text) {
  return Must(PrincipalPattern::Parse(text, Home()));
}

// How 10,000 statements are spread.
enum Shape : int {
  kEachItsRepository,  // one statement for each of as many repositories
  kOneRepository,      // one repository with a statement for each of as many principals
  kOnePrincipal,       // one principal with a statement for each of as many repositories
  kManyGroups,         // a principal of 50 groups among as many
  kConditions,         // as the first, each with a condition on the address
};

std::shared_ptr<const PolicySet> MakeSet(int shape) {
  PolicySetBuilder builder(Home());
  for (int i = 0; i < kStatements; ++i) {
    const std::string number = std::to_string(i);
    Statement statement;
    statement.source = "bench";
    statement.actions = {Action::kRepositoryPull, Action::kRepositoryList};
    const bool one_repository = shape == kOneRepository;
    const std::string repository = one_repository ? "team/app" : "team" + number + "/app";
    statement.resources = {ResourcePattern::In(Resource::Repository(Home(), repository))};
    std::string who = "user:" + number;
    if (shape == kManyGroups) who = "group:" + number;
    if (shape == kOnePrincipal) who = "user:77";
    statement.principals = {Who(who)};
    if (shape == kConditions) {
      statement.conditions.push_back(
          Must(Condition::Parse("IpAddress", "aws:SourceIp", {"10.0.0.0/8", "192.0.2.0/24"})));
    }
    builder.AddStatement(std::move(statement));
  }
  Must(builder.Bind("reader", {Who("group:everybody")}, Resource::Project(Home(), "public")));
  return std::move(builder).Build(1);
}

Principal Asker() {
  Principal principal{.account = Home(), .kind = PrincipalKind::kUser, .name = "77"};
  for (int i = 0; i < kGroups; ++i) principal.groups.push_back(std::to_string(50 + i));
  SortGroups(principal.groups);
  return principal;
}

Resource Asked(int shape) {
  return Resource::Repository(Home(), shape == kOneRepository ? "team/app" : "team77/app");
}

void BM_Decide(benchmark::State& state) {
  const int shape = static_cast<int>(state.range(0));
  const auto set = MakeSet(shape);
  const Principal principal = Asker();
  const Resource resource = Asked(shape);
  const RequestContext context{.source_ip = "192.0.2.9"};
  const Request request{principal, Action::kRepositoryPull, resource, context};
  if (!set->Decide(request).allowed()) state.SkipWithError("not allowed");
  for (auto _ : state) benchmark::DoNotOptimize(set->Decide(request));
}
BENCHMARK(BM_Decide)->DenseRange(kEachItsRepository, kConditions)->Unit(benchmark::kMicrosecond);

void BM_Cached(benchmark::State& state) {
  DecisionCache cache(65'536);
  const std::string identity = Asker().IdentityText();
  const Resource resource = Asked(kEachItsRepository);
  const DecisionKey key{identity, "", Action::kRepositoryPull, resource, 1, 1};
  cache.Insert(key, {.kind = DecisionKind::kAllowed});
  if (!cache.Find(key)) state.SkipWithError("not found");
  for (auto _ : state) benchmark::DoNotOptimize(cache.Find(key));
}
BENCHMARK(BM_Cached)->Unit(benchmark::kNanosecond);

void BM_Build(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(MakeSet(kEachItsRepository));
}
BENCHMARK(BM_Build)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gantry::iam

BENCHMARK_MAIN();
