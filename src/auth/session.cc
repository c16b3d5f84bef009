#include "auth/session.h"

#include <utility>

namespace gantry::auth {

SessionPtr Share(Session session) {
  session.limits = LimitsOf(session.scopes, session.principal.account, session.project);
  session.identity = session.principal.IdentityText();
  return std::make_shared<const Session>(std::move(session));
}

SessionPtr AnonymousSession(const iam::AccountId& account, Time now) {
  return Share(
      {.principal = {.account = account}, .credential_id = "anonymous", .started_at = now});
}

}  // namespace gantry::auth
