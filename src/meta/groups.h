#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over groups of users. Changes raise the account's version of identities.
namespace gantry::meta {

struct Group {
  std::string name;
  std::string description;
  Time created_at;
};

// Inserts or replaces (created_at stays).
Result<void> PutGroup(db::Tx& tx, const iam::AccountId& account, const Group& group);
Result<std::optional<Group>> FindGroup(db::Tx& tx, const iam::AccountId& account,
                                       const std::string& name);
// With its memberships and policies. False: there was none.
Result<bool> DeleteGroup(db::Tx& tx, const iam::AccountId& account, const std::string& name);
// Up to `limit` by name, after `after` ("" from the start).
Result<std::vector<Group>> ListGroups(db::Tx& tx, const iam::AccountId& account,
                                      const std::string& after, int64_t limit);

// False: it is so already. failed_precondition/constraint_violation: no such user or group.
Result<bool> AddGroupMember(db::Tx& tx, const iam::AccountId& account, const std::string& group,
                            const std::string& user);
Result<bool> RemoveGroupMember(db::Tx& tx, const iam::AccountId& account, const std::string& group,
                               const std::string& user);
// Names of users, up to `limit`, after `after` ("" from the start).
Result<std::vector<std::string>> ListGroupMembers(db::Tx& tx, const iam::AccountId& account,
                                                  const std::string& group,
                                                  const std::string& after, int64_t limit);
// Names of groups, in byte order.
Result<std::vector<std::string>> GroupsOf(db::Tx& tx, const iam::AccountId& account,
                                          const std::string& user);

}  // namespace gantry::meta
