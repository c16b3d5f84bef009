#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/connection.h"
#include "cli/program.h"
#include "json/document.h"

// The commands over the admin API are a table: each is one request, made from words, and a way to
// print its answer.
namespace gantry::cli {

// A word behind the command.
struct Argument {
  const char* name = "";  // "USER"; {USER} in the path is replaced by it
  const char* help = "";
  const char* field = nullptr;  // of the body that it becomes instead
  bool is_path = false;         // its slashes stay as they are
};

enum class OptionKind {
  kText,       // a text
  kTexts,      // a list of texts; may be repeated
  kNumber,     // a whole number
  kTrue,       // true
  kFalse,      // false
  kSecret,     // a text that is asked for; `help` of the prompt is in `prompt`
  kFile,       // a JSON value from a file; "-" is standard input
  kClaims,     // CLAIM=VALUE: a list of conditions on claims, by pattern where VALUE has '*' or '?'
  kPairs,      // KEY=VALUE: an object of texts
  kQuery,      // a parameter of the query; may be repeated
  kQueryTrue,  // a parameter of the query with the value true
};

struct Option {
  const char* flag = "";   // "--email"
  const char* field = "";  // of the body, or the parameter of the query
  OptionKind kind = OptionKind::kText;
  const char* help = "";
  bool required = false;
};

struct Column {
  const char* title = "";
  const char* member = "";  // of an item: "name", "scope.kind"
};

enum class Scoping {
  kInstallation,  // the path is what it is
  kAccount,       // --account
  kAnywhere,      // --account, and --project or --repository put theirs before the path
};

struct AdminCommand {
  const char* group = "";  // "user"; "" for a command of one word
  const char* name = "";
  const char* help = "";
  const char* method = "GET";
  const char* path = "";  // behind /api/admin/v1
  Scoping scoping = Scoping::kAccount;
  std::vector<Argument> arguments{};
  std::vector<Option> options{};
  std::vector<const char*> secrets{};  // fields that are always asked for, in this order
  const char* fixed = nullptr;         // the body as it is, without its braces
  const char* list = nullptr;          // the member with the rows; nullptr: the answer is one item
  std::vector<Column> columns{};       // of the rows
  const char* page_key = nullptr;  // the member by which the next page is asked for; nullptr: one
  void (*print)(json::Value answer) = nullptr;  // instead of a table
};

// "user" is "Users"; for the help of the group.
struct AdminGroup {
  const char* name = "";
  const char* help = "";
};
std::vector<AdminGroup> AdminGroups();
std::vector<AdminCommand> AdminCommands();
// Parts of AdminCommands.
std::vector<AdminCommand> IdentityCommands();
std::vector<AdminCommand> AccessCommands();
std::vector<AdminCommand> RepositoryCommands();
std::vector<AdminCommand> LifecycleCommands();

// The words of one command line.
struct AdminWords {
  ServerOptions server;
  std::string project;  // of Scoping::kAnywhere; "-" is the root project
  std::string repository;
  bool json = false;
  std::map<std::string, std::vector<std::string>> values;  // by Argument::name and Option::flag
};

// Asks and prints; returns an ExitCode.
int RunAdmin(Program& program, const AdminCommand& command, const AdminWords& words);

}  // namespace gantry::cli
