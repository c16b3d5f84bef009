#pragma once

#include <string>
#include <vector>

#include "api/ecr/api.h"
#include "auth/token_service.h"

namespace gantry::api::ecr {

// GetAuthorizationToken: base64 of "AWS:PASSWORD", where the password is a token of the caller that
// is good for 12 hours, or as long as the credentials that it was asked with; the place to log in
// at is `public_url` ("https://registry.example.com"), or, when that is "", the host that the
// client used. `registryIds` names other accounts; the token is the same for all.
Operation GetAuthorizationToken(auth::TokenService& tokens, std::string public_url);

}  // namespace gantry::api::ecr
