#include "cli/credential_commands.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "cli/credentials.h"
#include "cli/exit_code.h"
#include "cli/registry_url.h"

namespace gantry::cli {
namespace {

// Answers as a registry does, and as GitHub does.
class FakeClient final : public httpc::Client {
 public:
  Result<httpc::Response> Send(const httpc::Request& request) override {
    requests.push_back(request);
    httpc::Response response;
    response.status = status;
    response.body = request.method == "GET" ? R"({"value":"github.id.token","count":1})" : body;
    return response;
  }
  // Only the exchange's parts that a test asks about.
  std::string url(size_t i = 0) const { return requests.at(i).url; }
  bool Sent(const std::string& text, size_t i = 0) const {
    return requests.at(i).body.find(text) != std::string::npos;
  }

  int status = 200;
  std::string body = R"({"access_token":"registry.token","expires_in":3600})";
  std::vector<httpc::Request> requests;
};

class CredentialCommands : public testing::Test {
 protected:
  CredentialCommands() {
    std::string path = (std::filesystem::temp_directory_path() / "gantry-cli-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  ~CredentialCommands() override { std::filesystem::remove_all(folder_); }

  // Runs a command with `in` on its standard input; keeps what it prints.
  template <typename Command>
  int With(const std::string& in, Command command) {
    std::istringstream input(in);
    std::ostringstream output;
    std::ostringstream errors;
    const auto environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
    const int code = command(Surroundings{environment, client_, folder_ + "/c/gantry/credentials",
                                          input, output, errors});
    out_ = output.str();
    err_ = errors.str();
    return code;
  }
  int Docker(const std::string& action, const std::string& in) {
    return With(in, [&](const Surroundings& s) { return RunDockerCredential(s, action, "1.2.3"); });
  }
  int Kubelet(const std::string& in, const CredentialProviderOptions& options = {}) {
    return With(in, [&](const Surroundings& s) { return RunCredentialProvider(s, options); });
  }
  int LoginPassword(const WorkloadOptions& options) {
    return With("", [&](const Surroundings& s) { return RunGetLoginPassword(s, options); });
  }
  std::string File(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }

  std::string folder_;
  std::map<std::string, std::string> variables_;
  FakeClient client_;
  std::string out_;
  std::string err_;
};

constexpr const char* kNotFound = "credentials not found in native keychain\n";

std::string KubeletRequest(const std::string& version, const std::string& more = "") {
  return R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/)" +
         version + R"(","image":"registry.example.com/app/web:v1")" + more + "}";
}

TEST(RegistryUrl, WhatPeopleWrite) {
  EXPECT_EQ(RegistryUrl("registry.example.com"), "https://registry.example.com");
  EXPECT_EQ(RegistryUrl("Registry.Example.com/v2/"), "https://registry.example.com");
  EXPECT_EQ(RegistryUrl("http://registry.example.com:80/v2/"), "http://registry.example.com:80");
  EXPECT_EQ(RegistryUrl("localhost:5000"), "http://localhost:5000");
  EXPECT_EQ(RegistryUrl("127.0.0.1:5000"), "http://127.0.0.1:5000");
  EXPECT_EQ(RegistryUrl("https://localhost"), "https://localhost");
  EXPECT_EQ(RegistryUrl("localhost.example.com"), "https://localhost.example.com");
}

TEST(RegistryUrl, OfImages) {
  EXPECT_EQ(HostOfImage("registry.example.com/app@sha256:0"), "registry.example.com");
  EXPECT_EQ(HostOfImage("localhost/app"), "localhost");
  EXPECT_EQ(HostOfImage("host:5000/app"), "host:5000");
  EXPECT_EQ(HostOfImage("library/app"), "");
  EXPECT_EQ(HostOfImage("app:v1"), "");
}

TEST_F(CredentialCommands, APasswordFromATokenFile) {
  WorkloadOptions options;
  options.server = "registry.example.com";
  options.trust = "k8s prod";
  options.token_file = File("token", "my.id.token\n");
  EXPECT_EQ(LoginPassword(options), kDone) << err_;
  EXPECT_EQ(out_, "registry.token\n");
  EXPECT_EQ(client_.url(), "https://registry.example.com/v1/token");
  EXPECT_TRUE(client_.Sent("subject_token=my.id.token"));
  EXPECT_TRUE(client_.Sent("audience=k8s%20prod&"));
}

TEST_F(CredentialCommands, APasswordFromWhatCiSystemsGive) {
  variables_ = {{"GANTRY_SERVER", "https://registry.example.com"}, {"GANTRY_ID_TOKEN", "gitlab"}};
  EXPECT_EQ(LoginPassword({}), kDone) << err_;
  EXPECT_TRUE(client_.Sent("subject_token=gitlab"));

  client_.requests.clear();
  variables_ = {{"GANTRY_SERVER", "https://registry.example.com"},
                {"ACTIONS_ID_TOKEN_REQUEST_URL", "https://run.example.com/token?api-version=2.0"},
                {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret"}};
  EXPECT_EQ(LoginPassword({}), kDone) << err_;
  ASSERT_EQ(client_.requests.size(), 2U);
  EXPECT_EQ(client_.url(0),
            "https://run.example.com/token?api-version=2.0&audience="
            "https%3A%2F%2Fregistry.example.com");
  EXPECT_EQ(client_.requests[0].headers[0].second, "Bearer secret");
  EXPECT_TRUE(client_.Sent("subject_token=github.id.token", 1));
}

TEST_F(CredentialCommands, APasswordThatCannotBeHad) {
  EXPECT_EQ(LoginPassword({}), kUsage);
  WorkloadOptions options;
  options.server = "registry.example.com";
  EXPECT_EQ(LoginPassword(options), kFailed);
  EXPECT_NE(err_.find("there is no token to exchange"), std::string::npos);
  options.token_file = folder_ + "/absent";
  EXPECT_EQ(LoginPassword(options), kFailed);
  EXPECT_NE(err_.find("cannot be read"), std::string::npos);
  options.token_file = File("token", "t");
  client_.status = 400;
  client_.body = R"({"error":"invalid_grant","error_description":"the token expired"})";
  EXPECT_EQ(LoginPassword(options), kFailed);
  EXPECT_EQ(err_,
            "gantry: registry.example.com does not take the token (status 400): the token "
            "expired\n");
  EXPECT_EQ(out_, "");
}

TEST_F(CredentialCommands, KubeletWithAServiceAccountToken) {
  for (const char* version : {"v1", "v1beta1", "v1alpha1"}) {
    client_.requests.clear();
    EXPECT_EQ(Kubelet(KubeletRequest(version, R"(,"serviceAccountToken":"sa.token")")), kDone)
        << err_;
    EXPECT_EQ(out_, R"({"kind":"CredentialProviderResponse",)"
                    R"("apiVersion":"credentialprovider.kubelet.k8s.io/)" +
                        std::string(version) +
                        R"(","cacheKeyType":"Registry","cacheDuration":"3300s",)"
                        R"("auth":{"registry.example.com":{"username":"oauth2accesstoken",)"
                        R"("password":"registry.token"}}})"
                        "\n");
    EXPECT_EQ(client_.url(), "https://registry.example.com/v1/token");
    EXPECT_TRUE(client_.Sent("subject_token=sa.token"));
  }
}

TEST_F(CredentialCommands, KubeletWithTheNodesOwn) {
  CredentialProviderOptions options;
  options.plain_http = true;
  options.workload.token_file = File("node", "node.token");
  client_.body = R"({"access_token":"t","expires_in":60})";
  EXPECT_EQ(Kubelet(KubeletRequest("v1"), options), kDone) << err_;
  EXPECT_EQ(client_.url(), "http://registry.example.com/v1/token");
  EXPECT_NE(out_.find(R"("cacheDuration":"54s")"), std::string::npos);

  CredentialProviderOptions robot;
  robot.username = "robot$pull";
  robot.password_file = File("secret", "hunter2\n");
  EXPECT_EQ(Kubelet(KubeletRequest("v1"), robot), kDone) << err_;
  EXPECT_NE(out_.find(R"({"username":"robot$pull","password":"hunter2"})"), std::string::npos);
  EXPECT_EQ(client_.requests.size(), 1U);
}

TEST_F(CredentialCommands, KubeletIsToldWhatIsWrong) {
  for (const std::string& in :
       {std::string("{"), std::string("{}"), KubeletRequest("v2"), KubeletRequest("v1"),
        std::string(R"({"kind":"CredentialProviderRequest","apiVersion":)"
                    R"("credentialprovider.kubelet.k8s.io/v1","image":"nginx"})")}) {
    EXPECT_EQ(Kubelet(in), kFailed) << in;
    EXPECT_EQ(out_, "");
    EXPECT_TRUE(err_.starts_with("gantry: ")) << in;
  }
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(CredentialCommands, DockerStoresListsAndErases) {
  EXPECT_EQ(Docker("get", "registry.example.com"), kFailed);
  EXPECT_EQ(out_, kNotFound);
  EXPECT_EQ(Docker("store", R"({"ServerURL":"registry.example.com","Username":"alice",)"
                            R"("Secret":"s3cret"})"),
            kDone)
      << out_;
  EXPECT_EQ(out_, "");
  struct stat status = {};
  ASSERT_EQ(stat((folder_ + "/c/gantry/credentials").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(Docker("get", "https://registry.example.com/v2/\n"), kDone);
  EXPECT_EQ(out_, R"({"ServerURL":"https://registry.example.com/v2/","Username":"alice",)"
                  R"("Secret":"s3cret"})"
                  "\n");
  EXPECT_EQ(Docker("list", ""), kDone);
  EXPECT_EQ(out_, "{\"https://registry.example.com\":\"alice\"}\n");
  EXPECT_EQ(Docker("erase", "registry.example.com\n"), kDone);
  EXPECT_EQ(Docker("get", "registry.example.com"), kFailed);
  EXPECT_EQ(out_, kNotFound);
}

TEST_F(CredentialCommands, DockerGetsTheTokenOfTheJobForItsServerOnly) {
  variables_ = {{"GANTRY_SERVER", "https://registry.example.com"}, {"GANTRY_ID_TOKEN", "job"}};
  EXPECT_EQ(Docker("get", "registry.example.com"), kDone);
  EXPECT_EQ(out_, R"({"ServerURL":"registry.example.com","Username":"oauth2accesstoken",)"
                  R"("Secret":"registry.token"})"
                  "\n");
  client_.requests.clear();
  EXPECT_EQ(Docker("get", "https://index.docker.io/v1/"), kFailed);
  EXPECT_EQ(out_, kNotFound);
  variables_.erase("GANTRY_SERVER");
  EXPECT_EQ(Docker("get", "registry.example.com"), kFailed);
  EXPECT_EQ(out_, kNotFound);
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(CredentialCommands, DockerIsToldWhatIsWrong) {
  EXPECT_EQ(Docker("get", ""), kFailed);
  EXPECT_EQ(out_, "no credentials server URL\n");
  EXPECT_EQ(Docker("store", "{"), kFailed);
  EXPECT_EQ(Docker("store", R"({"ServerURL":"x"})"), kFailed);
  EXPECT_EQ(out_, "no credentials username\n");
  EXPECT_EQ(Docker("steal", ""), kFailed);
  EXPECT_EQ(Docker("version", ""), kDone);
  EXPECT_EQ(out_, "docker-credential-gantry v1.2.3\n");
  Docker("store", R"({"ServerURL":"x","Username":"a","Secret":"b"})");
  chmod((folder_ + "/c/gantry/credentials").c_str(), 0644);
  EXPECT_EQ(Docker("get", "x"), kFailed);
  EXPECT_NE(out_.find("can be read by others"), std::string::npos);
}

}  // namespace
}  // namespace gantry::cli
