#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/surroundings.h"

// How a command that holds no secret gets into a registry: with the token that the place it runs at
// gives it.
namespace gantry::cli {

struct WorkloadOptions {
  std::string server;      // as for RegistryUrl
  std::string trust;       // name of the trust; "" to be found by the token's issuer
  std::string audience;    // what a token is asked for, where it is asked for; "": the server's URL
  std::string token_file;  // "": as the environment says
};

// Fills what is "" from GANTRY_SERVER, GANTRY_TRUST, GANTRY_AUDIENCE and GANTRY_TOKEN_FILE.
WorkloadOptions WithEnvironment(const Surroundings& surroundings, WorkloadOptions options);

// The OpenID Connect token of this job, pod or node: from the token file; else from GANTRY_ID_TOKEN
// (GitLab: `id_tokens`); else asked of ACTIONS_ID_TOKEN_REQUEST_URL with
// ACTIONS_ID_TOKEN_REQUEST_TOKEN (GitHub Actions). nullopt: there is none of them. Errors:
// not_found/token_file_unreadable, unavailable/id_token_refused.
Result<std::optional<std::string>> FindIdToken(const Surroundings& surroundings,
                                               const WorkloadOptions& options);

struct RegistryToken {
  std::string token;  // a password for the user name kTokenUser
  int64_t expires_in_seconds = 0;
};

// The user name that a token is the password of.
inline constexpr const char* kTokenUser = "oauth2accesstoken";

// Exchanges it at the server (RFC 8693). permission_denied/exchange_refused with the server's
// sentence; the rest as httpc::Client::Send.
Result<RegistryToken> ExchangeIdToken(const Surroundings& surroundings,
                                      const WorkloadOptions& options, const std::string& id_token);

// A whole small file, without blanks around. not_found/token_file_unreadable
Result<std::string> ReadSecretFile(const std::string& path);

}  // namespace gantry::cli
