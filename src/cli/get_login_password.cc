#include "cli/credential_commands.h"
#include "cli/exit_code.h"

namespace gantry::cli {

int RunGetLoginPassword(const Surroundings& surroundings, const WorkloadOptions& given) {
  const WorkloadOptions options = WithEnvironment(surroundings, given);
  if (options.server.empty()) {
    surroundings.err << "gantry: which registry? Give --server, or set GANTRY_SERVER\n";
    return kUsage;
  }
  const auto id_token = FindIdToken(surroundings, options);
  if (!id_token.ok()) {
    surroundings.err << "gantry: " << id_token.error().message() << "\n";
    return kFailed;
  }
  if (!*id_token) {
    surroundings.err << "gantry: there is no token to exchange: give --token-file, or set "
                        "GANTRY_TOKEN_FILE or GANTRY_ID_TOKEN\n";
    return kFailed;
  }
  const auto token = ExchangeIdToken(surroundings, options, **id_token);
  if (!token.ok()) {
    surroundings.err << "gantry: " << token.error().message() << "\n";
    return kFailed;
  }
  surroundings.out << token->token << "\n";
  return kDone;
}

}  // namespace gantry::cli
