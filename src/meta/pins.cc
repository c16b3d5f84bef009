#include "meta/pins.h"

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kPut{
    "INSERT INTO pins (id, account, digest, repository, source, reason, detail, created_at,"
    " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (account, digest, repository, source) DO UPDATE SET reason = excluded.reason,"
    " detail = excluded.detail, expires_at = excluded.expires_at RETURNING id"};
constexpr db::Sql kFind{
    "SELECT id, digest, repository, source, reason, detail, created_at, expires_at FROM pins"
    " WHERE id = $1 AND account = $2"};
constexpr db::Sql kDelete{"DELETE FROM pins WHERE id = $1 AND account = $2"};
constexpr db::Sql kDeleteOfSource{
    "DELETE FROM pins WHERE account = $1 AND source = $2 AND digest = $3 AND repository = $4"};
constexpr db::Sql kAny{"SELECT id FROM pins WHERE account = $1 LIMIT 1"};
constexpr db::Sql kOfDigest{
    "SELECT id, digest, repository, source, reason, detail, created_at, expires_at FROM pins"
    " WHERE account = $1 AND digest = $2 AND (repository = '' OR repository = $3)"
    " AND (expires_at = 0 OR expires_at > $4)"};
// CROSS JOIN: there are fewer pins than manifests.
constexpr db::Sql kAnyIn{
    "SELECT p.id, p.digest, p.repository, p.source, p.reason, p.detail, p.created_at, p.expires_at"
    " FROM pins p CROSS JOIN manifests m WHERE m.repository_id = $2 AND m.digest = p.digest"
    " AND m.trash_id IS NULL AND p.account = $1 AND (p.repository = '' OR p.repository = $3)"
    " AND (p.expires_at = 0 OR p.expires_at > $4) LIMIT 1"};
constexpr db::Sql kList{
    "SELECT id, digest, repository, source, reason, detail, created_at, expires_at FROM pins"
    " WHERE id > $1 AND account = $2 ORDER BY id LIMIT $3"};
constexpr db::Sql kListOfSource{
    "SELECT id, digest, repository, source, reason, detail, created_at, expires_at FROM pins"
    " WHERE account = $2 AND source = $4 AND id > $1 ORDER BY id LIMIT $3"};
constexpr db::Sql kListOfDigest{
    "SELECT id, digest, repository, source, reason, detail, created_at, expires_at FROM pins"
    " WHERE account = $2 AND digest = $4 AND id > $1 ORDER BY id LIMIT $3"};
constexpr db::Sql kOfSource{
    "SELECT id, digest, repository, source, reason, detail, created_at, expires_at FROM pins"
    " WHERE account = $1 AND source = $2"};
constexpr db::Sql kDeleteExpired{
    "DELETE FROM pins WHERE id IN (SELECT e.id FROM pins e WHERE e.expires_at > 0"
    " AND e.expires_at <= $1 ORDER BY e.expires_at LIMIT $2)"};

constexpr db::Sql kPutSource{
    "INSERT INTO pin_sources (account, name, kind, silent_after, last_seen_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, name) DO UPDATE SET"
    " kind = excluded.kind, silent_after = excluded.silent_after,"
    " last_seen_at = excluded.last_seen_at"};
constexpr db::Sql kSeeSource{
    "UPDATE pin_sources SET last_seen_at = $3 WHERE account = $1 AND name = $2"};
constexpr db::Sql kFindSource{
    "SELECT name, kind, silent_after, last_seen_at, created_at FROM pin_sources"
    " WHERE account = $1 AND name = $2"};
constexpr db::Sql kListSources{
    "SELECT name, kind, silent_after, last_seen_at, created_at FROM pin_sources"
    " WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3"};
constexpr db::Sql kDeleteSource{"DELETE FROM pin_sources WHERE account = $1 AND name = $2"};
constexpr db::Sql kDeletePinsOfSource{"DELETE FROM pins WHERE account = $1 AND source = $2"};
constexpr db::Sql kListSilent{
    "SELECT name, kind, silent_after, last_seen_at, created_at, account FROM pin_sources"
    " WHERE silent_after > 0 AND last_seen_at + silent_after < $1 ORDER BY account, name"
    " LIMIT 1000"};

Pin PinOf(const db::Row& row) {
  Pin pin;
  pin.id = PinId{row.Integer(0)};
  pin.digest = row.Text(1);
  pin.repository = row.Text(2);
  pin.source = row.Text(3);
  pin.reason = row.Text(4);
  pin.detail = row.Text(5);
  pin.created_at = Time{row.Integer(6)};
  pin.expires_at = Time{row.Integer(7)};
  return pin;
}

PinSource SourceOf(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), Duration{row.Integer(2)},
          Time{row.Integer(3)}, Time{row.Integer(4)}};
}

}  // namespace

