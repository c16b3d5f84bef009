#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gantry::auth {

// Whom a directory let in.
struct DirectoryUser {
  std::string name;                 // as the directory spells it
  std::string email;                // "" when it has none
  std::vector<std::string> groups;  // as the directory spells them, in any order
};

// A directory of users outside of this installation, which checks passwords itself.
// Threads: all methods from any thread; they block.
class Directory {
 public:
  virtual ~Directory() = default;

  // The user whose password this is; nullopt: there is no such user, the password is wrong or
  // empty, or the directory does not let him in. An error never means that:
  //   unavailable/directory_unreachable      it does not answer, or refuses to be asked
  //   unavailable/directory_ambiguous        several entries have this name
  //   resource_exhausted/too_many_logins     too many are being checked: try again
  virtual Result<std::optional<DirectoryUser>> Check(const std::string& name,
                                                     const std::string& password) = 0;
};

}  // namespace gantry::auth
