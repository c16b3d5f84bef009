#include "auth/identities.h"

#include <algorithm>

#include "auth/names.h"
#include "auth/robot_secret.h"
#include "auth/session.h"
#include "auth/token_claims.h"
#include "base/encoding.h"
#include "crypto/random.h"
#include "meta/access_keys.h"
#include "meta/accounts.h"
#include "meta/robots.h"
#include "meta/tokens.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

constexpr size_t kNameBytesMax = 128;
constexpr size_t kPasswordCharactersMin = 8;
constexpr size_t kAccessKeysMax = 2;
constexpr size_t kRobotSecretsMax = 2;
constexpr size_t kKeyIdCharacters = 16;
constexpr size_t kKeySecretBytes = 30;  // 40 characters, as AWS's

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

Result<void> CheckUserName(const std::string& name) {
  if (IsUserName(name)) return Ok();
  return InvalidArgument("user_name_invalid",
                         "user name \"" + name +
                             "\" is not 1 to 128 of A-Z a-z 0-9 . _ @ - that "
                             "begin with a letter or digit, or it is reserved");
}

// `^[a-z0-9]+(?:[._-][a-z0-9]+)*$`, as Harbor.
bool IsRobotName(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || !IsLowerOrDigit(name.back())) return false;
  bool separated = true;
  for (const char c : name) {
    const bool separator = c == '.' || c == '_' || c == '-';
    if (!IsLowerOrDigit(c) && (!separator || separated)) return false;
    separated = separator;
  }
  return true;
}

Result<void> CheckRobotName(const std::string& name, const std::optional<std::string>& project) {
  const size_t plus = name.find('+');
  const bool good = plus == name.npos ? IsRobotName(name)
                                      : project && name.substr(0, plus) == *project &&
                                            IsRobotName(std::string_view(name).substr(plus + 1));
  if (good) return Ok();
  return InvalidArgument("robot_name_invalid",
                         "robot name \"" + name +
                             "\" is not lower-case letters and digits with "
                             "single . _ - between them, after \"PROJECT+\" for a project's robot");
}

Result<void> CheckPassword(const std::string& password) {
  if (password.size() >= kPasswordCharactersMin) return Ok();
  return InvalidArgument("password_weak", "a password has at least 8 characters");
}

Error UserUnknown(const std::string& name) {
  return NotFound("user_unknown", "there is no user \"" + name + "\"");
}

Error RobotUnknown(const std::string& name) {
  return NotFound("robot_unknown", "there is no robot \"" + name + "\"");
}

Result<void> CheckAccount(db::Tx& tx, const iam::AccountId& account) {
  TRY_ASSIGN(const auto found, meta::FindAccount(tx, account));
  if (found) return Ok();
  return NotFound("account_unknown", "there is no account " + std::string(account.text()));
}

std::string NewAccessKeyId() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = "AKIA";
  for (const char byte : crypto::RandomBytes(kKeyIdCharacters)) {
    id += kAlphabet[static_cast<unsigned char>(byte) % kAlphabet.size()];
  }
  return id;
}

// Lets the secrets there are run out, and drops those too many for a fresh one.
Result<void> MakeRoomForSecret(db::Tx& tx, const iam::AccountId& account, const std::string& robot,
                               Time expires_at) {
  TRY_ASSIGN(std::vector<meta::RobotSecret> secrets, meta::ListRobotSecrets(tx, account, robot));
  const size_t excess =
      secrets.size() < kRobotSecretsMax ? 0 : secrets.size() - (kRobotSecretsMax - 1);
  for (size_t i = 0; i < secrets.size(); ++i) {
    meta::RobotSecret& secret = secrets[i];
    if (i < excess) {
      TRY(meta::DeleteRobotSecret(tx, account, robot, secret.hash));
    } else if (secret.expires_at == Time{} || secret.expires_at > expires_at) {
      secret.expires_at = expires_at;
      TRY(meta::PutRobotSecret(tx, account, robot, secret));
    }
  }
  return Ok();
}

}  // namespace

Result<void> Identities::CreateUser(const iam::AccountId& account, const std::string& name,
                                    const std::string& email,
                                    const std::optional<std::string>& password) {
  TRY(CheckUserName(name));
  meta::User user{name, email, "", false, false, clock_.Now()};
  if (password) {
    TRY(CheckPassword(*password));
    TRY_ASSIGN(user.password_hash, passwords_.Hash(*password));
  }
  return access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(CheckAccount(tx, account));
    TRY_ASSIGN(const auto existing, meta::FindUser(tx, account, name));
    if (existing) {
      return Error(Code::kAlreadyExists, "user_exists", "there is a user \"" + name + "\" already");
    }
    // Tokens of a user of that name who was deleted are not this one's.
    TRY(meta::EndSessionsBefore(tx, account, "user:" + name, user.created_at));
    return meta::InsertUser(tx, account, user);
  });
}

