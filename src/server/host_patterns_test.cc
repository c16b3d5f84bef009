#include "server/host_patterns.h"

#include <gtest/gtest.h>

namespace gantry::server {
namespace {

HostPatterns Patterns(const std::vector<HostRule>& rules) {
  auto patterns = HostPatterns::Parse(rules);
  EXPECT_TRUE(patterns.ok()) << patterns.error().ToString();
  return std::move(patterns).value();
}

HostPatterns Usual() {
  return Patterns({{"{account}.dkr.ecr.{region}.registry.example.com", ""},
                   {"{location}-docker.pkg.example.com/{account}", ""},
                   {"registry.example.com", ""},
                   {"team.example.com", "team"},
                   {"{region}.example.com", "123456789012"},
                   {"docker.example.com/{account}", ""}});
}

// "account prefix_size"
std::string Find(const HostPatterns& patterns, std::string_view host,
                 std::string_view path = "/v2/a/b/tags/list") {
  const auto match = patterns.Find(host, path);
  return match.account + " " + std::to_string(match.prefix_size);
}

TEST(HostPatternsTest, FindTheAccountInTheHost) {
  const auto usual = Usual();
  EXPECT_EQ(Find(usual, "111111111111.dkr.ecr.us-east-1.registry.example.com"), "111111111111 0");
  EXPECT_EQ(Find(usual, "my-team.dkr.ecr.eu-central-1.registry.example.com"), "my-team 0");
}

TEST(HostPatternsTest, IgnoreCaseAndPort) {
  const auto usual = Usual();
  EXPECT_EQ(Find(usual, "My-Team.DKR.ecr.US-east-1.Registry.Example.COM:5000"), "my-team 0");
  EXPECT_EQ(Find(usual, "TEAM.example.com:443"), "team 0");
  EXPECT_EQ(Find(usual, "team.example.com."), "team 0");
  EXPECT_EQ(Find(Patterns({{"Team.Example.COM", "team"}}), "team.example.com"), "team 0");
}

TEST(HostPatternsTest, FindTheAccountInThePath) {
  const auto usual = Usual();
  const std::string host = "us-central1-docker.pkg.example.com";
  EXPECT_EQ(Find(usual, host, "/v2/my-project/app/api/manifests/v1"), "my-project 11");
  EXPECT_EQ(Find(usual, host, "/v2/my-project/_catalog"), "my-project 11");
  for (const char* path :
       {"/v2/", "/v2", "/v2/_catalog", "/", "", "/v2/x", "/healthz", "/v3/a/b"}) {
    EXPECT_EQ(Find(usual, host, path), " 0") << path;
  }
  EXPECT_EQ(Find(usual, host, "/v2//a/tags/list"), " 1");
  EXPECT_EQ(Find(usual, "docker.example.com", "/v2/x/y/tags/list"), "x 2");
}

TEST(HostPatternsTest, ALiteralHostBeatsPatterns) {
  const auto usual = Usual();
  EXPECT_EQ(Find(usual, "team.example.com"), "team 0");
  EXPECT_EQ(Find(usual, "registry.example.com"), " 0");
  EXPECT_EQ(Find(usual, "other.example.com"), "123456789012 0");
  const auto reversed = Patterns({{"{region}.example.com", "a"}, {"x.example.com", "b"}});
  EXPECT_EQ(Find(reversed, "x.example.com"), "b 0");
}

TEST(HostPatternsTest, TheFirstPatternCounts) {
  const auto both =
      Patterns({{"{region}.example.com", "first"}, {"x-{region}.example.com", "second"}});
  EXPECT_EQ(Find(both, "x-y.example.com"), "first 0");
}

TEST(HostPatternsTest, OtherHostsAreTheDefaultAccount) {
  const auto usual = Usual();
  for (const char* host :
       {"", "localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", ".example.com",
        "-docker.pkg.example.com", "a.b.dkr.ecr.us-east-1.registry.example.com",
        "111111111111.dkr.ecr..registry.example.com", ".dkr.ecr.us-east-1.registry.example.com",
        "registry.example.com.evil.test", "a.team.example.com"}) {
    EXPECT_EQ(Find(usual, host), " 0") << host;
  }
  EXPECT_EQ(Find(usual, std::string(300, 'a') + ".example.com"), " 0");
  EXPECT_EQ(Find(Patterns({}), "registry.example.com"), " 0");
}

TEST(HostPatternsTest, RefuseOtherForms) {
  for (const HostRule& rule : std::vector<HostRule>{{"", ""},
                                                    {".", ""},
                                                    {"a..b", ""},
                                                    {"a.b.", ""},
                                                    {"a:5000", ""},
                                                    {"a b", ""},
                                                    {"*.example.com", ""},
                                                    {"{user}.example.com", ""},
                                                    {"{account.example.com", ""},
                                                    {"{account}{region}.example.com", ""},
                                                    {"account}.example.com", ""},
                                                    {"{", ""},
                                                    {"a/b", ""},
                                                    {"a/", ""},
                                                    {"a/{account}/", ""},
                                                    {"/{account}", ""},
                                                    {"{account}.{account}.com", ""},
                                                    {"{account}.example.com/{account}", ""},
                                                    {"{account}.example.com", "team"},
                                                    {"example.com/{account}", "team"}}) {
    const auto patterns = HostPatterns::Parse({rule});
    ASSERT_FALSE(patterns.ok()) << rule.pattern;
    EXPECT_EQ(patterns.error().reason(), "host_pattern_invalid");
  }
  EXPECT_FALSE(HostPatterns::Parse({{"a.b", "x"}, {"A.b", "y"}}).ok());
  EXPECT_FALSE(HostPatterns::Parse({{"{region}.b", "x"}, {"{region}.b/{account}", ""}}).ok());
}

TEST(HostPatternsTest, EmptyIsEmpty) {
  EXPECT_TRUE(Patterns({}).empty());
  EXPECT_FALSE(Patterns({{"a", ""}}).empty());
  EXPECT_FALSE(Patterns({{"{region}", ""}}).empty());
}

}  // namespace
}  // namespace gantry::server
