#include "auth/oidc_people.h"

#include <optional>
#include <utility>

#include "auth/names.h"
#include "meta/tokens.h"
#include "meta/user_identities.h"
#include "meta/users.h"

namespace gantry::auth {

OidcPeople::OidcPeople(const OidcProvider& provider, AccessVersions& access, const Clock& clock)
    : provider_(provider),
      access_(access),
      clock_(clock),
      groups_({provider.group_prefix, provider.create_groups, "of " + provider.name}) {}

Result<std::string> OidcPeople::Keep(const OidcPerson& person) {
  std::optional<std::string> user;
  bool up_to_date = false;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    up_to_date = false;
    TRY_ASSIGN(user,
               meta::FindUserByIdentity(tx, provider_.account, provider_.issuer, person.subject));
    if (!user) return Ok();
    TRY_ASSIGN(up_to_date, IsUpToDate(tx, person, *user));
    return Ok();
  }));
  // A login that changes nothing raises no version, and nobody else is looked up again.
  if (up_to_date) return *user;
  TRY(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(user,
               meta::FindUserByIdentity(tx, provider_.account, provider_.issuer, person.subject));
    if (!user) {
      user = provider_.username_prefix + person.name;
      TRY(Make(tx, person, *user));
    }
    return Update(tx, person, *user);
  }));
  return *user;
}

Result<bool> OidcPeople::IsUpToDate(db::Tx& tx, const OidcPerson& person,
                                    const std::string& user) const {
  TRY_ASSIGN(const auto row, meta::FindUser(tx, provider_.account, user));
  if (!row || row->email != person.email) return false;
  if (!person.groups) return true;
  return groups_.AreKept(tx, provider_.account, user, *person.groups);
}

Result<void> OidcPeople::Make(db::Tx& tx, const OidcPerson& person, const std::string& user) const {
  if (person.name.empty() || !IsUserName(user)) {
    return Error(Code::kPermissionDenied, "user_name_invalid",
                 person.name.empty()
                     ? "the provider does not say the claim \"" + provider_.username_claim +
                           "\", which users are named by"
                     : "\"" + user.substr(0, 128) + "\", as the provider says, is no user name");
  }
  TRY_ASSIGN(const auto taken, meta::FindUser(tx, provider_.account, user));
  if (taken) {
    return Error(Code::kAlreadyExists, "user_name_taken",
                 "there is a user " + user +
                     " already, who does not log in by this provider; ask an administrator");
  }
  const Time now = clock_.Now();
  // Tokens of a user of that name who was deleted are not this one's.
  TRY(meta::EndSessionsBefore(tx, provider_.account, "user:" + user, now));
  TRY(meta::InsertUser(tx, provider_.account, {user, person.email, "", false, false, now, false}));
  return meta::InsertUserIdentity(tx, provider_.account,
                                  {provider_.issuer, person.subject, user, now});
}

Result<void> OidcPeople::Update(db::Tx& tx, const OidcPerson& person,
                                const std::string& user) const {
  TRY_ASSIGN(auto row, meta::FindUser(tx, provider_.account, user));
  if (row && row->email != person.email) {
    row->email = person.email;
    TRY(meta::UpdateUser(tx, provider_.account, *row));
  }
  if (!person.groups) return Ok();
  return groups_.Keep(tx, provider_.account, user, *person.groups, clock_.Now());
}

}  // namespace gantry::auth
