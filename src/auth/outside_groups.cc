#include "auth/outside_groups.h"

#include <algorithm>

#include "auth/names.h"
#include "meta/groups.h"

namespace gantry::auth {

Result<std::vector<std::string>> OutsideGroups::Taken(
    db::Tx& tx, const iam::AccountId& account, const std::vector<std::string>& groups) const {
  std::vector<std::string> wanted;
  for (const std::string& group : groups) {
    if (IsGroupName(group) && group.starts_with(options_.prefix)) wanted.push_back(group);
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (options_.create) return wanted;
  std::vector<std::string> known;
  for (std::string& group : wanted) {
    TRY_ASSIGN(const auto found, meta::FindGroup(tx, account, group));
    if (found) known.push_back(std::move(group));
  }
  return known;
}

Result<bool> OutsideGroups::AreKept(db::Tx& tx, const iam::AccountId& account,
                                    const std::string& user,
                                    const std::vector<std::string>& groups) const {
  TRY_ASSIGN(const auto taken, Taken(tx, account, groups));
  TRY_ASSIGN(const auto present, meta::GroupsOf(tx, account, user));
  return present == taken;
}

Result<void> OutsideGroups::Keep(db::Tx& tx, const iam::AccountId& account, const std::string& user,
                                 const std::vector<std::string>& groups, Time now) const {
  TRY_ASSIGN(const auto taken, Taken(tx, account, groups));
  TRY_ASSIGN(const auto present, meta::GroupsOf(tx, account, user));
  for (const std::string& group : taken) {
    if (std::binary_search(present.begin(), present.end(), group)) continue;
    TRY_ASSIGN(const auto there, meta::FindGroup(tx, account, group));
    if (!there) TRY(meta::PutGroup(tx, account, {group, options_.origin, now}));
    TRY(meta::AddGroupMember(tx, account, group, user));
  }
  for (const std::string& group : present) {
    if (std::binary_search(taken.begin(), taken.end(), group)) continue;
    TRY(meta::RemoveGroupMember(tx, account, group, user));
  }
  return Ok();
}

}  // namespace gantry::auth
