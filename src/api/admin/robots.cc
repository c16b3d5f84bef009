#include "meta/robots.h"

#include <algorithm>
#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "auth/credentials.h"

namespace gantry::api::admin {
namespace {

constexpr int64_t kOverlapSecondsDefault = 24 * 3600;
constexpr int64_t kOverlapSecondsMax = 30 * 24 * 3600;
constexpr size_t kSecretIdLength = 8;

struct RobotView {
  meta::Robot robot;
  std::vector<meta::RobotSecret> secrets;
};

bool NeverExpires(Time time) { return time.micros == 0 || time == auth::kNever; }

void WriteFields(json::Writer& writer, const meta::Robot& robot) {
  writer.Key("name").String(robot.name).Key("description").String(robot.description);
  writer.Key("project");
  if (robot.project) {
    writer.String(*robot.project);
  } else {
    writer.Null();
  }
  WriteTime(writer, "expires", robot.expires_at, NeverExpires(robot.expires_at));
  writer.Key("disabled").Bool(robot.disabled);
  WriteTime(writer, "created", robot.created_at);
}

void WriteRobot(json::Writer& writer, const meta::Robot& robot) {
  writer.BeginObject();
  WriteFields(writer, robot);
  writer.EndObject();
}

void WriteView(json::Writer& writer, const RobotView& view) {
  writer.BeginObject();
  WriteFields(writer, view.robot);
  writer.Key("secrets").BeginArray();
  for (const meta::RobotSecret& secret : view.secrets) {
    writer.BeginObject();
    writer.Key("id").String(std::string_view(secret.hash).substr(0, kSecretIdLength));
    WriteTime(writer, "created", secret.created_at);
    WriteTime(writer, "expires", secret.expires_at, NeverExpires(secret.expires_at));
    writer.EndObject();
  }
  writer.EndArray().EndObject();
}

Error RobotUnknown(const std::string& name) {
  return NotFound("robot_unknown", "there is no robot \"" + name.substr(0, 128) +
                                       "\" in this account; GET /robots lists those there are");
}

Result<meta::Robot> Find(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY_ASSIGN(auto robot, meta::FindRobot(tx, account, name));
  if (!robot) return RobotUnknown(name);
  return *std::move(robot);
}

// The only answer that has the secret.
http::Response SecretAnswer(const Call& call, const std::string& robot,
                            const auth::NewSecret& secret, int status) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("name").String(robot).Key("login").String("robot$" + robot);
  writer.Key("secretId").String(secret.id).Key("secret").String(secret.secret);
  WriteTime(writer, "expires", secret.expires_at, NeverExpires(secret.expires_at));
  writer.Key("keyFile").Raw(auth::MakeKeyFile(call.account.text(), robot, secret.secret));
  writer.EndObject();
  return Json(std::move(body), status);
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  std::vector<meta::Robot> robots;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(robots, meta::ListRobots(tx, call.account, page.last, page.n + 1));
    return Ok();
  }));
  return PageAnswer("robots", robots, page.n, WriteRobot);
}

Result<http::Response> Show(const Call& call) {
  const std::string name = call.Parameter("robot");
  std::optional<RobotView> view;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(meta::Robot robot, Find(tx, call.account, name));
    TRY_ASSIGN(auto secrets, meta::ListRobotSecrets(tx, call.account, name));
    view = RobotView{std::move(robot), std::move(secrets)};
    return Ok();
  }));
  return ItemAnswer(*view, WriteView);
}

Result<http::Response> Create(const Call& call) {
  TRY_ASSIGN(const Body body,
             Body::Read(call.request, {"name", "description", "project", "expires"}));
  TRY_ASSIGN(const std::string name, body.Text("name"));
  TRY_ASSIGN(const auto description, body.OptionalText("description"));
  TRY_ASSIGN(const auto project, body.OptionalText("project"));
  TRY_ASSIGN(const auto expires, body.OptionalTime("expires"));
  if (expires && *expires <= call.now()) {
    return InvalidArgument("expiry_past", "\"expires\" must be a time that is still to come");
  }
  TRY(RequirePowersOfRobot(call, name));
  TRY_ASSIGN(const auth::NewSecret secret,
             call.services.identities.CreateRobot(call.account, name, description.value_or(""),
                                                  project, expires.value_or(auth::kNever)));
  return SecretAnswer(call, name, secret, 201);
}

Result<http::Response> Change(const Call& call) {
  const std::string name = call.Parameter("robot");
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"description", "disabled", "expires"}));
  TRY_ASSIGN(const auto description, body.OptionalText("description"));
  TRY_ASSIGN(const auto disabled, body.OptionalBool("disabled"));
  TRY_ASSIGN(const auto expires, body.OptionalTime("expires"));
  TRY(RequirePowersOfRobot(call, name));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(meta::Robot robot, Find(tx, call.account, name));
    if (description) robot.description = *description;
    if (disabled) robot.disabled = *disabled;
    if (expires) robot.expires_at = *expires;
    TRY(meta::UpdateRobot(tx, call.account, robot));
    return Ok();
  }));
  return Show(call);
}

Result<http::Response> Rotate(const Call& call) {
  const std::string name = call.Parameter("robot");
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"overlapSeconds"}));
  TRY_ASSIGN(const auto overlap, body.OptionalInt("overlapSeconds"));
  const int64_t seconds = overlap.value_or(kOverlapSecondsDefault);
  if (seconds > kOverlapSecondsMax) {
    return InvalidArgument("overlap_invalid",
                           "\"overlapSeconds\" must be at most 2592000, 30 days");
  }
  TRY(RequirePowersOfRobot(call, name));
  TRY_ASSIGN(const auth::NewSecret secret,
             call.services.identities.RotateRobotSecret(call.account, name, Seconds(seconds)));
  return SecretAnswer(call, name, secret, 200);
}

Result<http::Response> Delete(const Call& call) {
  const std::string name = call.Parameter("robot");
  TRY(RequirePowersOfRobot(call, name));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted, meta::DeleteRobot(tx, call.account, name));
    return deleted ? Ok() : Result<void>(RobotUnknown(name));
  }));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/robots", "admin_robots", "account:Read", ListAll},
    {http::Method::kPost, "/robots", "admin_robot_create", "account:Admin", Create},
    {http::Method::kGet, "/robots/{robot}", "admin_robot", "account:Read", Show},
    {http::Method::kPatch, "/robots/{robot}", "admin_robot_change", "account:Admin", Change},
    {http::Method::kDelete, "/robots/{robot}", "admin_robot_delete", "account:Admin", Delete},
    {http::Method::kPost, "/robots/{robot}/rotate", "admin_robot_rotate", "account:Admin", Rotate},
};

}  // namespace

std::span<const Row> RobotRows() { return kRows; }

}  // namespace gantry::api::admin
