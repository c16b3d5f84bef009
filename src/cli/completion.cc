#include "cli/completion.h"

namespace gantry::cli {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Commands(const std::vector<CommandWords>& commands) {
  std::string text;
  for (const CommandWords& command : commands)
    text += (text.empty() ? "" : "|") + ("\"" + command.command + "\"");
  return text;
}

// Goes along the words that are commands, then offers what may follow.
std::string Bash(const std::vector<CommandWords>& commands) {
  std::string text =
      "_gantry() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" command=gantry words=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$command ${COMP_WORDS[i]}\" in\n"
      "      " +
      Commands(commands) +
      ") command=\"$command ${COMP_WORDS[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n";
  for (const CommandWords& command : commands)
    text += "    \"" + command.command + "\") words=\"" + Joined(command.words) + "\" ;;\n";
  return text +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _gantry gantry\n";
}

std::string Zsh(const std::vector<CommandWords>& commands) {
  std::string text =
      "#compdef gantry\n"
      "_gantry() {\n"
      "  local command=gantry word\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    case \"$command $word\" in\n"
      "      " +
      Commands(commands) +
      ") command=\"$command $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n";
  for (const CommandWords& command : commands)
    text += "    \"" + command.command + "\") compadd -- " + Joined(command.words) + " ;;\n";
  return text +
         "  esac\n"
         "  _files\n"
         "}\n"
         "if [ \"$funcstack[1]\" = \"_gantry\" ]; then _gantry \"$@\"; else compdef _gantry "
         "gantry; "
         "fi\n";
}

std::string Fish(const std::vector<CommandWords>& commands) {
  std::string text =
      "function __gantry_command\n"
      "  set -l command gantry\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$command $word\"\n"
      "      case";
  for (const CommandWords& command : commands) text += " \"" + command.command + "\"";
  text +=
      "\n"
      "        set command \"$command $word\"\n"
      "    end\n"
      "  end\n"
      "  echo $command\n"
      "end\n";
  for (const CommandWords& command : commands)
    text += "complete -c gantry -n 'test (__gantry_command) = \"" + command.command + "\"' -a \"" +
            Joined(command.words) + "\"\n";
  return text;
}

}  // namespace

std::optional<std::string> CompletionScript(const std::string& shell,
                                            const std::vector<CommandWords>& commands) {
  if (shell == "bash") return Bash(commands);
  if (shell == "zsh") return Zsh(commands);
  if (shell == "fish") return Fish(commands);
  return std::nullopt;
}

}  // namespace gantry::cli
