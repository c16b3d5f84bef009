#include "cli/surroundings.h"

#include <cstdlib>
#include <iostream>

#include "cli/credentials.h"

namespace gantry::cli {

int WithSurroundings(const std::function<int(const Surroundings&)>& command) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
  httpc::ClientOptions options;
  options.ca_file = environment("GANTRY_CA_FILE").value_or("");
  options.user_agent = "gantry-cli";
  const auto client = httpc::MakeClient(options);
  return command({environment, *client, CredentialsPath(), std::cin, std::cout, std::cerr});
}

}  // namespace gantry::cli
