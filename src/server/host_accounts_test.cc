#include "server/host_accounts.h"

#include <gtest/gtest.h>

namespace gantry::server {
namespace {

std::optional<iam::AccountId> Resolve(std::string_view text) {
  if (text == "team") text = "222222222222";
  auto id = iam::AccountId::Parse(text);
  return id.ok() ? std::optional(*id) : std::nullopt;
}

class HostAccountsTest : public testing::Test {
 protected:
  // "account prefix path"
  std::string Select(const std::string& host, const std::string& path) {
    http::Request request;
    request.authority = host;
    request.path = path;
    SelectAccount(patterns_, Resolve, request);
    return request.account + " " + request.path_prefix + " " + request.path;
  }

  const HostPatterns patterns_ =
      HostPatterns::Parse({{"{account}.ecr.test", ""}, {"pkg.test/{account}", ""}}).value();
};

TEST_F(HostAccountsTest, ByTheHost) {
  EXPECT_EQ(Select("111111111111.ecr.test", "/v2/a/tags/list"), "111111111111  /v2/a/tags/list");
  EXPECT_EQ(Select("team.ecr.test", "/v2/"), "222222222222  /v2/");
  EXPECT_EQ(Select("team.ecr.test", "/"), "222222222222  /");
}

TEST_F(HostAccountsTest, ByThePathWhichLosesIt) {
  EXPECT_EQ(Select("pkg.test", "/v2/team/a/tags/list"), "222222222222 team/ /v2/a/tags/list");
  EXPECT_EQ(Select("pkg.test", "/v2/"), "  /v2/");
}

TEST_F(HostAccountsTest, AnAccountThatIsNotThereIsNotTheDefaultAccount) {
  EXPECT_EQ(Select("nobody.ecr.test", "/v2/a/tags/list"), "-  /v2/a/tags/list");
  EXPECT_EQ(Select("pkg.test", "/v2/nobody/a/tags/list"), "- nobody/ /v2/a/tags/list");
  EXPECT_EQ(Select("pkg.test", "/v2//a/tags/list"), "- / /v2/a/tags/list");
}

TEST_F(HostAccountsTest, UnknownHostsChangeNothing) {
  EXPECT_EQ(Select("localhost:5000", "/v2/a/tags/list"), "  /v2/a/tags/list");
}

}  // namespace
}  // namespace gantry::server
