#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "db/db.h"

// What copy.cc must know of each table.
namespace gantry::meta {

// One field of a row, kept between reading and writing.
struct Cell {
  db::Value::Kind kind = db::Value::Kind::kNull;
  int64_t integer = 0;
  std::string text;  // of kText and kBytes

  db::Value AsValue() const;
};

struct CopyTable {
  const char* name;
  // One letter for each column: 'i' integer, 't' text, 'b' bytes. The first `key_columns` are the
  // primary key.
  std::string_view columns;
  int key_columns;
  int64_t page_rows;  // read at once
  // The rows after a key in the key's order; parameters: the key, the limit.
  db::Sql select;
  db::Sql insert;
  db::Sql any;
  db::Sql clear;
  // Runs `insert` with the cells of one row.
  Result<int64_t> (*insert_row)(db::Tx& tx, const db::Sql& insert, std::span<const Cell> row);
};

// In an order in which every row finds what it refers to.
std::span<const CopyTable> CopyTables();

}  // namespace gantry::meta
