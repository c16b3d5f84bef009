// Tokens and key sets of strangers. Whatever is read is what was written; nobody is believed
// without the key.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "auth/scope.h"
#include "auth/token_claims.h"
#include "auth/trust.h"
#include "base/assert.h"

namespace {

using gantry::auth::KeySet;

// The key of RFC 7515, A.3, which has signed none of these tokens for this issuer.
constexpr char kKeys[] =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

void Token(std::string_view text) {
  const auto token = gantry::auth::ParseJwt(text);
  if (!token.ok()) {
    GANTRY_ASSERT(token.error().reason() == "token_invalid");
    return;
  }
  GANTRY_ASSERT(text.starts_with(token->signing_input));
  const auto keys = KeySet::Parse(kKeys);
  GANTRY_ASSERT(keys.ok());
  const auto verified = gantry::auth::VerifyJwt(*token, *keys, {"gantry", {"gantry"}, {}});
  GANTRY_ASSERT(!verified.ok());
  static_cast<void>(gantry::auth::ReadClaims(token->claims.root()));
}

void Keys(std::string_view text) {
  const auto keys = KeySet::Parse(text);
  if (!keys.ok()) return;
  const auto again = KeySet::Parse(keys->Json());
  GANTRY_ASSERT(again.ok());
  GANTRY_ASSERT(again->keys().size() == keys->keys().size());
  GANTRY_ASSERT(again->Json() == keys->Json());
}

void Scopes(std::string_view text) {
  const auto scopes = gantry::auth::ParseScopes(gantry::iam::AccountId::Default(), text);
  if (!scopes.ok()) return;
  std::string canonical;
  for (const auto& scope : *scopes) canonical += gantry::auth::ScopeText(scope) + " ";
  const auto again = gantry::auth::ParseScopes(gantry::iam::AccountId::Default(), canonical);
  GANTRY_ASSERT(again.ok() && *again == *scopes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Token(text);
  Keys(text);
  Scopes(text);
  static_cast<void>(gantry::auth::ParseClaimConditions(text));
  static_cast<void>(gantry::auth::ParseAttributeMapping(text));
  return 0;
}
