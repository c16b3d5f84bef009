#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "base/suggest.h"
#include "cli/admin_command.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/credential_commands.h"
#include "cli/exit_code.h"
#include "cli/kube_reporter.h"

namespace gantry::cli {
namespace {

std::vector<std::string> WordsOf(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; }))
    words.push_back(child->get_name());
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  return words;
}

std::string FullName(const CLI::App* command) {
  if (command->get_parent() == nullptr) return command->get_name();
  return FullName(command->get_parent()) + " " + command->get_name();
}

void CollectWords(const CLI::App& command, std::vector<CommandWords>& commands) {
  commands.push_back({FullName(&command), WordsOf(command)});
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; }))
    CollectWords(*child, commands);
}

// The words a command line can hold, and what each of them sets. CLI11 fills the members while it
// parses; `run` is what the chosen command does.
class CommandLine {
 public:
  explicit CommandLine(Program& program) : program_(program) {
    app_.require_subcommand(1);
    app_.set_help_all_flag("--help-all", "The help of all commands");
    app_.get_formatter()->column_width(36);
    AddServe();
    AddConfig();
    AddGc();
    AddScrub();
    AddVerify();
    AddBackup();
    AddRestore();
    AddTrash();
    AddAdmin();
    AddVerifyAudit();
    AddLogin();
    AddCompletion();
    AddGetLoginPassword();
    AddCredentialProvider();
    AddKubeReporter();
    AddVersion();
  }

  CLI::App& app() { return app_; }
  int RunChosen() { return run_(); }

 private:
  CLI::App* AddCommand(CLI::App& parent, const char* name, const char* help,
                       std::function<int()> run) {
    CLI::App* command = parent.add_subcommand(name, help);
    command->callback([this, run = std::move(run)] { run_ = run; });
    return command;
  }

  void AddConfigFile(CLI::App* command) {
    command->add_option("--config", file_, "YAML file with the configuration")->type_name("FILE");
  }

  void AddKey(CLI::App* command, const char* flag, const char* key, const char* type,
              const char* help) {
    command
        ->add_option_function<std::string>(
            flag, [this, key](const std::string& value) { flags_.emplace_back(key, value); }, help)
        ->type_name(type);
  }

  // --config and --data, for commands that work on what is stored.
  void AddStore(CLI::App* command) {
    AddConfigFile(command);
    AddKey(command, "--data", "data", "DIR", "Folder of everything that is stored (./var)");
  }

  void AddJson(CLI::App* command) { command->add_flag("--json", json_, "As JSON"); }

  ConfigOptions Options() const {
    ConfigOptions options;
    if (!file_.empty()) options.file = file_;
    options.flags = flags_;
    return options;
  }

  void AddServe() {
    CLI::App* serve = AddCommand(app_, "serve", "Serve the registry",
                                 [this] { return program_.Serve(Options()); });
    AddStore(serve);
    AddKey(serve, "--listen", "listen", "HOST:PORT",
           "Address to serve on (127.0.0.1:5000); port 0 takes a free one");
    serve
        ->add_flag_function(
            "--anonymous", [this](int64_t) { flags_.emplace_back("anonymous", "true"); },
            "Let everybody who reaches the address pull, push and delete")
        ->disable_flag_override();
  }

  void AddConfig() {
    CLI::App* config = app_.add_subcommand("config", "Check or write a configuration file");
    config->require_subcommand(1);
    CLI::App* check = AddCommand(*config, "check", "Say what is wrong with a configuration",
                                 [this] { return program_.CheckConfig(Options()); });
    check->add_option("file", file_, "YAML file; without it, the environment is checked alone")
        ->type_name("FILE");
    AddCommand(*config, "example", "Write an example file with every key and its default", [this] {
      std::cout << program_.ExampleConfig() << std::flush;
      return static_cast<int>(kDone);
    });
  }

  void AddGc() {
    CLI::App* gc = AddCommand(app_, "gc", "Free what nothing needs any more",
                              [this] { return RunGc(program_, Options(), json_); });
    AddStore(gc);
    AddJson(gc);
  }

  void AddScrub() {
    CLI::App* scrub = AddCommand(app_, "scrub", "Compare every stored blob with its digest",
                                 [this] { return RunScrub(program_, Options(), rate_); });
    AddStore(scrub);
    scrub->add_option("--rate", rate_, "Bytes to read per second at most; 0 for no limit")
        ->type_name("BYTES")
        ->check(CLI::NonNegativeNumber);
  }

