#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gantry::cli {

// A command and what may follow it: the names of its own commands, and its options.
struct CommandWords {
  std::string command;  // "gantry user"
  std::vector<std::string> words;
};

// The script that makes a shell complete the words of gantry: "bash", "zsh" or "fish"; nullopt:
// another shell. To be sourced, or put where the shell looks for such.
std::optional<std::string> CompletionScript(const std::string& shell,
                                            const std::vector<CommandWords>& commands);

}  // namespace gantry::cli
