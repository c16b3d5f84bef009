#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_code.h"

namespace gantry::cli {

int RunVersion(Program& program, bool json) {
  const std::string version = program.Version();
  std::printf(json ? "{\"name\":\"gantry\",\"version\":\"%s\"}\n" : "gantry %s\n", version.c_str());
  return kDone;
}

}  // namespace gantry::cli
