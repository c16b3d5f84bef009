#pragma once

#include <optional>
#include <string>

#include "auth/access_versions.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/password.h"
#include "meta/ids.h"

namespace gantry::auth {

// What the first start made.
struct FirstStart {
  std::string user;      // "admin", with the role system-admin
  std::string password;  // must be changed at the first login; for the terminal only, never stored
};

// Makes the default account ("default") with its administrator when the database has no account;
// nullopt when it has one. Two processes may call it at once: one of them gets the password.
Result<std::optional<FirstStart>> EnsureFirstAccount(AccessVersions& access, meta::IdGenerator& ids,
                                                     crypto::PasswordHasher& passwords,
                                                     const Clock& clock);

}  // namespace gantry::auth
