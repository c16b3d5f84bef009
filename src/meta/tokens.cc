#include "meta/tokens.h"

#include "meta/changed.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsertKey{
    "INSERT INTO signing_keys (id, algorithm, sealed_key, created_at, active_at, retire_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr db::Sql kListKeys{
    "SELECT id, algorithm, sealed_key, created_at, active_at, retire_at FROM signing_keys"
    " ORDER BY active_at, id"};
constexpr db::Sql kRetireOthers{
    "UPDATE signing_keys SET retire_at = $2 WHERE id <> $1 AND retire_at > $2"};
constexpr db::Sql kDeleteKeys{"DELETE FROM signing_keys WHERE retire_at < $1"};

constexpr db::Sql kRevoke{
    "INSERT INTO revoked_tokens (id, until) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"};
constexpr db::Sql kIsRevoked{"SELECT 1 FROM revoked_tokens WHERE id = $1"};
constexpr db::Sql kDeleteRevocations{"DELETE FROM revoked_tokens WHERE until < $1"};

constexpr db::Sql kEndSessions{
    "INSERT INTO session_cutoffs (account, principal, valid_from) VALUES ($1, $2, $3)"
    " ON CONFLICT (account, principal) DO UPDATE SET valid_from = excluded.valid_from"
    " WHERE session_cutoffs.valid_from < excluded.valid_from"};
constexpr db::Sql kValidFrom{
    "SELECT valid_from FROM session_cutoffs WHERE account = $1 AND principal = $2"};

}  // namespace

Result<void> InsertSigningKey(db::Tx& tx, const SigningKey& key) {
  TRY(tx.Execute(kInsertKey, {key.id, key.algorithm, db::Value::Bytes(key.sealed_key),
                              key.created_at.micros, key.active_at.micros, key.retire_at.micros}));
  return Ok();
}

Result<std::vector<SigningKey>> ListSigningKeys(db::Tx& tx) {
  return QueryAll<SigningKey>(tx, kListKeys, {}, [](const db::Row& row) {
    return SigningKey{std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Bytes(2)),
                      Time{row.Integer(3)},     Time{row.Integer(4)},     Time{row.Integer(5)}};
  });
}

Result<void> RetireOtherKeys(db::Tx& tx, const std::string& id, Time retire_at) {
  TRY(tx.Execute(kRetireOthers, {id, retire_at.micros}));
  return Ok();
}

Result<void> DeleteSigningKeysRetiredBefore(db::Tx& tx, Time time) {
  TRY(tx.Execute(kDeleteKeys, {time.micros}));
  return Ok();
}

Result<void> RevokeToken(db::Tx& tx, const iam::AccountId& account, const std::string& id,
                         Time until) {
  TRY(ChangeIdentities(tx, account, kRevoke, {id, until.micros}));
  return Ok();
}

Result<bool> IsTokenRevoked(db::Tx& tx, const std::string& id) {
  TRY_ASSIGN(const int64_t found, QueryInteger(tx, kIsRevoked, {id}));
  return found == 1;
}

Result<void> DeleteRevocationsBefore(db::Tx& tx, Time time) {
  TRY(tx.Execute(kDeleteRevocations, {time.micros}));
  return Ok();
}

Result<void> EndSessionsBefore(db::Tx& tx, const iam::AccountId& account,
                               const std::string& principal, Time valid_from) {
  TRY(ChangeIdentities(tx, account, kEndSessions, {account.text(), principal, valid_from.micros}));
  return Ok();
}

Result<std::optional<Time>> SessionsValidFrom(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& principal) {
  return QueryOne<Time>(tx, kValidFrom, {account.text(), principal},
                        [](const db::Row& row) { return Time{row.Integer(0)}; });
}

}  // namespace gantry::meta
