#include "meta/account_documents.h"

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kPut{
    "INSERT INTO account_documents (account, kind, name, body, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, kind, name)"
    " DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at"};
constexpr db::Sql kFind{
    "SELECT kind, name, body, created_at, updated_at FROM account_documents"
    " WHERE account = $1 AND kind = $2 AND name = $3"};
constexpr db::Sql kListFirst{
    "SELECT kind, name, body, created_at, updated_at FROM account_documents"
    " WHERE account = $1 AND kind = $2 ORDER BY name LIMIT $3"};
constexpr db::Sql kListAfter{
    "SELECT kind, name, body, created_at, updated_at FROM account_documents"
    " WHERE account = $1 AND kind = $2 AND name > $3 ORDER BY name LIMIT $4"};
constexpr db::Sql kDelete{
    "DELETE FROM account_documents WHERE account = $1 AND kind = $2 AND name = $3"};

AccountDocument DocumentOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)),
          Time{row.Integer(3)}, Time{row.Integer(4)}};
}

}  // namespace

Result<void> PutAccountDocument(db::Tx& tx, const iam::AccountId& account,
                                const AccountDocument& document) {
  TRY(tx.Execute(kPut, {account.text(), document.kind, document.name, document.body,
                        document.created_at.micros, document.updated_at.micros}));
  return Ok();
}

Result<std::optional<AccountDocument>> FindAccountDocument(db::Tx& tx,
                                                           const iam::AccountId& account,
                                                           const std::string& kind,
                                                           const std::string& name) {
  return QueryOne<AccountDocument>(tx, kFind, {account.text(), kind, name}, DocumentOf);
}

Result<std::vector<AccountDocument>> ListAccountDocuments(db::Tx& tx, const iam::AccountId& account,
                                                          const std::string& kind,
                                                          const std::optional<std::string>& after,
                                                          int64_t limit) {
  if (!after) {
    return QueryAll<AccountDocument>(tx, kListFirst, {account.text(), kind, limit}, DocumentOf);
  }
  return QueryAll<AccountDocument>(tx, kListAfter, {account.text(), kind, *after, limit},
                                   DocumentOf);
}

Result<bool> DeleteAccountDocument(db::Tx& tx, const iam::AccountId& account,
                                   const std::string& kind, const std::string& name) {
  TRY_ASSIGN(const int64_t deleted, tx.Execute(kDelete, {account.text(), kind, name}));
  return deleted == 1;
}

}  // namespace gantry::meta
