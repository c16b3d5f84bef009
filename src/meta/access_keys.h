#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over access keys. Changes raise the account's version of identities.
namespace gantry::meta {

struct AccessKey {
  std::string id;  // "AKIA…", unique in the installation
  iam::AccountId account;
  std::string owner;          // "user:alice", "robot:ci"
  std::string sealed_secret;  // auth::InstallationKey::Seal
  bool disabled = false;
  Time created_at;
};

// already_exists/unique_violation.
Result<void> InsertAccessKey(db::Tx& tx, const AccessKey& key);
Result<std::optional<AccessKey>> FindAccessKey(db::Tx& tx, const std::string& id);
// False: there is no such key in that account.
Result<bool> SetAccessKeyDisabled(db::Tx& tx, const iam::AccountId& account, const std::string& id,
                                  bool disabled);
Result<bool> DeleteAccessKey(db::Tx& tx, const iam::AccountId& account, const std::string& id);
// By id.
Result<std::vector<AccessKey>> ListAccessKeys(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& owner);
// All of one owner; used where the owner goes.
Result<void> DeleteAccessKeysOf(db::Tx& tx, const iam::AccountId& account,
                                const std::string& owner);

}  // namespace gantry::meta
