#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "db/db.h"

// How the files of this folder ask for rows. `make` turns a db::Row into a value and may not keep
// the row.
namespace gantry::meta {

// The last row as a value; nullopt when there is none.
template <typename T, typename Make>
Result<std::optional<T>> QueryOne(db::Tx& tx, const db::Sql& sql, db::Arguments arguments,
                                  Make make) {
  std::optional<T> found;
  TRY(tx.Query(sql, arguments, [&](const db::Row& row) {
    found.emplace(make(row));
    return Ok();
  }));
  return found;
}

// All rows as values, in the statement's order.
template <typename T, typename Make>
Result<std::vector<T>> QueryAll(db::Tx& tx, const db::Sql& sql, db::Arguments arguments,
                                Make make) {
  std::vector<T> found;
  TRY(tx.Query(sql, arguments, [&](const db::Row& row) {
    found.push_back(make(row));
    return Ok();
  }));
  return found;
}

// The integer in the first column of the only row; 0 when there is no row.
inline Result<int64_t> QueryInteger(db::Tx& tx, const db::Sql& sql, db::Arguments arguments) {
  int64_t value = 0;
  TRY(tx.Query(sql, arguments, [&](const db::Row& row) {
    value = row.Integer(0);
    return Ok();
  }));
  return value;
}

}  // namespace gantry::meta
