#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over trusts of foreign issuers. Changes raise the account's version of identities.
namespace gantry::meta {

struct Trust {
  std::string name;
  std::string issuer;                     // "iss" exactly as its tokens say
  std::string audiences;                  // JSON, auth/trust.h
  std::string jwks_url;                   // where its keys are; "": as its discovery document says
  std::string jwks;                       // its keys; "": fetched
  std::string conditions = "[]";          // JSON, auth/trust.h
  std::string attributes = "{}";          // JSON, auth/trust.h
  Duration lifetime_max = Seconds(3600);  // of a session; whole seconds
  bool disabled = false;
  Time created_at;
};

// Inserts or replaces (created_at stays).
Result<void> PutTrust(db::Tx& tx, const iam::AccountId& account, const Trust& trust);
Result<std::optional<Trust>> FindTrust(db::Tx& tx, const iam::AccountId& account,
                                       const std::string& name);
// False: there was none.
Result<bool> DeleteTrust(db::Tx& tx, const iam::AccountId& account, const std::string& name);
// By name.
Result<std::vector<Trust>> ListTrusts(db::Tx& tx, const iam::AccountId& account);
Result<std::vector<Trust>> ListTrustsOfIssuer(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& issuer);

}  // namespace gantry::meta
