#include "meta/projects.h"

#include "meta/changed.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFind{
    "SELECT name, anonymous_pull, created_at FROM projects WHERE account = $1 AND name = $2"};
constexpr db::Sql kPut{
    "INSERT INTO projects (account, name, anonymous_pull, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (account, name) DO UPDATE SET anonymous_pull = excluded.anonymous_pull"};
constexpr db::Sql kDelete{"DELETE FROM projects WHERE account = $1 AND name = $2"};
constexpr db::Sql kListFirst{
    "SELECT name, anonymous_pull, created_at FROM projects WHERE account = $1"
    " ORDER BY name LIMIT $2"};
constexpr db::Sql kListAfter{
    "SELECT name, anonymous_pull, created_at FROM projects WHERE account = $1 AND name > $2"
    " ORDER BY name LIMIT $3"};

Project ProjectOf(const db::Row& row) {
  return {std::string(row.Text(0)), row.Integer(1) != 0, Time{row.Integer(2)}};
}

}  // namespace

Result<std::optional<Project>> FindProject(db::Tx& tx, const iam::AccountId& account,
                                           const std::string& name) {
  return QueryOne<Project>(tx, kFind, {account.text(), name}, ProjectOf);
}

Result<void> PutProject(db::Tx& tx, const iam::AccountId& account, const Project& project) {
  TRY(ChangePolicies(
      tx, account, kPut,
      {account.text(), project.name, int64_t{project.anonymous_pull}, project.created_at.micros}));
  return Ok();
}

Result<bool> DeleteProject(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  return ChangePolicies(tx, account, kDelete, {account.text(), name});
}

Result<std::vector<Project>> ListProjects(db::Tx& tx, const iam::AccountId& account,
                                          const std::optional<std::string>& after, int64_t limit) {
  if (!after) return QueryAll<Project>(tx, kListFirst, {account.text(), limit}, ProjectOf);
  return QueryAll<Project>(tx, kListAfter, {account.text(), *after, limit}, ProjectOf);
}

}  // namespace gantry::meta
