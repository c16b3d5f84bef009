#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/issuers.h"
#include "auth/oidc_provider.h"
#include "base/clock.h"
#include "base/result.h"

namespace gantry::auth {

// Whom a provider says somebody is.
struct OidcPerson {
  std::string subject;  // "sub"
  std::string name;     // `username_claim`, without prefix; "" when it is not there
  std::string email;    // "" when it has none, or has not verified it
  // Of `groups_claim`: nothing of it in the token means no groups; nullopt: it is not looked at.
  std::optional<std::vector<std::string>> groups;
};

// What binds the steps of one login together.
struct OidcSecrets {
  std::string state;     // comes back with the answer (RFC 6749, 10.12)
  std::string nonce;     // stands in the ID token (OpenID Connect Core 1.0, 3.1.2.1)
  std::string verifier;  // proves that the code is ours (RFC 7636), by S256
};

// The authorization code flow of OpenID Connect Core 1.0 with one provider, as the client.
// Threads: all methods from any thread; they block.
class OidcClient {
 public:
  // `issuers` and `clock` outlive this.
  OidcClient(OidcProvider provider, Issuers& issuers, const Clock& clock)
      : provider_(std::move(provider)), issuers_(issuers), clock_(clock) {}

  const OidcProvider& provider() const { return provider_; }

  // Where a browser is sent. unavailable/issuer_unreachable
  Result<std::string> LoginUrl(const OidcSecrets& secrets, const std::string& redirect_url);

  // Whom the code stands for. The ID token must be the provider's, for this client, good now, and
  // have the nonce; claims that it lacks are asked for at the userinfo endpoint.
  // unavailable/issuer_unreachable: the provider does not answer, or refuses the code (used
  // already, say); unauthenticated/token_…: as VerifyJwt, or another nonce.
  Result<OidcPerson> Redeem(const OidcSecrets& secrets, const std::string& redirect_url,
                            const std::string& code);

 private:
  struct Tokens {
    std::string id_token;
    std::string access_token;
  };
  Result<Tokens> Exchange(const IssuerDocument& document, const OidcSecrets& secrets,
                          const std::string& redirect_url, const std::string& code);
  // Takes over what `claims` have of what is looked for; whether anything is still missing.
  bool Take(json::Value claims, OidcPerson& person) const;
  Result<std::string> Secret() const;

  const OidcProvider provider_;
  Issuers& issuers_;
  const Clock& clock_;
};

}  // namespace gantry::auth