  void AddVerify() {
    CLI::App* verify = AddCommand(app_, "verify", "Check the whole store; no server may run",
                                  [this] { return program_.Verify(Options(), json_); });
    AddStore(verify);
    AddJson(verify);
  }

  void AddBackup() {
    CLI::App* backup =
        AddCommand(app_, "backup", "Copy everything into a new folder, also while serving",
                   [this] { return RunBackup(program_, Options(), word_); });
    AddStore(backup);
    backup->add_option("directory", word_, "The new folder")->type_name("DIR")->required();
  }

  void AddRestore() {
    CLI::App* restore =
        AddCommand(app_, "restore", "Fill an empty store from a backup; no server may run",
                   [this] { return program_.Restore(Options(), word_); });
    AddStore(restore);
    restore->add_option("backup", word_, "The folder that `gantry backup` made")
        ->type_name("DIR")
        ->required();
  }

  void AddTrash() {
    CLI::App* trash = app_.add_subcommand("trash", "See and undo deletions");
    trash->require_subcommand(1);
    CLI::App* list = AddCommand(*trash, "list", "Deletions that can be undone",
                                [this] { return RunTrashList(program_, Options(), word_, json_); });
    AddStore(list);
    AddJson(list);
    list->add_option("--repository", word_, "Only of this repository")->type_name("NAME");
    CLI::App* restore = AddCommand(*trash, "restore", "Undo a deletion", [this] {
      return RunTrashRestore(program_, Options(), word_, json_);
    });
    AddStore(restore);
    AddJson(restore);
    restore->add_option("id", word_, "Its id in `gantry trash list`")->type_name("ID")->required();
  }

  // --server and --account besides --config and --data.
  void AddServer(CLI::App* command, const AdminCommand& admin) {
    AddStore(command);
    command->add_option("--server", words_.server.server, "Server elsewhere (GANTRY_SERVER)")
        ->type_name("URL");
    if (admin.scoping != Scoping::kInstallation)
      command->add_option("--account", words_.server.account, "Of that account")->type_name("ID");
    command->add_option("--output", output_, "table or json")
        ->type_name("FORM")
        ->check(CLI::IsMember({"table", "json"}));
    AddJson(command);
  }

  // Makes one command of a row of the table.
  void AddAdminCommand(CLI::App& parent, const AdminCommand& admin) {
    CLI::App* command = AddCommand(parent, admin.name, admin.help, [this, &admin] {
      words_.server.config = Options();
      words_.json = json_ || output_ == "json";
      return RunAdmin(program_, admin, words_);
    });
    AddServer(command, admin);
    for (const Argument& argument : admin.arguments) {
      auto& values = words_.values[argument.name];
      command
          ->add_option_function<std::string>(
              argument.name, [&values](const std::string& value) { values = {value}; },
              argument.help)
          ->required();
    }
    for (const Option& option : admin.options) AddAdminOption(command, option);
    if (admin.scoping != Scoping::kAnywhere) return;
    auto* project = command->add_option("--project", words_.project, "Of this project");
    project->type_name("NAME");
    command->add_option("--repository", words_.repository, "Of this repository")
        ->type_name("NAME")
        ->excludes(project);
  }

  void AddAdminOption(CLI::App* command, const Option& option) {
    auto& values = words_.values[option.flag];
    switch (option.kind) {
      case OptionKind::kTrue:
      case OptionKind::kFalse:
      case OptionKind::kSecret:
      case OptionKind::kQueryTrue:
        command
            ->add_flag_function(
                option.flag, [&values](int64_t) { values = {""}; }, option.help)
            ->disable_flag_override();
        return;
      default:
        command->add_option(option.flag, values, option.help)
            ->type_name("VALUE")
            ->allow_extra_args(false)
            ->required(option.required);
    }
  }

  void AddAdmin() {
    for (const AdminGroup& group : AdminGroups())
      app_.add_subcommand(group.name, group.help)->require_subcommand(1);
    for (const AdminCommand& admin : admin_)
      AddAdminCommand(*admin.group == '\0' ? app_ : *app_.get_subcommand(admin.group), admin);
  }

