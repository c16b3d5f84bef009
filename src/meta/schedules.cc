#include "meta/schedules.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kEnsure{
    "INSERT INTO schedules (name, next_at, lease_until, cursor_text) VALUES ($1, $2, 0, '')"
    " ON CONFLICT (name) DO NOTHING"};
constexpr db::Sql kClaim{
    "UPDATE schedules SET lease_until = $3"
    " WHERE name = $1 AND next_at <= $2 AND lease_until <= $2 RETURNING cursor_text"};
constexpr db::Sql kFinish{
    "UPDATE schedules SET next_at = $3, lease_until = 0, cursor_text = $4"
    " WHERE name = $1 AND lease_until = $2"};

}  // namespace

Result<std::optional<std::string>> ClaimSchedule(db::Tx& tx, const std::string& name, Time first_at,
                                                 Time now, Time lease_until) {
  TRY(tx.Execute(kEnsure, {name, first_at.micros}));
  std::optional<std::string> cursor;
  TRY(tx.Query(kClaim, {name, now.micros, lease_until.micros}, [&](const db::Row& row) {
    cursor = std::string(row.Text(0));
    return Ok();
  }));
  return cursor;
}

Result<bool> FinishSchedule(db::Tx& tx, const std::string& name, Time lease_until, Time next_at,
                            const std::string& cursor) {
  TRY_ASSIGN(const int64_t changed,
             tx.Execute(kFinish, {name, lease_until.micros, next_at.micros, cursor}));
  return changed == 1;
}

}  // namespace gantry::meta
