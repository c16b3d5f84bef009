#include "auth/authenticator.h"

#include <algorithm>
#include <utility>

#include "auth/principals.h"
#include "auth/robot_secret.h"
#include "auth/token_claims.h"
#include "base/assert.h"
#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "meta/access_keys.h"
#include "meta/robots.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

constexpr std::string_view kTemporaryKeyPrefix = "ASIA";

Error CredentialsInvalid(const std::string& why) {
  return Error(Code::kUnauthenticated, "credentials_invalid", why);
}

// The same for a name that is not there and a secret that is wrong.
Error CredentialsWrong() {
  return Error(Code::kUnauthenticated, "credentials_wrong",
               "the user name or the password is wrong");
}

Error SignatureWrong() {
  return Error(Code::kUnauthenticated, "signature_wrong",
               "the access key is not known, or the signature is not the one of this request");
}

// `name` in any case; `lower` is lower case.
bool IsHeader(std::string_view name, std::string_view lower) {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

SessionPtr MakeSession(CurrentPrincipal current, std::string credential_id, Time now,
                       Time expires_at) {
  return Share({.principal = std::move(current.principal),
                .credential_id = std::move(credential_id),
                .project = std::move(current.project),
                .started_at = now,
                .expires_at = std::min(expires_at, current.expires_at),
                .password_must_change = current.password_must_change});
}

}  // namespace

Authenticator::Authenticator(AccessVersions& access, TokenService& tokens,
                             const InstallationKey& installation_key,
                             crypto::PasswordHasher& passwords, Lockout& lockout,
                             const Clock& clock, DirectoryLogins* directory)
    : access_(access),
      tokens_(tokens),
      installation_key_(installation_key),
      passwords_(passwords),
      lockout_(lockout),
      clock_(clock),
      directory_(directory) {}

SessionPtr Authenticator::TryCached(std::string_view authorization, const iam::AccountId& account,
                                    Time now) {
  if (authorization.size() > kAuthorizationBytesMax) return nullptr;
  return cache_.Find(authorization, account, now);
}

Result<SessionPtr> Authenticator::Authenticate(const Attempt& attempt) {
  const Time now = clock_.Now();
  if (attempt.authorization.empty()) return AnonymousSession(attempt.account, now);
  if (attempt.authorization.size() > 1) {
    return CredentialsInvalid("there is more than one Authorization header");
  }
  const std::string_view header = attempt.authorization[0];
  if (header.size() > kAuthorizationBytesMax) {
    return CredentialsInvalid("the Authorization header is too long");
  }
  const auto [scheme, rest] = SplitScheme(header);
  if (scheme == Scheme::kSigV4) return AuthenticateSignature(header, attempt);
  if (SessionPtr cached = TryCached(header, attempt.account, now)) return cached;
  if (scheme == Scheme::kBearer) {
    return Remember(attempt, [&, token = rest] { return tokens_.Verify(token); });
  }
  if (scheme == Scheme::kBasic) {
    TRY_ASSIGN(const BasicCredential credential, ParseBasic(rest));
    return Remember(attempt, [&] { return AuthenticateBasic(credential, attempt); });
  }
  return CredentialsInvalid("the Authorization header is neither Basic nor Bearer");
}

Result<SessionPtr> Authenticator::Remember(const Attempt& attempt,
                                           FunctionRef<Result<SessionPtr>()> authenticate) {
  // The account that counts is the principal's, which is not known yet: a change of any account
  // between here and the look-up is noticed by the sum.
  const int64_t before = access_.IdentityChanges();
  TRY_ASSIGN(SessionPtr session, authenticate());
  const AccessVersions::Counters& counters = access_.Of(session->principal.account);
  const int64_t identities = counters.identities.load();
  if (access_.IdentityChanges() == before) {
    cache_.Insert(attempt.authorization[0], attempt.account, session, counters, identities,
                  clock_.Now());
  }
  return session;
}

Result<SessionPtr> Authenticator::AuthenticateBasic(const BasicCredential& credential,
                                                    const Attempt& attempt) {
  switch (credential.kind) {
    case BasicCredential::Kind::kToken:
      return tokens_.Verify(credential.secret);
    case BasicCredential::Kind::kRobot:
      return AuthenticateRobot(attempt.account, credential.name, credential.secret);
    case BasicCredential::Kind::kUser:
      break;
  }
  return AuthenticateUser(attempt.account, credential.name, credential.secret, attempt.peer);
}

