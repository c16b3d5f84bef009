#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>

#include "base/mutex.h"
#include "cli/cli.h"
#include "cli/completion.h"
#include "cli/credentials.h"
#include "cli/exit_code.h"
#include "http/server.h"
#include "json/document.h"
#include "log/log.h"

namespace gantry::cli {
namespace {

// The program without a server of its own.
class NoProgram final : public Program {
 public:
  int Serve(const ConfigOptions&) override { return kFailed; }
  int CheckConfig(const ConfigOptions&) override { return kFailed; }
  int Verify(const ConfigOptions&, bool) override { return kFailed; }
  int Restore(const ConfigOptions&, const std::string&) override { return kFailed; }
  int VerifyAudit(const std::string& folder, const std::string& key, bool json) override {
    audited = folder + " " + key + (json ? " json" : "");
    return kDamage;
  }
  std::string ExampleConfig() override { return ""; }
  std::string Version() override { return "1.2.3"; }
  Result<std::string> YamlAsJson(const std::string&) override { return std::string("{}"); }
  Result<std::string> ControlSocket(const ConfigOptions&) override { return socket; }
  Result<std::unique_ptr<OfflineServer>> ServeOffline(const ConfigOptions&) override {
    return InvalidArgument("bad_config", "no server");
  }

  std::string audited;
  std::string socket;
};

struct Seen {
  std::string method;
  std::string target;  // behind /api/admin/v1
  std::string body;
  std::string authorization;
};

// A server that answers what it is told to, over TCP and a control socket, and the commands that
// ask it.
class AdminCliTest : public testing::Test {
 protected:
  AdminCliTest() {
    for (const char* name : {"GANTRY_TOKEN", "GANTRY_USER", "GANTRY_PASSWORD", "GANTRY_SERVER"})
      unsetenv(name);
    folder_ = (std::filesystem::temp_directory_path() / "gantry-cli-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
    program_.socket = folder_ + "/control.sock";
    http::ServerOptions options;
    options.workers = 1;
    options.listen = {{"127.0.0.1:0", false}, {"unix:" + program_.socket, false}};
    server_ = http::MakeServer(std::move(options), Routes(), clock_, logger_);
    EXPECT_TRUE(server_->Start().ok());
    url_ = "http://" + server_->addresses()[0];
  }
  ~AdminCliTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::vector<http::Route> Routes() {
    std::vector<http::Route> routes;
    for (const auto method : {http::Method::kGet, http::Method::kPost, http::Method::kPut,
                              http::Method::kPatch, http::Method::kDelete}) {
      http::Route route;
      route.method = method;
      route.pattern = "/api/admin/v1/{rest...}";
      route.name = "admin";
      route.handler = http::Handler([this](http::Request& request) { return Answer(request); });
      routes.push_back(std::move(route));
    }
    http::Route health;
    health.pattern = "/healthz";
    health.name = "healthz";
    health.handler = http::Handler([](http::Request&) { return http::Response(); });
    routes.push_back(std::move(health));
    return routes;
  }

  http::Response Answer(const http::Request& request) {
    MutexLock lock(mutex_);
    seen_.push_back({std::string(http::MethodName(request.method)),
                     request.target.substr(std::string("/api/admin/v1").size()), request.body,
                     std::string(request.Header("Authorization").value_or(""))});
    http::Response response;
    response.status = status_;
    if (!answers_.empty()) {
      response.body = answers_.front();
      answers_.erase(answers_.begin());
    }
    return response;
  }

  // What the server answers next, one after the other.
  void Answers(std::vector<std::string> answers, int status = 200) {
    MutexLock lock(mutex_);
    answers_ = std::move(answers);
    status_ = status;
    seen_.clear();
  }
  std::vector<Seen> seen() {
    MutexLock lock(mutex_);
    return seen_;
  }

  // `input` is standard input.
  int RunWords(std::vector<std::string> words, const std::string& input = "") {
    const std::string file = folder_ + "/input";
    std::ofstream(file) << input;
    EXPECT_NE(std::freopen(file.c_str(), "r", stdin), nullptr);
    std::cin.clear();
    std::vector<const char*> argv = {"gantry"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::Run(static_cast<int>(argv.size()), argv.data(), program_);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  SystemClock clock_;
  log::Logger logger_{2, log::Level::kError};
  NoProgram program_;
  std::string folder_;
  std::string url_;
  std::unique_ptr<http::Server> server_;
  std::string out_;
  std::string err_;

 private:
  Mutex mutex_;
  std::vector<std::string> answers_ GUARDED_BY(mutex_);
  int status_ GUARDED_BY(mutex_) = 200;
  std::vector<Seen> seen_ GUARDED_BY(mutex_);
};

TEST_F(AdminCliTest, AListIsATableOfAllPages) {
  Answers({R"({"groups":[{"name":"a","description":"","created":"2026"}],"more":true})",
           R"({"groups":[{"name":"bcd","description":"x","created":"2026"}],"more":false})"});
  EXPECT_EQ(RunWords({"group", "list"}), kDone) << err_;
  EXPECT_EQ(out_, "NAME  DESCRIPTION  CREATED\na     -            2026\nbcd   x            2026\n");
  ASSERT_EQ(seen().size(), 2u);
  EXPECT_EQ(seen()[0].target, "/groups?n=1000");
  EXPECT_EQ(seen()[1].target, "/groups?n=1000&last=a");
  EXPECT_EQ(seen()[0].authorization, "");
  Answers({R"({"groups":[],"more":false})"});
  EXPECT_EQ(RunWords({"group", "list"}), kDone);
  EXPECT_EQ(out_, "none\n");
}

TEST_F(AdminCliTest, JsonIsTheServersAnswer) {
  const std::string answer = R"({"roles":[]})";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"role", "list", "--json"}, {"role", "list", "--output", "json"}}) {
    Answers({answer});
    EXPECT_EQ(RunWords(words), kDone);
    EXPECT_EQ(out_, answer + "\n");
  }
  EXPECT_EQ(RunWords({"role", "list", "--output", "xml"}), kUsage);
}

TEST_F(AdminCliTest, WordsBecomeTheRequest) {
  struct Case {
    std::vector<std::string> words;
    std::string request;
  };
  const Case cases[] = {
      {{"user", "create", "alice", "--email", "a@b.c", "--group", "devs", "--group", "ops"},
       R"(POST /users {"name":"alice","email":"a@b.c","groups":["devs","ops"]})"},
      {{"user", "disable", "al ice"}, R"(PATCH /users/al%20ice {"disabled":true})"},
      {{"robot", "rotate", "ci", "--overlap", "60"},
       R"(POST /robots/ci/rotate {"overlapSeconds":60})"},
      {{"group", "add", "devs", "alice", "--account", "111122223333"},
       "PUT /accounts/111122223333/groups/devs/members/alice {}"},
      {{"binding", "add", "writer", "user:alice", "--repository", "myapp/api"},
       R"(POST /repositories/myapp/api/bindings {"role":"writer","principal":"user:alice"})"},
      {{"binding", "remove", "17", "--project", "-"}, "DELETE /projects/-/bindings/17 "},
      {{"trust", "put", "github", "--issuer", "https://i", "--audience", "gantry", "--condition",
        "repository=my-org/*", "--condition", "ref=main", "--attribute", "actor=actor"},
       R"(PUT /trusts/github {"issuer":"https://i","audiences":["gantry"],)"
       R"("conditions":[{"claim":"repository","like":["my-org/*"]},)"
       R"({"claim":"ref","equals":["main"]}],"attributes":{"actor":"actor"}})"},
      {{"explain", "--principal", "user:a", "--action", "repository:Pull", "--resource", "a/b"},
       "GET /explain?principal=user%3Aa&action=repository%3APull&resource=a%2Fb "},
      {{"audit", "search", "--principal", "user:a", "--all-accounts"},
       "GET /audit?principal=user%3Aa&all=true "},
      {{"account", "rename", "111122223333", "team"},
       R"(PATCH /accounts/111122223333 {"alias":"team"})"},
      {{"project", "open", "myapp"}, R"(PATCH /projects/myapp {"anonymousPull":true})"},
  };
  for (const Case& one : cases) {
    Answers({"{}"});
    EXPECT_EQ(RunWords(one.words), kDone) << one.request << err_;
    ASSERT_EQ(seen().size(), 1u) << one.request;
    EXPECT_EQ(seen()[0].method + " " + seen()[0].target + " " + seen()[0].body, one.request);
  }
}

TEST_F(AdminCliTest, SecretsComeFromStandardInput) {
  Answers({"{}"});
  EXPECT_EQ(RunWords({"user", "create", "alice", "--password"}, "correct horse\n"), kDone) << err_;
  EXPECT_EQ(seen()[0].body, R"({"name":"alice","password":"correct horse"})");
  Answers({""}, 204);
  EXPECT_EQ(RunWords({"user", "own-password"}, "before\nafter\n"), kDone) << err_;
  EXPECT_EQ(seen()[0].target, "/me/password");
  EXPECT_EQ(seen()[0].body, R"({"current":"before","password":"after"})");
  EXPECT_EQ(out_, "done\n");
  EXPECT_EQ(RunWords({"user", "password", "alice"}, ""), kFailed);
  EXPECT_EQ(RunWords({"user", "create", "alice", "--password=mine"}), kUsage);
  EXPECT_EQ(err_.find("mine"), std::string::npos) << err_;
}

TEST_F(AdminCliTest, DocumentsComeFromFiles) {
  Answers({"{}"});
  EXPECT_EQ(
      RunWords({"policy", "put", "p", "--file", "-", "--repository", "a/b"}, R"({"Statement":[]})"),
      kDone)
      << err_;
  EXPECT_EQ(seen()[0].target, "/repositories/a/b/policies/p");
  EXPECT_EQ(seen()[0].body, R"({"document":{"Statement":[]}})");
  EXPECT_EQ(RunWords({"policy", "put", "p", "--file", "-"}, "{"), kFailed);
  EXPECT_EQ(RunWords({"policy", "put", "p", "--file", folder_ + "/none"}), kFailed);
}

TEST_F(AdminCliTest, ARefusalIsTheServersSentence) {
  Answers({R"({"error":{"reason":"user_exists","message":"there is a user","detail":{}}})"}, 409);
  EXPECT_EQ(RunWords({"user", "create", "alice"}), kFailed);
  EXPECT_EQ(err_, "gantry: there is a user\n");
  EXPECT_EQ(out_, "");
}

TEST_F(AdminCliTest, ExplanationsAreRead) {
  Answers({R"({"allowed":false,"sentence":"denied: no statement allows it","statements":[
      {"title":"role reader for project a","effect":"allow","because":"is about other actions",
       "decided":false}]})"});
  EXPECT_EQ(RunWords({"explain", "--principal", "user:a", "--action", "repository:Push",
                      "--resource", "a/b"}),
            kDone);
  EXPECT_EQ(out_,
            "denied: no statement allows it\n"
            "  EFFECT  STATEMENT                  WHICH\n"
            "  allow   role reader for project a  is about other actions\n");
}

TEST_F(AdminCliTest, AServerElsewhereGetsACredential) {
  setenv("GANTRY_USER", "alice", 1);
  setenv("GANTRY_PASSWORD", "secret", 1);
  Answers({"{}"});
  EXPECT_EQ(RunWords({"login-info", "--server", url_ + "/"}), kDone) << err_;
  EXPECT_EQ(seen()[0].authorization, "Basic YWxpY2U6c2VjcmV0");
  setenv("GANTRY_TOKEN", "abc", 1);
  setenv("GANTRY_SERVER", url_.c_str(), 1);
  Answers({"{}"});
  EXPECT_EQ(RunWords({"login-info"}), kDone) << err_;
  EXPECT_EQ(seen()[0].authorization, "Bearer abc");
  EXPECT_EQ(RunWords({"login-info", "--server", "registry.example.com"}), kFailed);
}

TEST_F(AdminCliTest, ALoginIsKeptForItsOwnerOnly) {
  Answers({R"({"principal":"user:alice","passwordMustChange":true})"});
  EXPECT_EQ(RunWords({"login", url_, "--user", "alice"}, "secret\n"), kDone) << err_;
  EXPECT_NE(out_.find("as user:alice"), std::string::npos);
  EXPECT_NE(out_.find("own-password"), std::string::npos);
  const std::string path = folder_ + "/gantry/credentials";
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  Answers({"{}"});
  EXPECT_EQ(RunWords({"login-info", "--server", url_}), kDone);
  EXPECT_EQ(seen()[0].authorization, "Basic YWxpY2U6c2VjcmV0");
  chmod(path.c_str(), 0644);
  EXPECT_EQ(RunWords({"login-info", "--server", url_}), kFailed);
  EXPECT_NE(err_.find("chmod 600"), std::string::npos);
  chmod(path.c_str(), 0600);
  EXPECT_EQ(RunWords({"logout", url_}), kDone);
  Answers({"{}"});
  EXPECT_EQ(RunWords({"login-info", "--server", url_}), kDone);
  EXPECT_EQ(seen()[0].authorization, "");
  // What the server does not take is not kept.
  Answers({R"({"error":{"message":"wrong"}})"}, 401);
  EXPECT_EQ(RunWords({"login", url_, "--user", "alice"}, "other\n"), kFailed);
  EXPECT_FALSE(FindCredential(path, url_).value().has_value());
}

TEST_F(AdminCliTest, AuditVerifyNeedsNoServer) {
  EXPECT_EQ(RunWords({"audit", "verify", "/d/audit", "--key", "ab", "--json"}), kDamage);
  EXPECT_EQ(program_.audited, "/d/audit ab json");
  EXPECT_TRUE(seen().empty());
}

// The words that bash offers behind a line.
std::string Offered(const std::string& script, const std::string& line) {
  const std::string command = "bash -c '. " + script + "; COMP_WORDS=(" + line +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _gantry; "
                              "echo \"${COMPREPLY[*]}\"'";
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  pclose(pipe);
  return text;
}

TEST_F(AdminCliTest, BashCompletesWords) {
  ASSERT_EQ(RunWords({"completion", "bash"}), kDone);
  const std::string script = folder_ + "/completion";
  std::ofstream(script) << out_;
  EXPECT_EQ(Offered(script, "gantry rob"), "robot\n");
  EXPECT_EQ(Offered(script, "gantry robot ro"), "rotate\n");
  EXPECT_EQ(Offered(script, "gantry robot rotate --ov"), "--overlap\n");
  EXPECT_EQ(Offered(script, "gantry robot rotate ci --acc"), "--account\n");
  EXPECT_EQ(RunWords({"completion", "zsh"}), kDone);
  EXPECT_TRUE(out_.starts_with("#compdef gantry\n"));
  EXPECT_EQ(RunWords({"completion", "fish"}), kDone);
  EXPECT_NE(out_.find("= \"gantry robot\"' -a \"list show create"), std::string::npos) << out_;
  EXPECT_EQ(RunWords({"completion", "tcsh"}), kUsage);
}

}  // namespace
}  // namespace gantry::cli
