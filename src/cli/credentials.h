#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"

// What `gantry login` keeps: a JSON file, readable by its owner only,
// {"servers":{"https://registry.example.com":{"user":"alice","password":"..."}}}.
namespace gantry::cli {

struct Credential {
  std::string user;
  std::string password;
};

// $XDG_CONFIG_HOME/gantry/credentials, else ~/.config/gantry/credentials; "" without a home.
std::string CredentialsPath();

// All that is kept, by server; errors as FindCredential.
Result<std::map<std::string, Credential>> ListCredentials(const std::string& path);
// nullopt: nothing is kept for that server. failed_precondition/credentials_readable when others
// than the owner can read the file; invalid_argument/json_invalid; errors of the file system.
Result<std::optional<Credential>> FindCredential(const std::string& path,
                                                 const std::string& server);
// Keeps it, in the place of one that is kept for that server. Makes the folder (0700) and the file
// (0600), in one step: the old file is there, or the new one.
Result<void> StoreCredential(const std::string& path, const std::string& server,
                             const Credential& credential);
// False: nothing was kept.
Result<bool> RemoveCredential(const std::string& path, const std::string& server);

}  // namespace gantry::cli
