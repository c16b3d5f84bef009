#pragma once

#include <memory>

#include "base/result.h"
#include "cli/program.h"
#include "server/config.h"

namespace gantry::server {

// Takes the data folder and answers on its control socket, as long as the result lives; nothing is
// served on the network and no recurring task runs. Warnings and errors are logged to standard
// error. Errors: those of DataFolder::Lock and Composition::Start.
Result<std::unique_ptr<cli::OfflineServer>> ServeOffline(const Config& config);

}  // namespace gantry::server
