#pragma once

#include "cli/program.h"

// What each command does once its words are read. All print to standard output and complain on
// standard error; all return an ExitCode.
namespace gantry::cli {

int RunVersion(Program& program, bool json);

}  // namespace gantry::cli
