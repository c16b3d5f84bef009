#pragma once

#include <string>

#include "base/result.h"

namespace gantry::cli {

// A secret from who runs the command: typed after "WHAT: " without being shown when standard input
// is a terminal, else the next line of standard input. Never from the command line, which others on
// the machine can read. invalid_argument/secret_missing when there is none.
Result<std::string> ReadSecret(const std::string& what);

}  // namespace gantry::cli
