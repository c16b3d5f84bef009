#pragma once

#include <string>

namespace gantry::server {

// Tells the service manager about this process, "READY=1" for example (sd_notify(3)), if one wants
// to know: NOTIFY_SOCKET names its socket. Otherwise, and when nobody hears it, nothing happens.
void NotifySupervisor(const std::string& message);

}  // namespace gantry::server
