#include "cli/secret.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace gantry::cli {
namespace {

// The terminal does not show what is typed while this lives.
class Hidden {
 public:
  Hidden() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  ~Hidden() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<std::string> ReadSecret(const std::string& what) {
  const bool terminal = isatty(STDIN_FILENO) == 1;
  std::string line;
  if (terminal) {
    std::fprintf(stderr, "%s: ", what.c_str());
    const Hidden hidden;
    std::getline(std::cin, line);
    std::fputs("\n", stderr);
  } else {
    std::getline(std::cin, line);
  }
  if (line.ends_with('\r')) line.pop_back();
  if (!line.empty()) return line;
  return InvalidArgument("secret_missing",
                         what + " is read from standard input, and there is none");
}

}  // namespace gantry::cli
