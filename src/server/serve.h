#pragma once

#include "server/config.h"

namespace gantry::server {

// Serves until SIGTERM or SIGINT: prints "listening on <address>" on standard output when it is
// ready, logs to standard error, reloads the certificate on SIGHUP, drains, and returns. A second
// signal while it drains ends the process at once. Returns a cli::ExitCode.
int Serve(const LoadedConfig& loaded);

}  // namespace gantry::server
