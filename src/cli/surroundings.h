#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "httpc/client.h"

namespace gantry::cli {

// What a command that other programs call (docker, kubelet, CI) sees of the world; tests make
// their own. Threads: one.
struct Surroundings {
  // A variable of the environment; nullopt: not set, or empty.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  httpc::Client& client;
  std::string credentials;  // path of the file of credentials.h
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// Calls `command` with those of this process. The certificates of GANTRY_CA_FILE are believed when
// it is set, else the system's.
int WithSurroundings(const std::function<int(const Surroundings&)>& command);

}  // namespace gantry::cli
