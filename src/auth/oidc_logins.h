#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_versions.h"
#include "auth/installation_key.h"
#include "auth/issuers.h"
#include "auth/oidc_client.h"
#include "auth/oidc_people.h"
#include "auth/oidc_provider.h"
#include "auth/session.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "httpc/client.h"

namespace gantry::auth {

// A program on the user's own machine that waits for the end of a login there (RFC 8252, 7.3).
struct WaitingProgram {
  int port = 0;           // of 127.0.0.1
  std::string state;      // what it knows its login by
  std::string challenge;  // S256 of the verifier that it will show (RFC 7636)
};

struct OidcBegin {
  std::string url;     // where the browser goes
  std::string state;   // comes back with the answer
  std::string cookie;  // what the browser keeps until then; sealed
};

// What a provider sends a browser back with.
struct OidcAnswer {
  std::string state;
  std::string code;
  std::string issuer;  // "iss" (RFC 9207); "" when it says none
  std::string error;   // "error", with its description; "" when there is none
};

struct OidcEnd {
  SessionPtr session;  // of a user; for kLoginLifetime
  std::optional<WaitingProgram> program;
};

// Lets people in whom a provider vouches for, by OpenID Connect's authorization code flow. Nothing
// of a login in flight is kept here but that it was used: what must come back is sealed into a
// cookie, so that any node can end what another one began.
//   state and cookie bind the answer to the browser that asked; nonce and verifier bind token and
//   code to this login; each login ends once (a second node that is shown the same answer depends
//   on the provider, which takes a code once).
// Threads: all methods from any thread; they block.
class OidcLogins {
 public:
  static constexpr Duration kLoginLifetime = Hours(12);  // of the session
  static constexpr Duration kFlightMax = Seconds(600);   // from Begin to End
  static constexpr Duration kCodeLifetime = Seconds(60);

  // All references outlive this.
  OidcLogins(std::vector<OidcProvider> providers, AccessVersions& access,
             const InstallationKey& installation_key, httpc::Client& client, const Clock& clock,
             bool allow_http);

  // Names, in the order of the configuration.
  const std::vector<std::string>& names() const { return names_; }

  // `redirect_url`: where the answer comes, as the provider knows it. not_found/provider_unknown;
  // unavailable/issuer_unreachable; invalid_argument/program_invalid: no port, or a state or
  // challenge that is not 1 to 128 characters of base64url.
  Result<OidcBegin> Begin(const std::string& provider, const std::string& redirect_url,
                          const std::optional<WaitingProgram>& program);

  // `cookie`: that of Begin. unauthenticated/login_unknown: the answer does not belong to the
  // cookie, or the login was ended already, or is too old; permission_denied/login_refused: the
  // provider says no; permission_denied/user_disabled; and the errors of OidcClient::Redeem and
  // OidcPeople::Keep.
  Result<OidcEnd> End(const std::string& provider, std::string_view cookie,
                      const OidcAnswer& answer);

  // A code that stands for the session, good once, for a minute, with the program's verifier.
  std::string MakeCode(const Session& session, const WaitingProgram& program) const;
  // unauthenticated/code_invalid
  Result<SessionPtr> RedeemCode(const std::string& code, const std::string& verifier);

 private:
  struct Provider {
    OidcClient client;
    OidcPeople people;
  };
  Result<Provider*> Find(const std::string& name);
  Result<SessionPtr> SessionOf(const iam::AccountId& account, const std::string& user,
                               const std::string& provider, Time started_at);
  // False: it was used before.
  bool UseOnce(const std::string& id, Time forget_at);

  AccessVersions& access_;
  const InstallationKey& installation_key_;
  const Clock& clock_;
  Issuers issuers_;
  std::vector<std::string> names_;
  std::map<std::string, std::unique_ptr<Provider>, std::less<>> providers_;
  Mutex mutex_;
  std::map<std::string, Time> used_ GUARDED_BY(mutex_);  // until when each could be used again
};

}  // namespace gantry::auth
