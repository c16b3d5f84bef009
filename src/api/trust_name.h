#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// How clients say whose trust should accept their token.
namespace gantry::api {

struct TrustName {
  std::string account;  // an id or alias as written; "" for the account that is visited
  std::string trust;    // "" to be found by the token's issuer
};

// "" | NAME | arn:aws:iam::ACCOUNT:role/NAME |
// //iam.googleapis.com/projects/ACCOUNT/locations/global/workloadIdentityPools/POOL/providers/NAME
// (also with "https:" before it). The pool says nothing here; a project that is a number of less
// than 12 digits names no account. A role's path ("role/ci/NAME") is dropped.
// invalid_argument/target_invalid: none of these.
Result<TrustName> ParseTrustName(std::string_view text);

// The account of a name; `visited` where it says none. nullopt: there is no account of that alias.
Result<std::optional<iam::AccountId>> AccountOf(db::Db& db, const TrustName& name,
                                                const iam::AccountId& visited);

}  // namespace gantry::api
