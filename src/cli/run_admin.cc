#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "cli/admin_command.h"
#include "cli/answer.h"
#include "cli/exit_code.h"
#include "cli/secret.h"
#include "cli/text.h"
#include "json/writer.h"

namespace gantry::cli {
namespace {

using Values = std::vector<std::string>;

const Values& ValuesOf(const AdminWords& words, const char* name) {
  static const Values kNone;
  const auto found = words.values.find(name);
  return found == words.values.end() ? kNone : found->second;
}

Result<std::string> ReadJsonFile(const std::string& name) {
  std::string text;
  if (name == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(name);
    if (!file) return NotFound("no_such_file", name + " cannot be read");
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto document = json::Document::Parse(text);
  if (!document.ok()) return Error(document.error()).In(name);
  return text;
}

Result<std::pair<std::string, std::string>> Split(const Option& option, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0)
    return std::pair(text.substr(0, equals), text.substr(equals + 1));
  return InvalidArgument("bad_config",
                         std::string(option.flag) + " is NAME=VALUE, not \"" + text + "\"");
}

// Values for one claim are alternatives.
Result<void> WriteClaims(json::Writer& writer, const Option& option, const Values& values) {
  writer.BeginArray();
  for (const std::string& text : values) {
    TRY_ASSIGN(const auto pair, Split(option, text));
    const bool like = pair.second.find_first_of("*?") != std::string::npos;
    writer.BeginObject().Key("claim").String(pair.first);
    writer.Key(like ? "like" : "equals").BeginArray().String(pair.second).EndArray().EndObject();
  }
  writer.EndArray();
  return Ok();
}

Result<void> WritePairs(json::Writer& writer, const Option& option, const Values& values) {
  writer.BeginObject();
  for (const std::string& text : values) {
    TRY_ASSIGN(const auto pair, Split(option, text));
    writer.Key(pair.first).String(pair.second);
  }
  writer.EndObject();
  return Ok();
}

Result<void> WriteOption(json::Writer& writer, const Option& option, const Values& values) {
  writer.Key(option.field);
  switch (option.kind) {
    case OptionKind::kNumber: {
      const auto number = ParseDecimal(values.front());
      if (!number)
        return InvalidArgument("bad_config", std::string(option.flag) + " is a whole number");
      writer.Int(*number);
      return Ok();
    }
    case OptionKind::kTexts:
      writer.BeginArray();
      for (const std::string& value : values) writer.String(value);
      writer.EndArray();
      return Ok();
    case OptionKind::kTrue:
    case OptionKind::kFalse:
      writer.Bool(option.kind == OptionKind::kTrue);
      return Ok();
    case OptionKind::kSecret: {
      TRY_ASSIGN(const std::string secret, ReadSecret(option.field));
      writer.String(secret);
      return Ok();
    }
    case OptionKind::kFile: {
      TRY_ASSIGN(const std::string text, ReadJsonFile(values.front()));
      writer.Raw(text);
      return Ok();
    }
    case OptionKind::kClaims:
      return WriteClaims(writer, option, values);
    case OptionKind::kPairs:
      return WritePairs(writer, option, values);
    default:
      writer.String(values.front());
      return Ok();
  }
}

bool IsQuery(const Option& option) {
  return option.kind == OptionKind::kQuery || option.kind == OptionKind::kQueryTrue;
}

Result<std::string> BodyOf(const AdminCommand& command, const AdminWords& words) {
  if (std::string_view(command.method) == "GET" || std::string_view(command.method) == "DELETE")
    return std::string();
  if (command.fixed != nullptr) return "{" + std::string(command.fixed) + "}";
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  for (const Argument& argument : command.arguments) {
    const Values& values = ValuesOf(words, argument.name);
    if (argument.field != nullptr && !values.empty())
      writer.Key(argument.field).String(values.front());
  }
  for (const Option& option : command.options) {
    const Values& values = ValuesOf(words, option.flag);
    if (IsQuery(option) || values.empty()) continue;
    TRY(WriteOption(writer, option, values));
  }
  for (const char* field : command.secrets) {
    TRY_ASSIGN(const std::string secret, ReadSecret(field));
    writer.Key(field).String(secret);
  }
  writer.EndObject();
  return body;
}

std::string ScopePath(const AdminCommand& command, const AdminWords& words) {
  std::string path;
  if (command.scoping != Scoping::kInstallation && !words.server.account.empty())
    path = "/accounts/" + PercentEncode(words.server.account);
  if (!words.repository.empty())
    path += "/repositories/" + PercentEncode(words.repository, true);
  else if (!words.project.empty())
    path += "/projects/" + PercentEncode(words.project);
  return path;
}

std::string PathOf(const AdminCommand& command, const AdminWords& words) {
  std::string path = command.path;
  for (const Argument& argument : command.arguments) {
    const std::string place = "{" + std::string(argument.name) + "}";
    const size_t at = path.find(place);
    const Values& values = ValuesOf(words, argument.name);
    if (at != std::string::npos && !values.empty())
      path.replace(at, place.size(), PercentEncode(values.front(), argument.is_path));
  }
  path = ScopePath(command, words) + path;
  char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (const Option& option : command.options) {
    if (!IsQuery(option)) continue;
    for (const std::string& value : ValuesOf(words, option.flag)) {
      const bool truth = option.kind == OptionKind::kQueryTrue;
      path += separator + std::string(option.field) + "=" + (truth ? "true" : PercentEncode(value));
      separator = '&';
    }
  }
  return path;
}

// One cell: a text as it is, a list with commas, the rest as JSON has it.
std::string CellOf(json::Value value) {
  if (!value || value.IsNull()) return "-";
  if (const auto text = value.String()) return text->empty() ? "-" : std::string(*text);
  if (const auto number = value.Int()) return std::to_string(*number);
  if (const auto truth = value.Bool()) return *truth ? "yes" : "no";
  std::string cell;
  for (const json::Value item : value.Items()) cell += (cell.empty() ? "" : ",") + CellOf(item);
  for (const auto [key, member] : value.Members())
    cell += (cell.empty() ? "" : ",") + std::string(key) + "=" + CellOf(member);
  return cell.empty() ? "-" : cell;
}

json::Value MemberOf(json::Value item, std::string_view member) {
  while (item) {
    const size_t dot = member.find('.');
    if (!item.IsObject()) return json::Value();
    item = item.Find(member.substr(0, dot));
    if (dot == std::string_view::npos) break;
    member.remove_prefix(dot + 1);
  }
  return item;
}

void PrintItem(json::Value item) {
  std::vector<Values> rows;
  for (const auto [key, value] : item.Members())
    rows.push_back({std::string(key) + ":", CellOf(value)});
  std::fputs(TableText(rows).c_str(), stdout);
}

void AddRows(const AdminCommand& command, json::Value answer, std::vector<Values>& rows) {
  for (const json::Value item : ItemsOf(answer, command.list)) {
    Values row;
    for (const Column& column : command.columns)
      row.push_back(CellOf(*column.member == '\0' ? item : MemberOf(item, column.member)));
    rows.push_back(std::move(row));
  }
}

void PrintAnswer(const AdminCommand& command, json::Value answer) {
  if (command.print != nullptr) {
    command.print(answer);
  } else if (answer.IsObject()) {
    PrintItem(answer);
  }
}

// The name by which the next page is asked for; "" when there is none.
std::string NextOf(const AdminCommand& command, json::Value answer) {
  if (command.page_key == nullptr || !BoolOf(answer, "more")) return "";
  json::Value last;
  for (const json::Value item : ItemsOf(answer, command.list)) last = item;
  if (!last) return "";
  return *command.page_key == '\0' ? std::string(last.String().value_or(""))
                                   : StringOf(last, command.page_key);
}

Result<void> AskPages(const AdminCommand& command, const AdminWords& words,
                      Connection& connection) {
  std::vector<Values> rows(1);
  for (const Column& column : command.columns) rows[0].push_back(column.title);
  const std::string path = PathOf(command, words);
  const std::string more = path.find('?') == std::string::npos ? "?" : "&";
  std::string last;
  do {
    std::string query;
    if (command.page_key != nullptr) query = more + "n=1000";
    if (!last.empty()) query += "&last=" + PercentEncode(last);
    TRY_ASSIGN(const std::string answer, connection.Call(command.method, path + query));
    if (words.json) std::puts(answer.c_str());
    TRY_ASSIGN(const json::Document document, json::Document::Parse(answer, {64 << 20}));
    AddRows(command, document.root(), rows);
    last = NextOf(command, document.root());
  } while (!last.empty());
  if (!words.json) std::fputs(rows.size() == 1 ? "none\n" : TableText(rows).c_str(), stdout);
  return Ok();
}

Result<void> Ask(Program& program, const AdminCommand& command, const AdminWords& words) {
  TRY_ASSIGN(const std::string body, BodyOf(command, words));
  TRY_ASSIGN(Connection connection, Connection::Open(program, words.server));
  if (command.list != nullptr) return AskPages(command, words, connection);
  TRY_ASSIGN(const std::string answer,
             connection.Call(command.method, PathOf(command, words), body));
  if (words.json && !answer.empty()) {
    std::puts(answer.c_str());
  } else if (!answer.empty()) {
    TRY_ASSIGN(const json::Document document, json::Document::Parse(answer, {64 << 20}));
    PrintAnswer(command, document.root());
  } else if (!words.json) {
    std::puts("done");
  }
  return Ok();
}

}  // namespace

int RunAdmin(Program& program, const AdminCommand& command, const AdminWords& words) {
  const Result<void> done = Ask(program, command, words);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

std::vector<AdminCommand> AdminCommands() {
  std::vector<AdminCommand> commands = IdentityCommands();
  for (AdminCommand& command : AccessCommands()) commands.push_back(std::move(command));
  for (AdminCommand& command : RepositoryCommands()) commands.push_back(std::move(command));
  for (AdminCommand& command : LifecycleCommands()) commands.push_back(std::move(command));
  return commands;
}

}  // namespace gantry::cli