  void AddVerifyAudit() {
    CLI::App* verify = AddCommand(*app_.get_subcommand("audit"), "verify",
                                  "Check that nothing in an audit log was changed; needs no server",
                                  [this] { return program_.VerifyAudit(word_, key_, json_); });
    verify->add_option("directory", word_, "The log's folder: audit in the data folder")
        ->type_name("DIR")
        ->required();
    verify->add_option("--key", key_, "Public key that was kept elsewhere, in hexadecimal")
        ->type_name("KEY");
    AddJson(verify);
  }

  void AddLogin() {
    CLI::App* login = AddCommand(
        app_, "login", "Keep a user's password for a server elsewhere, or log in with a browser",
        [this] {
          if (oidc_provider_.empty()) return RunLogin(word_, key_);
          return WithSurroundings([this](const Surroundings& surroundings) {
            return RunOidcLogin(surroundings, word_, oidc_provider_);
          });
        });
    login->add_option("server", word_, "URL of the server")->type_name("URL")->required();
    CLI::Option* user =
        login->add_option("--user", key_, "Name of the user, or robot$NAME")->type_name("NAME");
    login
        ->add_option("--oidc", oidc_provider_,
                     "Log in with a browser, by that provider of the server")
        ->type_name("PROVIDER")
        ->excludes(user);
    CLI::App* logout = AddCommand(app_, "logout", "Forget the password for a server",
                                  [this] { return RunLogout(word_); });
    logout->add_option("server", word_, "URL of the server")->type_name("URL")->required();
  }

