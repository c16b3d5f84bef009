#pragma once

#include <string>

#include "auth/access_versions.h"
#include "auth/oidc_client.h"
#include "auth/oidc_provider.h"
#include "auth/outside_groups.h"
#include "base/clock.h"
#include "base/result.h"

namespace gantry::auth {

// The users that people of one provider are: makes their rows and keeps their groups as the
// provider's. Somebody is found by issuer and subject (meta/user_identities.h); his name counts the
// first time only, so that nobody becomes another one by being called like him.
// Threads: all methods from any thread; they block.
class OidcPeople {
 public:
  // `access` and `clock` outlive this.
  OidcPeople(const OidcProvider& provider, AccessVersions& access, const Clock& clock);

  // The name of the user that somebody is: his row is there, and his groups are exactly those of
  // the provider that are taken over, unless groups are not looked at.
  // permission_denied/user_name_invalid: the claim is not there, or no name of a user here;
  // already_exists/user_name_taken: of another user.
  Result<std::string> Keep(const OidcPerson& person);

 private:
  Result<bool> IsUpToDate(db::Tx& tx, const OidcPerson& person, const std::string& user) const;
  Result<void> Make(db::Tx& tx, const OidcPerson& person, const std::string& user) const;
  Result<void> Update(db::Tx& tx, const OidcPerson& person, const std::string& user) const;

  const OidcProvider provider_;
  AccessVersions& access_;
  const Clock& clock_;
  const OutsideGroups groups_;
};

}  // namespace gantry::auth
