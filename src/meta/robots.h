#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over robots and their secrets. Changes raise the account's version of identities.
namespace gantry::meta {

struct Robot {
  std::string name;  // of a project's robot PROJECT+NAME
  std::string description;
  std::optional<std::string> project;  // the only project it may work in; nullopt: any
  Time expires_at;                     // 0: does not
  bool disabled = false;
  Time created_at;
};

struct RobotSecret {
  std::string hash;  // SHA-256 in hexadecimal
  Time created_at;
  Time expires_at;  // 0: does not
};

// already_exists/unique_violation.
Result<void> InsertRobot(db::Tx& tx, const iam::AccountId& account, const Robot& robot);
Result<std::optional<Robot>> FindRobot(db::Tx& tx, const iam::AccountId& account,
                                       const std::string& name);
// Replaces all but created_at. False: there is no such robot.
Result<bool> UpdateRobot(db::Tx& tx, const iam::AccountId& account, const Robot& robot);
// With its secrets, access keys, and bindings of `robot:NAME` within the account.
Result<bool> DeleteRobot(db::Tx& tx, const iam::AccountId& account, const std::string& name);
// Up to `limit` by name, after `after` ("" from the start).
Result<std::vector<Robot>> ListRobots(db::Tx& tx, const iam::AccountId& account,
                                      const std::string& after, int64_t limit);

// Oldest first.
Result<std::vector<RobotSecret>> ListRobotSecrets(db::Tx& tx, const iam::AccountId& account,
                                                  const std::string& robot);
Result<void> PutRobotSecret(db::Tx& tx, const iam::AccountId& account, const std::string& robot,
                            const RobotSecret& secret);
Result<bool> DeleteRobotSecret(db::Tx& tx, const iam::AccountId& account, const std::string& robot,
                               const std::string& hash);

}  // namespace gantry::meta
