#include "meta/settings.h"

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kInsert{
    "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"};
constexpr db::Sql kSelect{"SELECT value FROM settings WHERE name = $1"};

}  // namespace

Result<std::string> EnsureSetting(db::Tx& tx, const std::string& name, const std::string& fresh) {
  TRY(tx.Execute(kInsert, {name, fresh}));
  std::string value;
  TRY(tx.Query(kSelect, {name}, [&](const db::Row& row) {
    value = row.Text(0);
    return Ok();
  }));
  return value;
}

Result<std::optional<std::string>> FindSetting(db::Tx& tx, const std::string& name) {
  return QueryOne<std::string>(tx, kSelect, {name},
                               [](const db::Row& row) { return std::string(row.Text(0)); });
}

}  // namespace gantry::meta
