#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/scope.h"
#include "base/clock.h"
#include "base/result.h"
#include "iam/principal.h"
#include "json/document.h"

namespace gantry::auth {

// What a token of this installation says (the claims are listed at TokenService).
struct TokenClaims {
  std::string issuer;
  std::string service;
  std::string id;
  iam::Principal principal{iam::AccountId::Default(), iam::PrincipalKind::kUser, "", {}, {}};
  std::string credential_id;
  std::optional<std::vector<Scope>> scopes;
  std::optional<std::string> project;
  Time session_started;
  Time issued_at;
  Time expires_at;
};

// As a JSON object. Times are whole seconds.
std::string WriteClaims(const TokenClaims& claims);
// Of a token whose signature, issuer, audience and times were checked.
// unauthenticated/token_invalid: something else than WriteClaims writes.
Result<TokenClaims> ReadClaims(json::Value claims);

// The principal that "user:alice" names, without groups and attributes; nullopt: anonymous, or
// none.
std::optional<iam::Principal> ParsePrincipal(const iam::AccountId& account, std::string_view text);

}  // namespace gantry::auth