Result<void> Identities::SetPassword(const iam::AccountId& account, const std::string& name,
                                     const std::string& password, bool must_change) {
  TRY(CheckPassword(password));
  TRY_ASSIGN(const std::string hash, passwords_.Hash(password));
  return access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(auto user, meta::FindUser(tx, account, name));
    if (!user) return UserUnknown(name);
    user->password_hash = hash;
    user->password_must_change = must_change;
    TRY(meta::EndSessionsBefore(tx, account, "user:" + name, clock_.Now()));
    TRY(meta::UpdateUser(tx, account, *user));
    return Ok();
  });
}

Result<NewSecret> Identities::CreateRobot(const iam::AccountId& account, const std::string& name,
                                          const std::string& description,
                                          const std::optional<std::string>& project,
                                          Time expires_at) {
  TRY(CheckRobotName(name, project));
  const std::string secret = NewRobotSecret();
  const std::string hash = RobotSecretHash(secret);
  const Time now = clock_.Now();
  const Time stored_expiry = expires_at == kNever ? Time{} : expires_at;
  TRY(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(CheckAccount(tx, account));
    TRY_ASSIGN(const auto existing, meta::FindRobot(tx, account, name));
    if (existing) {
      return Error(Code::kAlreadyExists, "robot_exists",
                   "there is a robot \"" + name + "\" already");
    }
    TRY(meta::EndSessionsBefore(tx, account, "robot:" + name, now));
    TRY(meta::InsertRobot(tx, account, {name, description, project, stored_expiry, false, now}));
    return meta::PutRobotSecret(tx, account, name, {hash, now, Time{}});
  }));
  return NewSecret{RobotSecretId(hash), secret, expires_at};
}

Result<NewSecret> Identities::RotateRobotSecret(const iam::AccountId& account,
                                                const std::string& name, Duration overlap) {
  const std::string secret = NewRobotSecret();
  const std::string hash = RobotSecretHash(secret);
  const Time now = clock_.Now();
  Time expires_at = kNever;
  TRY(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto robot, meta::FindRobot(tx, account, name));
    if (!robot) return RobotUnknown(name);
    expires_at = robot->expires_at == Time{} ? kNever : robot->expires_at;
    TRY(MakeRoomForSecret(tx, account, name, now + overlap));
    return meta::PutRobotSecret(tx, account, name, {hash, now, Time{}});
  }));
  return NewSecret{RobotSecretId(hash), secret, expires_at};
}

Result<NewSecret> Identities::CreateAccessKey(const iam::AccountId& account,
                                              const std::string& owner) {
  const auto principal = ParsePrincipal(account, owner);
  const bool user = principal && principal->kind == iam::PrincipalKind::kUser;
  const bool robot = principal && principal->kind == iam::PrincipalKind::kRobot;
  if (!user && !robot) {
    return InvalidArgument("owner_invalid",
                           "access keys belong to user:NAME or robot:NAME, not \"" + owner + "\"");
  }
  const std::string id = NewAccessKeyId();
  const std::string secret = Base64Encode(crypto::RandomBytes(kKeySecretBytes));
  TRY(access_.Write([&](db::Tx& tx) -> Result<void> {
    if (user) {
      TRY_ASSIGN(const auto found, meta::FindUser(tx, account, principal->name));
      if (!found) return UserUnknown(principal->name);
    } else {
      TRY_ASSIGN(const auto found, meta::FindRobot(tx, account, principal->name));
      if (!found) return RobotUnknown(principal->name);
    }
    TRY_ASSIGN(const auto keys, meta::ListAccessKeys(tx, account, owner));
    if (keys.size() >= kAccessKeysMax) {
      return Error(Code::kFailedPrecondition, "too_many_access_keys",
                   owner + " has two access keys already; delete one first");
    }
    return meta::InsertAccessKey(
        tx, {id, account, owner, installation_key_.Seal("access_key/" + id, secret), false,
             clock_.Now()});
  }));
  return NewSecret{id, secret, kNever};
}

}  // namespace gantry::auth