Result<SessionPtr> Authenticator::AuthenticateUser(const iam::AccountId& account,
                                                   const std::string& name,
                                                   const std::string& password,
                                                   std::string_view peer) {
  TRY(lockout_.Check(account, name, peer));
  const Time now = clock_.Now();
  const iam::Principal named{account, iam::PrincipalKind::kUser, name, {}, {}};
  std::optional<meta::User> user;
  std::optional<CurrentPrincipal> current;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(user, meta::FindUser(tx, account, name));
    TRY_ASSIGN(current, FindCurrent(tx, named, now));
    return Ok();
  }));
  if (directory_ != nullptr && directory_->Serves(account, name, user)) {
    return AuthenticateByDirectory(account, name, password, peer);
  }
  // Without a hash, the same work is done for nothing.
  const std::string hash = current ? user->password_hash : std::string();
  TRY_ASSIGN(const crypto::PasswordCheck check, passwords_.Check(password, hash));
  if (!check.matches) {
    lockout_.Failed(account, name, peer);
    return CredentialsWrong();
  }
  lockout_.Succeeded(account, name);
  if (check.weaker) {
    TRY_ASSIGN(const std::string fresh, passwords_.Hash(password));
    TRY(access_.db().Write([&](db::Tx& tx) -> Result<void> {
      TRY(meta::ReplacePasswordHash(tx, account, name, hash, fresh));
      return Ok();
    }));
  }
  return MakeSession(std::move(*current), "password", now, kNever);
}

Result<SessionPtr> Authenticator::AuthenticateByDirectory(const iam::AccountId& account,
                                                          const std::string& name,
                                                          const std::string& password,
                                                          std::string_view peer) {
  TRY_ASSIGN(const auto known_as, directory_->Login(name, password));
  const Time now = clock_.Now();
  std::optional<CurrentPrincipal> current;
  if (known_as) {
    TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(current,
                 FindCurrent(tx, {account, iam::PrincipalKind::kUser, *known_as, {}, {}}, now));
      return Ok();
    }));
  }
  // A user who is disabled here is not let in, whatever the directory says.
  if (!current) {
    lockout_.Failed(account, name, peer);
    return CredentialsWrong();
  }
  lockout_.Succeeded(account, name);
  return MakeSession(std::move(*current), "directory", now, kNever);
}

Result<SessionPtr> Authenticator::AuthenticateRobot(const iam::AccountId& account,
                                                    const std::string& name,
                                                    const std::string& secret) {
  const Time now = clock_.Now();
  const iam::Principal named{account, iam::PrincipalKind::kRobot, name, {}, {}};
  std::vector<meta::RobotSecret> secrets;
  std::optional<CurrentPrincipal> current;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(secrets, meta::ListRobotSecrets(tx, account, name));
    TRY_ASSIGN(current, FindCurrent(tx, named, now));
    return Ok();
  }));
  const std::string hash = RobotSecretHash(secret);
  for (const meta::RobotSecret& known : secrets) {
    if (!crypto::ConstantTimeEquals(known.hash, hash)) continue;
    const Time expires_at = known.expires_at == Time{} ? kNever : known.expires_at;
    if (!current || now >= expires_at) break;
    return MakeSession(std::move(*current), "robot_secret/" + RobotSecretId(hash), now, expires_at);
  }
  return CredentialsWrong();
}

Result<SessionPtr> Authenticator::AuthenticateSignature(std::string_view header,
                                                        const Attempt& attempt) {
  if (attempt.signed_request == nullptr) {
    return CredentialsInvalid("an AWS signature is not taken here; use Basic or Bearer");
  }
  TRY_ASSIGN(const SigV4Authorization authorization, ParseSigV4(header));
  if (authorization.access_key_id.starts_with(kTemporaryKeyPrefix)) {
    return AuthenticateTemporaryKey(authorization, attempt);
  }
  const Time now = clock_.Now();
  std::optional<meta::AccessKey> key;
  std::optional<CurrentPrincipal> current;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    current.reset();
    TRY_ASSIGN(key, meta::FindAccessKey(tx, authorization.access_key_id));
    if (!key || key->disabled) return Ok();
    const auto owner = ParsePrincipal(key->account, key->owner);
    GANTRY_ASSERT(owner.has_value());
    TRY_ASSIGN(current, FindCurrent(tx, *owner, now));
    return Ok();
  }));
  if (!current) return SignatureWrong();
  TRY_ASSIGN(std::string secret,
             installation_key_.Unseal("access_key/" + key->id, key->sealed_secret));
  const auto verified = VerifySigV4(authorization, *attempt.signed_request,
                                    {secret, attempt.service, now, /*unsigned_payload=*/false});
  crypto::Erase(secret);
  if (!verified.ok()) return verified.error();
  return MakeSession(std::move(*current), key->id, now, kNever);
}

Result<SessionPtr> Authenticator::AuthenticateTemporaryKey(const SigV4Authorization& authorization,
                                                           const Attempt& attempt) {
  std::string_view token;
  for (const auto& [name, value] : *attempt.signed_request->headers) {
    if (IsHeader(name, "x-amz-security-token")) token = value;
  }
  TRY_ASSIGN(SessionPtr session, tokens_.Verify(token));
  IssuedToken issued;
  issued.id = session->token_id;
  TemporaryKey key = tokens_.TemporaryKeyOf(issued);
  if (key.access_key_id != authorization.access_key_id) return SignatureWrong();
  const auto verified =
      VerifySigV4(authorization, *attempt.signed_request,
                  {key.secret, attempt.service, clock_.Now(), /*unsigned_payload=*/false});
  crypto::Erase(key.secret);
  if (!verified.ok()) return verified.error();
  return session;
}

}  // namespace gantry::auth
