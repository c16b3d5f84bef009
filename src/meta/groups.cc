#include "meta/groups.h"

#include "meta/changed.h"
#include "meta/policies.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kPut{
    "INSERT INTO user_groups (account, name, description, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (account, name) DO UPDATE SET description = excluded.description"};
constexpr db::Sql kFind{
    "SELECT name, description, created_at FROM user_groups WHERE account = $1 AND name = $2"};
constexpr db::Sql kDelete{"DELETE FROM user_groups WHERE account = $1 AND name = $2"};
constexpr db::Sql kDeleteMembers{
    "DELETE FROM group_members WHERE account = $1 AND group_name = $2"};
constexpr db::Sql kList{
    "SELECT name, description, created_at FROM user_groups WHERE account = $1 AND name > $2"
    " ORDER BY name LIMIT $3"};
constexpr db::Sql kAddMember{
    "INSERT INTO group_members (account, user_name, group_name) VALUES ($1, $2, $3)"
    " ON CONFLICT (account, user_name, group_name) DO NOTHING"};
constexpr db::Sql kRemoveMember{
    "DELETE FROM group_members WHERE account = $1 AND user_name = $2 AND group_name = $3"};
constexpr db::Sql kListMembers{
    "SELECT user_name FROM group_members WHERE account = $1 AND group_name = $2"
    " AND user_name > $3 ORDER BY user_name LIMIT $4"};
constexpr db::Sql kGroupsOf{
    "SELECT group_name FROM group_members WHERE account = $1 AND user_name = $2"
    " ORDER BY group_name"};

Group GroupOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), Time{row.Integer(2)}};
}

std::string FirstText(const db::Row& row) { return std::string(row.Text(0)); }

}  // namespace

Result<void> PutGroup(db::Tx& tx, const iam::AccountId& account, const Group& group) {
  TRY(ChangeIdentities(tx, account, kPut,
                       {account.text(), group.name, group.description, group.created_at.micros}));
  return Ok();
}

Result<std::optional<Group>> FindGroup(db::Tx& tx, const iam::AccountId& account,
                                       const std::string& name) {
  return QueryOne<Group>(tx, kFind, {account.text(), name}, GroupOf);
}

Result<bool> DeleteGroup(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY(tx.Execute(kDeleteMembers, {account.text(), name}));
  TRY(DeletePoliciesOf(tx, account, {kPrincipalScope, "group:" + name}));
  return ChangeIdentities(tx, account, kDelete, {account.text(), name});
}

Result<std::vector<Group>> ListGroups(db::Tx& tx, const iam::AccountId& account,
                                      const std::string& after, int64_t limit) {
  return QueryAll<Group>(tx, kList, {account.text(), after, limit}, GroupOf);
}

Result<bool> AddGroupMember(db::Tx& tx, const iam::AccountId& account, const std::string& group,
                            const std::string& user) {
  return ChangeIdentities(tx, account, kAddMember, {account.text(), user, group});
}

Result<bool> RemoveGroupMember(db::Tx& tx, const iam::AccountId& account, const std::string& group,
                               const std::string& user) {
  return ChangeIdentities(tx, account, kRemoveMember, {account.text(), user, group});
}

Result<std::vector<std::string>> ListGroupMembers(db::Tx& tx, const iam::AccountId& account,
                                                  const std::string& group,
                                                  const std::string& after, int64_t limit) {
  return QueryAll<std::string>(tx, kListMembers, {account.text(), group, after, limit}, FirstText);
}

Result<std::vector<std::string>> GroupsOf(db::Tx& tx, const iam::AccountId& account,
                                          const std::string& user) {
  return QueryAll<std::string>(tx, kGroupsOf, {account.text(), user}, FirstText);
}

}  // namespace gantry::meta
