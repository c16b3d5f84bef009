#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_versions.h"
#include "auth/installation_key.h"
#include "auth/scope.h"
#include "auth/session.h"
#include "auth/signing_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"

namespace gantry::auth {

inline constexpr Duration kTokenLifetimeMin = Seconds(60);
inline constexpr Duration kTokenLifetimeMax = Hours(12);

struct TokenRequest {
  // Whom the token is for, and what it comes from: a token never has a wider scope, an earlier
  // session start or, when `by` is a token itself, a later end than `by`.
  const Session* by = nullptr;
  // Entries the token is narrowed to; nullopt: as `by`. An empty list permits nothing.
  std::optional<std::vector<Scope>> scopes;
  Duration lifetime = Seconds(300);
};

struct IssuedToken {
  std::string token;  // a JWT; a secret
  std::string id;     // its jti; no secret
  Time issued_at;
  Time expires_at;
};

// Temporary credentials in AWS's form (STS); the session token is an ordinary token.
struct TemporaryKey {
  std::string access_key_id;  // "ASIA…"
  std::string secret;
  IssuedToken session_token;
};

struct TokenServiceOptions {
  std::string issuer;   // "iss"; the URL that clients reach this installation by
  std::string service;  // "aud"; `service` of the challenge
};

// Makes and checks this installation's tokens: JWTs (RFC 7519) signed with ES256 by a rotating key.
//   iss, aud    as configured
//   sub         the principal's text, "user:alice"
//   account     its account
//   jti, iat, nbf, exp
//   session     when the session began, in microseconds
//   access      [{type, name, actions}], when narrowed
//   groups, attributes   of the principal
//   credential  what the session came from (Session::credential_id)
//   project     the only project, when there is one
// What can change meanwhile is read from the database at each verification: whether a user or robot
// exists and is enabled, its groups, whether the token was revoked.
// Threads: all methods from any thread. All block.
class TokenService {
 public:
  TokenService(AccessVersions& access, SigningKeys& keys, const InstallationKey& installation_key,
               const Clock& clock, TokenServiceOptions options)
      : access_(access),
        keys_(keys),
        installation_key_(installation_key),
        clock_(clock),
        options_(std::move(options)) {}

  // invalid_argument/lifetime_invalid
  Result<IssuedToken> Issue(const TokenRequest& request) const;
  // The same as temporary credentials of AWS's form.
  Result<TemporaryKey> IssueTemporaryKey(const TokenRequest& request) const;
  // The secret and key id that belong to a session token: nothing of them is stored.
  TemporaryKey TemporaryKeyOf(const IssuedToken& token) const;

  // The session of a token. Errors (all unauthenticated): token_invalid (not a token of this
  // installation, or changed), token_foreign (of another issuer or for another service),
  // token_expired, token_not_yet_valid, token_revoked (it, its session or its principal).
  Result<SessionPtr> Verify(std::string_view token) const;

  // From now on Verify refuses the token `id`; `until` is its expiry.
  Result<void> Revoke(const iam::AccountId& account, const std::string& id, Time until);
  // "Log out everywhere": from now on Verify refuses every token whose session began before.
  // Passwords, robot secrets and access keys stay good. `principal`: "user:alice".
  Result<void> EndSessions(const iam::AccountId& account, const std::string& principal);

  const TokenServiceOptions& options() const { return options_; }

 private:
  AccessVersions& access_;
  SigningKeys& keys_;
  const InstallationKey& installation_key_;
  const Clock& clock_;
  const TokenServiceOptions options_;
};

}  // namespace gantry::auth
