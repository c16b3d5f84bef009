#pragma once

#include "cli/program.h"

namespace gantry::cli {

// Reads the command line, runs the command, and returns the exit code of the process (ExitCode).
int Run(int argc, const char* const* argv, Program& program);

}  // namespace gantry::cli
