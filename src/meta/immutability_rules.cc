#include "meta/immutability_rules.h"

#include <algorithm>

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kList{
    "SELECT id, repository_pattern, repository_excludes, tag_pattern, tag_excludes, disabled, kind,"
    " created_at FROM immutability_rules WHERE account = $1 AND project = $2"};
constexpr db::Sql kInsert{
    "INSERT INTO immutability_rules (id, account, project, kind, repository_pattern,"
    " repository_excludes, tag_pattern, tag_excludes, disabled, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
constexpr db::Sql kDelete{
    "DELETE FROM immutability_rules WHERE account = $1 AND project = $2 AND id = $3"};

ImmutabilityRule RuleOf(const db::Row& row) {
  ImmutabilityRule rule;
  rule.id = RuleId{row.Integer(0)};
  rule.repository_pattern = row.Text(1);
  rule.repository_excludes = row.Integer(2) != 0;
  rule.tag_pattern = row.Text(3);
  rule.tag_excludes = row.Integer(4) != 0;
  rule.disabled = row.Integer(5) != 0;
  rule.is_flag = row.Integer(6) != 0;
  rule.created_at = Time{row.Integer(7)};
  return rule;
}

}  // namespace

Result<std::vector<ImmutabilityRule>> ListImmutabilityRules(db::Tx& tx,
                                                            const iam::AccountId& account,
                                                            const std::string& project) {
  TRY_ASSIGN(auto rules, QueryAll<ImmutabilityRule>(tx, kList, {account.text(), project}, RuleOf));
  std::sort(rules.begin(), rules.end(), [](const ImmutabilityRule& a, const ImmutabilityRule& b) {
    return a.id.value < b.id.value;
  });
  return rules;
}

Result<RuleId> InsertImmutabilityRule(db::Tx& tx, IdGenerator& ids, const iam::AccountId& account,
                                      const std::string& project, const ImmutabilityRule& rule) {
  const auto id = ids.Next<RuleId>();
  TRY(tx.Execute(kInsert,
                 {id.value, account.text(), project, int64_t{rule.is_flag}, rule.repository_pattern,
                  int64_t{rule.repository_excludes}, rule.tag_pattern, int64_t{rule.tag_excludes},
                  int64_t{rule.disabled}, rule.created_at.micros}));
  return id;
}

Result<bool> DeleteImmutabilityRule(db::Tx& tx, const iam::AccountId& account,
                                    const std::string& project, RuleId id) {
  TRY_ASSIGN(const int64_t deleted, tx.Execute(kDelete, {account.text(), project, id.value}));
  return deleted == 1;
}

}  // namespace gantry::meta
