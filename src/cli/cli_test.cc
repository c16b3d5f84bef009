#include "cli/cli.h"

#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace gantry::cli {
namespace {

class FakeProgram final : public Program {
 public:
  int Serve(const ConfigOptions& options) override {
    served = options;
    return kDone;
  }
  int CheckConfig(const ConfigOptions& options) override {
    checked = options;
    return kUsage;
  }
  int Verify(const ConfigOptions& options, bool json) override {
    checked = options;
    return json ? kDamage : kDone;
  }
  int Restore(const ConfigOptions& options, const std::string& backup) override {
    checked = options;
    restored = backup;
    return kDone;
  }
  int VerifyAudit(const std::string& folder, const std::string& public_key, bool json) override {
    audited = folder + " " + public_key + (json ? " json" : "");
    return kDamage;
  }
  std::string ExampleConfig() override { return "example\n"; }
  std::string Version() override { return "1.2.3"; }
  Result<std::string> YamlAsJson(const std::string&) override { return std::string("{}"); }
  Result<std::string> ControlSocket(const ConfigOptions&) override {
    return InvalidArgument("bad_config", "no");
  }
  Result<std::unique_ptr<OfflineServer>> ServeOffline(const ConfigOptions&) override {
    return InvalidArgument("bad_config", "no");
  }

  std::optional<ConfigOptions> served;
  std::optional<ConfigOptions> checked;
  std::string restored;
  std::string audited;
};

class CliTest : public testing::Test {
 protected:
  int RunWords(std::vector<const char*> words) {
    words.insert(words.begin(), "gantry");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::Run(static_cast<int>(words.size()), words.data(), program_);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  FakeProgram program_;
  std::string out_;
  std::string err_;
};

TEST_F(CliTest, ServeTakesItsFlags) {
  EXPECT_EQ(RunWords({"serve", "--config", "g.yaml", "--listen", "127.0.0.1:0", "--data=/d",
                      "--anonymous"}),
            kDone);
  ASSERT_TRUE(program_.served.has_value());
  EXPECT_EQ(program_.served->file, "g.yaml");
  const std::vector<std::pair<std::string, std::string>> flags = {
      {"data", "/d"}, {"listen", "127.0.0.1:0"}, {"anonymous", "true"}};
  EXPECT_EQ(program_.served->flags, flags);
}

TEST_F(CliTest, ServeNeedsNoFlags) {
  EXPECT_EQ(RunWords({"serve"}), kDone);
  EXPECT_EQ(program_.served->file, std::nullopt);
  EXPECT_TRUE(program_.served->flags.empty());
}

TEST_F(CliTest, Config) {
  EXPECT_EQ(RunWords({"config", "check", "g.yaml"}), kUsage);
  EXPECT_EQ(program_.checked->file, "g.yaml");
  EXPECT_EQ(RunWords({"config", "check"}), kUsage);
  EXPECT_EQ(RunWords({"config", "example"}), kDone);
  EXPECT_EQ(out_, "example\n");
}

TEST_F(CliTest, Version) {
  EXPECT_EQ(RunWords({"version"}), kDone);
  EXPECT_EQ(out_, "gantry 1.2.3\n");
  EXPECT_EQ(RunWords({"version", "--json"}), kDone);
  EXPECT_EQ(out_, "{\"name\":\"gantry\",\"version\":\"1.2.3\"}\n");
}

TEST_F(CliTest, CommandsThatNeedNoServer) {
  EXPECT_EQ(RunWords({"verify", "--data", "/d"}), kDone);
  const std::vector<std::pair<std::string, std::string>> flags = {{"data", "/d"}};
  EXPECT_EQ(program_.checked->flags, flags);
  EXPECT_EQ(RunWords({"verify", "--json"}), kDamage);
  EXPECT_EQ(RunWords({"restore", "/backup", "--config", "g.yaml"}), kDone);
  EXPECT_EQ(program_.restored, "/backup");
  EXPECT_EQ(program_.checked->file, "g.yaml");
}

TEST_F(CliTest, ABadConfigurationIsAMistakeInUse) {
  for (const std::vector<const char*>& words : {std::vector<const char*>{"gc"},
                                                {"scrub"},
                                                {"backup", "/b"},
                                                {"trash", "list"},
                                                {"trash", "restore", "1"}}) {
    EXPECT_EQ(RunWords(words), kUsage) << words[0];
    EXPECT_EQ(err_, "gantry: no\n") << words[0];
  }
}

TEST_F(CliTest, HelpIsNotAnError) {
  EXPECT_EQ(RunWords({"--help"}), kDone);
  EXPECT_NE(out_.find("serve"), std::string::npos);
  EXPECT_EQ(RunWords({"serve", "--help"}), kDone);
  EXPECT_NE(out_.find("--anonymous"), std::string::npos);
}

struct Mistake {
  std::vector<const char*> words;
  const char* message;
};

TEST_F(CliTest, MistakesAreExplained) {
  const Mistake mistakes[] = {
      {{}, "gantry: a command is missing\nRun \"gantry --help\" for what there is.\n"},
      {{"srve"},
       "gantry: unknown command \"srve\"; did you mean \"serve\"?\nRun \"gantry --help\" for what "
       "there is.\n"},
      {{"frobnicate"},
       "gantry: unknown command \"frobnicate\"\nRun \"gantry --help\" for what there is.\n"},
      {{"serve", "--data", "x", "--anonymus"},
       "gantry: unknown option \"--anonymus\"; did you mean \"--anonymous\"?\nRun \"gantry serve "
       "--help\" for what there is.\n"},
      {{"config", "chek"},
       "gantry: unknown command \"chek\"; did you mean \"check\"?\nRun \"gantry config --help\" "
       "for what there is.\n"},
      {{"config"},
       "gantry: a command is missing\nRun \"gantry config --help\" for what there is.\n"},
      {{"serve", "--data"},
       "gantry: --data: 1 required DIR missing\nRun \"gantry serve --help\" for what there is.\n"},
      {{"version", "--yaml=1"},
       "gantry: unknown option \"--yaml\"\nRun \"gantry version --help\" for what there is.\n"},
  };
  for (const Mistake& mistake : mistakes) {
    EXPECT_EQ(RunWords(mistake.words), kUsage) << mistake.message;
    EXPECT_EQ(err_, mistake.message);
    EXPECT_FALSE(program_.served.has_value());
  }
}

TEST_F(CliTest, CalledAsDockersHelper) {
  const char* words[] = {"/usr/local/bin/docker-credential-gantry", "version"};
  testing::internal::CaptureStdout();
  EXPECT_EQ(cli::Run(2, words, program_), kDone);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "docker-credential-gantry v1.2.3\n");
}

TEST_F(CliTest, CredentialProviderTakesAUserWithItsPasswordFile) {
  EXPECT_EQ(RunWords({"credential-provider", "--username", "robot$ci"}), kUsage);
}

TEST_F(CliTest, TheReporterNeedsAClusterAndItsRegistry) {
  EXPECT_EQ(RunWords({"kube-reporter", "--cluster", "prod"}), kUsage);
  EXPECT_EQ(RunWords({"kube-reporter", "--registry", "r.example.com"}), kUsage);
  EXPECT_EQ(RunWords({"kube-reporter", "--cluster", "prod", "--registry", "r.example.com",
                      "--heartbeat", "0"}),
            kUsage);
}

}  // namespace
}  // namespace gantry::cli
