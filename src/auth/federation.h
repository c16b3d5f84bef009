#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/issuers.h"
#include "auth/jwks.h"
#include "auth/jwt.h"
#include "auth/session.h"
#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "httpc/client.h"
#include "iam/account_id.h"
#include "meta/trusts.h"

namespace gantry::auth {

// Lets in whom others vouch for: a token of a foreign OpenID Connect issuer that a trust of the
// account accepts (meta/trusts.h, trust.h) becomes a session of `workload:TRUST/SUBJECT`.
//   The trust is found by its name, or, without one, by the token's issuer; then, before anything
//   is believed: signature by a key of the issuer (its algorithm is the key's), issuer, audience,
//   time (60 s of doubt), and every condition on claims.
//   Keys come from the trust itself, or from its `jwks_url`, or from ISSUER/.well-known/
//   openid-configuration, as issuers.h says.
// Threads: all methods from any thread; they block.
class Federation {
 public:
  // `client` refuses private addresses (httpc::ClientOptions::guard) where issuers are not
  // trusted to name any.
  Federation(db::Db& db, httpc::Client& client, const Clock& clock, bool allow_http = false)
      : db_(db), clock_(clock), issuers_(client, clock, allow_http) {}

  // The session of whom `token` names. It ends after the trust's longest lifetime, whenever the
  // token does: those of CI systems are good for minutes, the jobs that they name take longer.
  // `trust`: a name, or "" to find it by the issuer.
  // Errors, unauthenticated: token_invalid, token_foreign (no trust accepts its issuer, or its
  // audience), token_expired, token_not_yet_valid; permission_denied/claims_refused (a condition of
  // the trust is not met; the sentence names the claim, not what is wanted);
  // unavailable/issuer_unreachable (its keys cannot be had).
  Result<SessionPtr> Exchange(const iam::AccountId& account, std::string_view trust,
                              std::string_view token);

 private:
  Result<SessionPtr> ExchangeUnder(const iam::AccountId& account, const meta::Trust& trust,
                                   const UnverifiedJwt& jwt);
  Result<std::shared_ptr<const KeySet>> KeysOf(const meta::Trust& trust, std::string_view key_id);

  db::Db& db_;
  const Clock& clock_;
  Issuers issuers_;
};

}  // namespace gantry::auth
