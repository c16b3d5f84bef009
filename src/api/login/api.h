#pragma once

#include <string>
#include <vector>

#include "auth/oidc_logins.h"
#include "auth/token_service.h"
#include "http/handler.h"

namespace gantry::api::login {

// What this dialect speaks to; outlives the routes.
struct Services {
  auth::OidcLogins& logins;
  auth::TokenService& tokens;
  std::string url;  // of this installation, without a slash at its end; "": as the request says
};

// The routes that README.md lists. Those of action "handler" set the caller.
std::vector<http::Route> Routes(const Services& services);

}  // namespace gantry::api::login