  void AddCompletion() {
    CLI::App* completion =
        AddCommand(app_, "completion", "Write a script that completes words in a shell",
                   [this] { return PrintCompletion(); });
    completion->add_option("shell", word_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  int PrintCompletion() const {
    std::vector<CommandWords> commands;
    CollectWords(app_, commands);
    std::cout << CompletionScript(word_, commands).value_or("") << std::flush;
    return kDone;
  }

  // What can be exchanged for a token of the registry.
  void AddWorkload(CLI::App* command) {
    command->add_option("--trust", workload_.trust, "The trust that accepts the token, by name")
        ->type_name("NAME");
    command->add_option("--token-file", workload_.token_file, "The OpenID Connect token")
        ->type_name("FILE");
  }

  void AddGetLoginPassword() {
    CLI::App* command =
        AddCommand(app_, "get-login-password",
                   "Print a password for docker login, made of this job's token", [this] {
                     return WithSurroundings([this](const Surroundings& surroundings) {
                       return RunGetLoginPassword(surroundings, workload_);
                     });
                   });
    command->add_option("--server", workload_.server, "The registry (GANTRY_SERVER)")
        ->type_name("URL");
    AddWorkload(command);
    command->add_option("--audience", workload_.audience, "What a token is asked for")
        ->type_name("TEXT");
  }

  void AddCredentialProvider() {
    CLI::App* command =
        AddCommand(app_, "credential-provider", "Answer kubelet's request for credentials", [this] {
          provider_.workload = workload_;
          return WithSurroundings([this](const Surroundings& surroundings) {
            return RunCredentialProvider(surroundings, provider_);
          });
        });
    AddWorkload(command);
    CLI::Option* file =
        command->add_option("--password-file", provider_.password_file, "Of --username")
            ->type_name("FILE");
    command->add_option("--username", provider_.username, "A user or robot instead of a token")
        ->type_name("NAME")
        ->needs(file);
    command->add_flag("--plain-http", provider_.plain_http, "Ask registries by http");
  }

  void AddKubeReporter() {
    CLI::App* command = AddCommand(
        app_, "kube-reporter", "Tell a registry which images a Kubernetes cluster needs", [this] {
          reporter_.workload = workload_;
          return WithSurroundings([this](const Surroundings& surroundings) {
            return RunKubeReporter(program_, surroundings, reporter_);
          });
        });
    command->add_option("--cluster", reporter_.cluster, "What people call it: prod")
        ->type_name("NAME")
        ->required();
    command->add_option("--registry", reporter_.registries, "Host that images name; also HOST/PATH")
        ->type_name("HOST")
        ->allow_extra_args(false)
        ->required();
    command->add_option("--server", workload_.server, "Where to report (GANTRY_SERVER)")
        ->type_name("URL");
    command->add_option("--account", reporter_.account, "Of that account")->type_name("ID");
    AddWorkload(command);
    CLI::Option* file =
        command->add_option("--password-file", reporter_.password_file, "Of --username")
            ->type_name("FILE");
    command->add_option("--username", reporter_.username, "A user or robot instead of a token")
        ->type_name("NAME")
        ->needs(file);
    AddReporterTimes(command);
    CLI::Option* kubeconfig =
        command->add_option("--kubeconfig", reporter_.kubeconfig, "Outside of the cluster")
            ->type_name("FILE");
    command->add_option("--context", reporter_.context, "Of the kubeconfig")
        ->type_name("NAME")
        ->needs(kubeconfig);
    command->add_option("--kubernetes-url", reporter_.kubernetes_url, "Of kubectl proxy")
        ->type_name("URL")
        ->excludes(kubeconfig);
    command->add_flag("--once", reporter_.once, "Report once, and end");
  }

  void AddReporterTimes(CLI::App* command) {
    const auto add = [command](const char* flag, int64_t& seconds, const char* help) {
      command->add_option(flag, seconds, help)
          ->type_name("SECONDS")
          ->check(CLI::Range(int64_t{1}, int64_t{86'400}));
    };
    add("--heartbeat", reporter_.heartbeat_seconds, "A sign of life that often (60)");
    add("--silent-after", reporter_.silent_after_seconds, "An alert after that (5 heartbeats)");
    add("--resolve", reporter_.resolve_seconds, "Ask for tags anew after that (300)");
  }

  void AddVersion() {
    AddJson(AddCommand(app_, "version", "Say which version this is",
                       [this] { return RunVersion(program_, json_); }));
  }

  Program& program_;
  const std::vector<AdminCommand> admin_ = AdminCommands();
  CLI::App app_{"Gantry, a container registry", "gantry"};
  std::function<int()> run_;
  std::string file_;
  std::vector<std::pair<std::string, std::string>> flags_;
  std::string word_;
  std::string key_;
  std::string oidc_provider_;
  std::string output_;
  AdminWords words_;
  WorkloadOptions workload_;
  CredentialProviderOptions provider_;
  KubeReporterOptions reporter_;
  int64_t rate_ = 0;
  bool json_ = false;
};

// The innermost command that the words name, and the first word that it does not know.
struct Place {
  const CLI::App* command;
  std::string stray;
};

Place FindPlace(const CLI::App& app, int argc, const char* const* argv) {
  Place place{&app, ""};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const CLI::App* next = nullptr;
    for (const CLI::App* command :
         place.command->get_subcommands([](const CLI::App*) { return true; }))
      if (command->get_name() == word) next = command;
    if (next == nullptr) {
      place.stray = word;
      return place;
    }
    place.command = next;
  }
  return place;
}

int Complain(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  std::string message = error.what();
  const Place place = FindPlace(app, argc, argv);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
      (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !place.stray.empty())) {
    const auto words = WordsOf(*place.command);
    std::string stray = place.stray;
    // A known option may stand before the one that is not.
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      const std::string name = word.substr(0, word.find('='));
      if (!word.starts_with("--") || std::ranges::find(words, name) != words.end()) continue;
      stray = name;
      break;
    }
    message = "unknown " + std::string(stray.starts_with("-") ? "option" : "command") + " \"" +
              stray + "\"";
    if (const auto nearest = Nearest(stray, words))
      message += "; did you mean \"" + *nearest + "\"?";
  } else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    message = "a command is missing";
  }
  std::cerr << "gantry: " << message << "\n"
            << "Run \"" << FullName(place.command) << " --help\" for what there is.\n";
  return kUsage;
}

}  // namespace

int Run(int argc, const char* const* argv, Program& program) {
  // Docker finds its helpers by their names.
  const std::string_view called = argc > 0 ? argv[0] : "";
  if (called.substr(called.rfind('/') + 1) == "docker-credential-gantry") {
    return WithSurroundings([&](const Surroundings& surroundings) {
      return RunDockerCredential(surroundings, argc == 2 ? argv[1] : "", program.Version());
    });
  }
  CommandLine line(program);
  try {
    line.app().parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help
    return line.app().exit(success);
  } catch (const CLI::ParseError& error) {
    return Complain(line.app(), error, argc, argv);
  }
  return line.RunChosen();
}

}  // namespace gantry::cli
