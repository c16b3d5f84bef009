#include "auth/token_service.h"

#include <algorithm>

#include "auth/jwt.h"
#include "auth/principals.h"
#include "auth/token_claims.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/random.h"
#include "meta/tokens.h"

namespace gantry::auth {
namespace {

constexpr size_t kTokenIdBytes = 16;
constexpr int64_t kMicrosPerSecond = 1'000'000;

Error TokenRevoked() {
  return Error(Code::kUnauthenticated, "token_revoked",
               "the token was revoked, or whom it was for may no longer come in");
}

// Without its part of a second, as tokens say times.
Time WholeSeconds(Time time) { return Time{time.micros / kMicrosPerSecond * kMicrosPerSecond}; }

// The alphabet of access key ids.
std::string Base32(std::string_view bytes, size_t length) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 5; count -= 5) text += kAlphabet[bits >> (count - 5) & 31];
  }
  return text.substr(0, length);
}

}  // namespace

Result<IssuedToken> TokenService::Issue(const TokenRequest& request) const {
  GANTRY_ASSERT(request.by != nullptr);
  const Session& by = *request.by;
  if (request.lifetime < kTokenLifetimeMin || request.lifetime > kTokenLifetimeMax) {
    return InvalidArgument("lifetime_invalid",
                           "a token lives 60 seconds to 12 hours, not " +
                               std::to_string(request.lifetime.micros / kMicrosPerSecond) +
                               " seconds");
  }
  TokenClaims claims;
  claims.issuer = options_.issuer;
  claims.service = options_.service;
  claims.id = crypto::RandomHex(kTokenIdBytes);
  claims.principal = by.principal;
  claims.credential_id = by.credential_id;
  claims.project = by.project;
  claims.scopes = request.scopes;
  if (by.scopes)
    claims.scopes = request.scopes ? Intersect(*request.scopes, *by.scopes) : by.scopes;
  claims.session_started = by.started_at;
  claims.issued_at = WholeSeconds(clock_.Now());
  claims.expires_at = std::min(claims.issued_at + request.lifetime, by.expires_at);
  const SigningKeys::Signer signer = keys_.Current();
  return IssuedToken{SignJwt(*signer.key, signer.id, WriteClaims(claims)), claims.id,
                     claims.issued_at, claims.expires_at};
}

Result<TemporaryKey> TokenService::IssueTemporaryKey(const TokenRequest& request) const {
  TRY_ASSIGN(const IssuedToken token, Issue(request));
  return TemporaryKeyOf(token);
}

TemporaryKey TokenService::TemporaryKeyOf(const IssuedToken& token) const {
  TemporaryKey key;
  key.access_key_id = "ASIA" + Base32(installation_key_.Derive("temporary_key_id", token.id), 16);
  key.secret =
      Base64Encode(installation_key_.Derive("temporary_key_secret", token.id).substr(0, 30));
  key.session_token = token;
  return key;
}

Result<SessionPtr> TokenService::Verify(std::string_view token) const {
  TRY_ASSIGN(const UnverifiedJwt jwt, ParseJwt(token));
  const auto accepted = keys_.AcceptedWith(jwt.key_id);
  const Time now = clock_.Now();
  if (jwt.issuer() != options_.issuer) {
    return Error(Code::kUnauthenticated, "token_foreign", "the token is of another issuer");
  }
  TRY(VerifyJwt(jwt, *accepted, {options_.issuer, {options_.service}, now}));
  TRY_ASSIGN(TokenClaims claims, ReadClaims(jwt.claims.root()));
  // Our own clocks are not given the doubt that those of others are: a minute is a minute.
  if (now >= claims.expires_at) {
    return Error(Code::kUnauthenticated, "token_expired",
                 "the token expired at " + FormatTime(claims.expires_at));
  }

  const iam::Principal& named = claims.principal;
  std::optional<CurrentPrincipal> current;
  bool revoked = false;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(revoked, meta::IsTokenRevoked(tx, claims.id));
    TRY_ASSIGN(const auto valid_from, meta::SessionsValidFrom(tx, named.account, named.Text()));
    if (valid_from && claims.session_started < *valid_from) revoked = true;
    TRY_ASSIGN(current, FindCurrent(tx, named, now));
    return Ok();
  }));
  if (revoked || !current) return TokenRevoked();

  return Share({.principal = std::move(current->principal),
                .credential_id = std::move(claims.credential_id),
                .token_id = std::move(claims.id),
                .scopes = std::move(claims.scopes),
                // A robot that was confined meanwhile is confined.
                .project = current->project ? current->project : claims.project,
                .started_at = claims.session_started,
                .expires_at = std::min(claims.expires_at, current->expires_at),
                .password_must_change = current->password_must_change});
}

Result<void> TokenService::Revoke(const iam::AccountId& account, const std::string& id,
                                  Time until) {
  return access_.Write([&](db::Tx& tx) { return meta::RevokeToken(tx, account, id, until); });
}

Result<void> TokenService::EndSessions(const iam::AccountId& account,
                                       const std::string& principal) {
  return access_.Write(
      [&](db::Tx& tx) { return meta::EndSessionsBefore(tx, account, principal, clock_.Now()); });
}

}  // namespace gantry::auth