Result<PinId> PutPin(db::Tx& tx, IdGenerator& ids, const iam::AccountId& account, const Pin& pin) {
  const auto fresh = ids.Next<PinId>();
  TRY_ASSIGN(const int64_t id,
             QueryInteger(tx, kPut,
                          {fresh.value, account.text(), pin.digest, pin.repository, pin.source,
                           pin.reason, pin.detail, pin.created_at.micros, pin.expires_at.micros}));
  return PinId{id};
}

Result<std::optional<Pin>> FindPin(db::Tx& tx, const iam::AccountId& account, PinId id) {
  return QueryOne<Pin>(tx, kFind, {id.value, account.text()}, PinOf);
}

Result<bool> DeletePin(db::Tx& tx, const iam::AccountId& account, PinId id) {
  TRY_ASSIGN(const int64_t deleted, tx.Execute(kDelete, {id.value, account.text()}));
  return deleted == 1;
}

Result<bool> DeletePinOfSource(db::Tx& tx, const iam::AccountId& account, const std::string& source,
                               const std::string& digest, const std::string& repository) {
  TRY_ASSIGN(const int64_t deleted,
             tx.Execute(kDeleteOfSource, {account.text(), source, digest, repository}));
  return deleted == 1;
}

Result<bool> AnyPin(db::Tx& tx, const iam::AccountId& account) {
  TRY_ASSIGN(const int64_t id, QueryInteger(tx, kAny, {account.text()}));
  return id != 0;
}

Result<std::vector<Pin>> PinsOf(db::Tx& tx, const iam::AccountId& account,
                                const std::string& digest, const std::string& repository,
                                Time now) {
  return QueryAll<Pin>(tx, kOfDigest, {account.text(), digest, repository, now.micros}, PinOf);
}

Result<std::optional<Pin>> AnyPinIn(db::Tx& tx, const iam::AccountId& account,
                                    RepositoryId repository, const std::string& name, Time now) {
  return QueryOne<Pin>(tx, kAnyIn, {account.text(), repository.value, name, now.micros}, PinOf);
}

Result<std::vector<Pin>> ListPins(db::Tx& tx, const iam::AccountId& account,
                                  const PinFilter& filter, int64_t limit) {
  const int64_t after = filter.after.value;
  if (!filter.digest.empty()) {
    return QueryAll<Pin>(tx, kListOfDigest, {after, account.text(), limit, filter.digest}, PinOf);
  }
  if (!filter.source.empty()) {
    return QueryAll<Pin>(tx, kListOfSource, {after, account.text(), limit, filter.source}, PinOf);
  }
  return QueryAll<Pin>(tx, kList, {after, account.text(), limit}, PinOf);
}

Result<std::vector<Pin>> PinsOfSource(db::Tx& tx, const iam::AccountId& account,
                                      const std::string& source) {
  return QueryAll<Pin>(tx, kOfSource, {account.text(), source}, PinOf);
}

Result<int64_t> DeleteExpiredPins(db::Tx& tx, Time now, int64_t limit) {
  return tx.Execute(kDeleteExpired, {now.micros, limit});
}

Result<void> PutPinSource(db::Tx& tx, const iam::AccountId& account, const PinSource& source) {
  TRY(tx.Execute(kPutSource, {account.text(), source.name, source.kind, source.silent_after.micros,
                              source.last_seen_at.micros, source.created_at.micros}));
  return Ok();
}

Result<bool> SeePinSource(db::Tx& tx, const iam::AccountId& account, const std::string& name,
                          Time now) {
  TRY_ASSIGN(const int64_t seen, tx.Execute(kSeeSource, {account.text(), name, now.micros}));
  return seen == 1;
}

Result<std::optional<PinSource>> FindPinSource(db::Tx& tx, const iam::AccountId& account,
                                               const std::string& name) {
  return QueryOne<PinSource>(tx, kFindSource, {account.text(), name}, SourceOf);
}

Result<std::vector<PinSource>> ListPinSources(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& after, int64_t limit) {
  return QueryAll<PinSource>(tx, kListSources, {account.text(), after, limit}, SourceOf);
}

Result<bool> DeletePinSource(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY(tx.Execute(kDeletePinsOfSource, {account.text(), name}));
  TRY_ASSIGN(const int64_t deleted, tx.Execute(kDeleteSource, {account.text(), name}));
  return deleted == 1;
}

Result<std::vector<SilentSource>> ListSilentSources(db::Tx& tx, Time now) {
  return QueryAll<SilentSource>(tx, kListSilent, {now.micros}, [](const db::Row& row) {
    return SilentSource{std::string(row.Text(5)), SourceOf(row)};
  });
}

}  // namespace gantry::meta
