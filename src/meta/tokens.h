#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over the keys that sign tokens, and over what ends tokens early.
namespace gantry::meta {

struct SigningKey {
  std::string id;
  std::string algorithm;   // "ES256"
  std::string sealed_key;  // auth::InstallationKey::Seal
  Time created_at;         // published since
  Time active_at;          // signs since, until a younger one is active
  Time retire_at;          // accepted until
};

Result<void> InsertSigningKey(db::Tx& tx, const SigningKey& key);
// By active_at.
Result<std::vector<SigningKey>> ListSigningKeys(db::Tx& tx);
// Brings retire_at of every other key forward to `retire_at`, of those that would retire later.
Result<void> RetireOtherKeys(db::Tx& tx, const std::string& id, Time retire_at);
Result<void> DeleteSigningKeysRetiredBefore(db::Tx& tx, Time time);

// The account is the one whose version of identities is raised.
Result<void> RevokeToken(db::Tx& tx, const iam::AccountId& account, const std::string& id,
                         Time until);
Result<bool> IsTokenRevoked(db::Tx& tx, const std::string& id);
Result<void> DeleteRevocationsBefore(db::Tx& tx, Time time);

// Sessions of the principal ("user:alice") that began before `valid_from` are over; never goes
// back.
Result<void> EndSessionsBefore(db::Tx& tx, const iam::AccountId& account,
                               const std::string& principal, Time valid_from);
// nullopt: none was ended.
Result<std::optional<Time>> SessionsValidFrom(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& principal);

}  // namespace gantry::meta
