#pragma once

#include <vector>

#include "auth/authenticator.h"
#include "auth/authorizer.h"
#include "auth/signing_keys.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/handler.h"

namespace gantry::api::token {

// What this dialect speaks to; outlives the routes.
struct Services {
  auth::Authenticator& authenticator;
  auth::Authorizer& authorizer;
  auth::TokenService& tokens;
  auth::SigningKeys& keys;
  const Clock& clock;
};

// Where clients of registries get their tokens:
// - GET /token: distribution's token specification; whoever shows no credential gets a token of the
//   anonymous principal
// - POST /token: the same by OAuth 2 (grants `password` and `refresh_token`)
// - GET /.well-known/jwks.json: the keys that tokens are signed with
// A token permits what was asked for as far as policies permit it at the time; they are asked again
// whenever the token is used.
std::vector<http::Route> Routes(const Services& services);

// {"errors":[…]} as registries have it, and OAuth 2's `error` and `error_description` beside it.
http::Response RenderError(const Error& error);

}  // namespace gantry::api::token
