#pragma once

#include <functional>
#include <optional>
#include <string>

#include "auth/session.h"
#include "base/error.h"
#include "http/handler.h"
#include "iam/account_id.h"
#include "iam/action.h"
#include "iam/resource.h"
#include "server/rate_limits.h"

namespace gantry::server {

// Gives an error the form of a dialect; of one that speaks several, that of the request.
using GuardRenderer = std::function<http::Response(const http::Request&, const Error&)>;

// Comes over the control socket.
bool IsLocal(const http::Request& request);
// Neither GET nor HEAD: what must be durable before it is answered, of what succeeded.
bool IsChange(const http::Request& request);

// What a route asks for, as guard.h says. A value; threads: const methods from any.
struct GuardRule {
  std::optional<iam::Action> action;  // nullopt: only to be known
  bool anyone = false;                // or not even that
  bool by_handler = false;            // or that is for the handler to find out
  bool by_repository = false;
  bool by_reference = false;  // a tag or digest of the repository
  bool by_project = false;
  bool by_account = false;
  bool is_repository_api = false;  // its clients know Bearer challenges
  GuardRenderer render;

  // REQUIRES: the route's action is one of those that guard.h lists.
  static GuardRule Of(const http::Route& route, GuardRenderer render);

  iam::Resource ResourceOf(const http::Request& request, const iam::AccountId& account) const;
  // Who is not known yet tries to log in; and so does whoever asks for a token.
  RateLimits::Kind KindOf(const http::Request& request, const auth::Session* session) const;
  // The scope that a token must have for this request.
  std::string TokenScope(const http::Request& request) const;
};

}  // namespace gantry::server
