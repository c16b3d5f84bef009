#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/access_versions.h"
#include "auth/installation_key.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/password.h"
#include "iam/account_id.h"

namespace gantry::auth {

// A robot's secret or an access key, shown once.
struct NewSecret {
  std::string id;  // no secret: "1a2b3c4d" of a robot, "AKIA…" of a key
  std::string secret;
  Time expires_at;  // kNever: does not
};

// The changes of identities that make or hash a secret; the others are plain rows (meta/users.h,
// groups.h, robots.h, access_keys.h) to be changed inside AccessVersions::Write.
// Threads: all methods from any thread; they block.
class Identities {
 public:
  Identities(AccessVersions& access, const InstallationKey& installation_key,
             crypto::PasswordHasher& passwords, const Clock& clock)
      : access_(access),
        installation_key_(installation_key),
        passwords_(passwords),
        clock_(clock) {}

  // already_exists/user_exists, invalid_argument/user_name_invalid (1 to 128 of [A-Za-z0-9._@-],
  // a letter or digit first), invalid_argument/password_weak (under 8 characters),
  // invalid_argument/password_too_long, not_found/account_unknown.
  // `password` nullopt: none is good; the user comes in by other ways.
  Result<void> CreateUser(const iam::AccountId& account, const std::string& name,
                          const std::string& email, const std::optional<std::string>& password);
  // Ends all sessions of the user but those that begin from now on. not_found/user_unknown,
  // password errors as above.
  Result<void> SetPassword(const iam::AccountId& account, const std::string& name,
                           const std::string& password, bool must_change);

  // already_exists/robot_exists, invalid_argument/robot_name_invalid (as Harbor: lower-case letters
  // and digits with single . _ - between; of a project "PROJECT+NAME").
  // `expires_at` kNever: does not expire.
  Result<NewSecret> CreateRobot(const iam::AccountId& account, const std::string& name,
                                const std::string& description,
                                const std::optional<std::string>& project, Time expires_at);
  // A second secret; the ones before are good for `overlap` more. Of more than two the oldest goes
  // at once. not_found/robot_unknown.
  Result<NewSecret> RotateRobotSecret(const iam::AccountId& account, const std::string& name,
                                      Duration overlap);

  // `owner`: "user:alice" or "robot:ci"; at most two keys each
  // (failed_precondition/too_many_access_keys). not_found/user_unknown, robot_unknown.
  Result<NewSecret> CreateAccessKey(const iam::AccountId& account, const std::string& owner);

 private:
  AccessVersions& access_;
  const InstallationKey& installation_key_;
  crypto::PasswordHasher& passwords_;
  const Clock& clock_;
};

}  // namespace gantry::auth
