#include "kube/kubeconfig.h"

#include <gtest/gtest.h>

namespace gantry::kube {
namespace {

Result<ClusterAccess> Read(const std::string& user, const std::string& cluster = "",
                           const std::string& context = "") {
  const auto document = json::Document::Parse(
      R"({"current-context":"b","contexts":[{"name":"a","context":{"cluster":"x","user":"x"}},
      {"name":"b","context":{"cluster":"c","user":"u"}}],
      "clusters":[{"name":"c","cluster":{"server":"https://k:6443/")" +
      cluster + R"(}}],"users":[{"name":"u","user":)" + user + "}]}");
  EXPECT_TRUE(document.ok());
  return ReadKubeconfig(
      document->root(), context, "/home/.kube",
      [](const std::string& path) -> Result<std::string> { return "content of " + path; });
}

TEST(KubeconfigTest, TakesTheCurrentContext) {
  const auto access = Read(R"({"token":"t"})", R"(,"certificate-authority-data":"UEVN")");
  ASSERT_TRUE(access.ok()) << access.error().ToString();
  EXPECT_EQ(access->url, "https://k:6443");
  EXPECT_EQ(access->ca_pem, "PEM");
  EXPECT_EQ(access->token, "t");
}

TEST(KubeconfigTest, FilesAreRelativeToItsFolder) {
  const auto access =
      Read(R"({"tokenFile":"t","client-certificate":"/abs/c.pem","client-key-data":"S0VZ"})",
           R"(,"certificate-authority":"ca.pem")");
  ASSERT_TRUE(access.ok()) << access.error().ToString();
  EXPECT_EQ(access->ca_pem, "content of /home/.kube/ca.pem");
  EXPECT_EQ(access->token_file, "/home/.kube/t");
  EXPECT_EQ(access->certificate_pem, "content of /abs/c.pem");
  EXPECT_EQ(access->key_pem, "KEY");
}

TEST(KubeconfigTest, SaysWhatItDoesNotSupport) {
  EXPECT_EQ(Read(R"({"exec":{}})").error().reason(), "kubeconfig_invalid");
  EXPECT_FALSE(Read(R"({"username":"u"})").ok());
  EXPECT_FALSE(Read("{}", R"(,"insecure-skip-tls-verify":true)").ok());
  EXPECT_FALSE(Read(R"({"client-key-data":"S0VZ"})").ok());
  EXPECT_FALSE(Read(R"({"client-key-data":"?"})").ok());
  EXPECT_FALSE(Read("{}", "", "nowhere").ok());
  EXPECT_FALSE(Read("{}", "", "a").ok());  // its cluster is not there
}

TEST(KubeconfigTest, APodFindsItsClusterInTheEnvironment) {
  EXPECT_FALSE(InClusterAccess([](const std::string&) { return std::nullopt; }));
  const auto access = InClusterAccess([](const std::string& name) -> std::optional<std::string> {
    return name == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : "6443";
  });
  ASSERT_TRUE(access);
  EXPECT_EQ(access->url, "https://[fd00::1]:6443");
  EXPECT_EQ(access->token_file, "/var/run/secrets/kubernetes.io/serviceaccount/token");
}

}  // namespace
}  // namespace gantry::kube
