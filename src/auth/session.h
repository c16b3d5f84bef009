#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/scope.h"
#include "base/clock.h"
#include "iam/principal.h"

namespace gantry::auth {

// Later than everything: a session that ends with its credential only.
inline constexpr Time kNever{std::numeric_limits<int64_t>::max()};

// Who a request comes from, as its credential showed. Immutable, shared by the requests that bring
// the same credential.
struct Session {
  iam::Principal principal;
  // What was shown, for the audit log; no secret: "password", "robot_secret/1a2b3c4d" (the first
  // digits of the secret's hash), an access key's id, "token", "anonymous".
  std::string credential_id{};
  std::string token_id{};  // of a token; "" for other credentials
  // What the session is narrowed to, whatever policies allow; nullopt: nothing but policies.
  std::optional<std::vector<Scope>> scopes{};
  // The only project the session may work in; nullopt: any.
  std::optional<std::string> project{};
  Time started_at{};  // when the principal showed the credential that everything came from
  Time expires_at = kNever;
  // The password is a one-time one: until it is changed, nothing else should be allowed.
  bool password_must_change = false;

  // Made of the above by Share, once, for decisions. `scopes` and `project` in the words of iam/;
  // nullopt: not narrowed. And Principal::IdentityText.
  std::optional<iam::Scopes> limits{};
  std::string identity{};
};

using SessionPtr = std::shared_ptr<const Session>;

// The only way to make a session that requests share.
SessionPtr Share(Session session);

// Who shows no credential.
SessionPtr AnonymousSession(const iam::AccountId& account, Time now);

}  // namespace gantry::auth
