#include "meta/trusts.h"

#include "meta/changed.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

constexpr db::Sql kPut{
    "INSERT INTO trusts (account, name, issuer, audiences, jwks_url, jwks, conditions, attributes,"
    " lifetime_seconds_max, disabled, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " ON CONFLICT (account, name) DO UPDATE SET issuer = excluded.issuer,"
    " audiences = excluded.audiences, jwks_url = excluded.jwks_url, jwks = excluded.jwks,"
    " conditions = excluded.conditions, attributes = excluded.attributes,"
    " lifetime_seconds_max = excluded.lifetime_seconds_max, disabled = excluded.disabled"};
constexpr db::Sql kFind{
    "SELECT name, issuer, audiences, jwks_url, jwks, conditions, attributes, lifetime_seconds_max,"
    " disabled, created_at FROM trusts WHERE account = $1 AND name = $2"};
constexpr db::Sql kDelete{"DELETE FROM trusts WHERE account = $1 AND name = $2"};
constexpr db::Sql kList{
    "SELECT name, issuer, audiences, jwks_url, jwks, conditions, attributes, lifetime_seconds_max,"
    " disabled, created_at FROM trusts WHERE account = $1 ORDER BY name"};
constexpr db::Sql kListOfIssuer{
    "SELECT name, issuer, audiences, jwks_url, jwks, conditions, attributes, lifetime_seconds_max,"
    " disabled, created_at FROM trusts WHERE account = $1 AND issuer = $2 ORDER BY name"};

Trust TrustOf(const db::Row& row) {
  Trust trust;
  trust.name = row.Text(0);
  trust.issuer = row.Text(1);
  trust.audiences = row.Text(2);
  trust.jwks_url = row.Text(3);
  trust.jwks = row.Text(4);
  trust.conditions = row.Text(5);
  trust.attributes = row.Text(6);
  trust.lifetime_max = Seconds(row.Integer(7));
  trust.disabled = row.Integer(8) != 0;
  trust.created_at = Time{row.Integer(9)};
  return trust;
}

}  // namespace

Result<void> PutTrust(db::Tx& tx, const iam::AccountId& account, const Trust& trust) {
  TRY(ChangeIdentities(
      tx, account, kPut,
      {account.text(), trust.name, trust.issuer, trust.audiences, trust.jwks_url, trust.jwks,
       trust.conditions, trust.attributes, trust.lifetime_max.micros / kMicrosPerSecond,
       int64_t{trust.disabled}, trust.created_at.micros}));
  return Ok();
}

Result<std::optional<Trust>> FindTrust(db::Tx& tx, const iam::AccountId& account,
                                       const std::string& name) {
  return QueryOne<Trust>(tx, kFind, {account.text(), name}, TrustOf);
}

Result<bool> DeleteTrust(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  return ChangeIdentities(tx, account, kDelete, {account.text(), name});
}

Result<std::vector<Trust>> ListTrusts(db::Tx& tx, const iam::AccountId& account) {
  return QueryAll<Trust>(tx, kList, {account.text()}, TrustOf);
}

Result<std::vector<Trust>> ListTrustsOfIssuer(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& issuer) {
  return QueryAll<Trust>(tx, kListOfIssuer, {account.text(), issuer}, TrustOf);
}

}  // namespace gantry::meta
