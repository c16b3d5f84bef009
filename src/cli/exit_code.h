#pragma once

namespace gantry::cli {

// How a command ends; documented in docs/user/command_line.md.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,  // the operation did not succeed; the reason is on standard error
  kUsage = 2,   // the command line or the configuration is wrong
  kDamage = 3,  // verify, scrub, audit verify: it was checked, and something in it is wrong
};

}  // namespace gantry::cli
