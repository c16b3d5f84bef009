#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwks.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/sign.h"
#include "json/document.h"

// JSON Web Tokens (RFC 7519) in compact form, signed (RFC 7515), as strictly as RFC 8725 advises:
// the key decides the algorithm, never the token; keys never come from the token; header
// parameters that want understanding ("crit") refuse it; unsecured ("none") and encrypted tokens
// are no tokens.
namespace gantry::auth {

inline constexpr size_t kJwtBytesMax = 8 * 1024;
// How far the clocks of issuer and verifier may be apart.
inline constexpr Duration kClockSkew = Seconds(60);

// A token taken apart: nothing in it may be believed before VerifyJwt.
struct UnverifiedJwt {
  std::string key_id;     // "kid"; "" when absent
  std::string algorithm;  // "alg" as it says
  std::string signing_input;
  std::string signature;
  json::Document claims;

  // "iss" as it says; "" when absent.
  std::string_view issuer() const;
};

// unauthenticated/token_invalid: not three parts of strict base64url with a JSON object in the
// first two, over kJwtBytesMax, claims over 16 levels or 1,000 values, "crit", "b64", or a header
// with a key in it ("jwk", "x5c"), or a reference to one ("jku", "x5u").
Result<UnverifiedJwt> ParseJwt(std::string_view token);

struct JwtExpectation {
  std::string_view issuer;
  // One of them must be in "aud" (a text or a list). REQUIRES: not empty.
  std::vector<std::string> audiences;
  Time now;
};

// Whether the token may be believed. Errors, unauthenticated: token_invalid (no such key, another
// algorithm than the key's, a wrong signature, "exp" absent, a claim of the wrong type, "iat" in
// the future), token_foreign (issuer, audience), token_expired, token_not_yet_valid.
Result<void> VerifyJwt(const UnverifiedJwt& token, const KeySet& keys,
                       const JwtExpectation& expectation);

// A token with these claims (a JSON object), signed.
std::string SignJwt(const crypto::PrivateKey& key, std::string_view key_id,
                    std::string_view claims);

// A claim in seconds ("exp", "nbf", "iat": RFC 7519 allows fractions); nullopt: absent or no number
// between the years 1970 and 9999.
std::optional<Time> TimeClaim(json::Value claims, std::string_view name);
// A claim that is a text; "" when absent or something else.
std::string_view TextClaim(json::Value claims, std::string_view name);

}  // namespace gantry::auth
