#pragma once

#include "cli/program.h"

namespace gantry::cli {

// Reads the command line, runs the command, and returns the exit code of the process (ExitCode).
// Called as docker-credential-gantry, the program is that helper.
int Run(int argc, const char* const* argv, Program& program);

}  // namespace gantry::cli
