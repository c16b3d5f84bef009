#include "meta/robots.h"

#include "meta/access_keys.h"
#include "meta/changed.h"
#include "meta/policies.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{
    "INSERT INTO robots (account, name, description, project, expires_at, disabled, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr db::Sql kFind{
    "SELECT name, description, project, expires_at, disabled, created_at FROM robots"
    " WHERE account = $1 AND name = $2"};
constexpr db::Sql kUpdate{
    "UPDATE robots SET description = $3, project = $4, expires_at = $5, disabled = $6"
    " WHERE account = $1 AND name = $2"};
constexpr db::Sql kDelete{"DELETE FROM robots WHERE account = $1 AND name = $2"};
constexpr db::Sql kDeleteSecrets{"DELETE FROM robot_secrets WHERE account = $1 AND robot = $2"};
constexpr db::Sql kList{
    "SELECT name, description, project, expires_at, disabled, created_at FROM robots"
    " WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3"};
constexpr db::Sql kListSecrets{
    "SELECT secret_hash, created_at, expires_at FROM robot_secrets"
    " WHERE account = $1 AND robot = $2 ORDER BY created_at, secret_hash"};
constexpr db::Sql kPutSecret{
    "INSERT INTO robot_secrets (account, robot, secret_hash, created_at, expires_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, robot, secret_hash) DO UPDATE"
    " SET expires_at = excluded.expires_at"};
constexpr db::Sql kDeleteSecret{
    "DELETE FROM robot_secrets WHERE account = $1 AND robot = $2 AND secret_hash = $3"};

Robot RobotOf(const db::Row& row) {
  Robot robot;
  robot.name = row.Text(0);
  robot.description = row.Text(1);
  if (!row.IsNull(2)) robot.project = std::string(row.Text(2));
  robot.expires_at = Time{row.Integer(3)};
  robot.disabled = row.Integer(4) != 0;
  robot.created_at = Time{row.Integer(5)};
  return robot;
}

db::Value ProjectOf(const Robot& robot) {
  return robot.project ? db::Value(*robot.project) : db::Value();
}

}  // namespace

Result<void> InsertRobot(db::Tx& tx, const iam::AccountId& account, const Robot& robot) {
  TRY(ChangeIdentities(
      tx, account, kInsert,
      {account.text(), robot.name, robot.description, ProjectOf(robot), robot.expires_at.micros,
       int64_t{robot.disabled}, robot.created_at.micros}));
  return Ok();
}

Result<std::optional<Robot>> FindRobot(db::Tx& tx, const iam::AccountId& account,
                                       const std::string& name) {
  return QueryOne<Robot>(tx, kFind, {account.text(), name}, RobotOf);
}

Result<bool> UpdateRobot(db::Tx& tx, const iam::AccountId& account, const Robot& robot) {
  return ChangeIdentities(tx, account, kUpdate,
                          {account.text(), robot.name, robot.description, ProjectOf(robot),
                           robot.expires_at.micros, int64_t{robot.disabled}});
}

Result<bool> DeleteRobot(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  const std::string principal = "robot:" + name;
  TRY(tx.Execute(kDeleteSecrets, {account.text(), name}));
  TRY(DeleteAccessKeysOf(tx, account, principal));
  TRY(DeleteRoleBindingsOf(tx, account, principal));
  TRY(DeletePoliciesOf(tx, account, {kPrincipalScope, principal}));
  return ChangeIdentities(tx, account, kDelete, {account.text(), name});
}

Result<std::vector<Robot>> ListRobots(db::Tx& tx, const iam::AccountId& account,
                                      const std::string& after, int64_t limit) {
  return QueryAll<Robot>(tx, kList, {account.text(), after, limit}, RobotOf);
}

Result<std::vector<RobotSecret>> ListRobotSecrets(db::Tx& tx, const iam::AccountId& account,
                                                  const std::string& robot) {
  return QueryAll<RobotSecret>(tx, kListSecrets, {account.text(), robot}, [](const db::Row& row) {
    return RobotSecret{std::string(row.Text(0)), Time{row.Integer(1)}, Time{row.Integer(2)}};
  });
}

Result<void> PutRobotSecret(db::Tx& tx, const iam::AccountId& account, const std::string& robot,
                            const RobotSecret& secret) {
  TRY(ChangeIdentities(
      tx, account, kPutSecret,
      {account.text(), robot, secret.hash, secret.created_at.micros, secret.expires_at.micros}));
  return Ok();
}

Result<bool> DeleteRobotSecret(db::Tx& tx, const iam::AccountId& account, const std::string& robot,
                               const std::string& hash) {
  return ChangeIdentities(tx, account, kDeleteSecret, {account.text(), robot, hash});
}

}  // namespace gantry::meta
