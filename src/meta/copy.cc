#include "meta/copy.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "meta/copy_tables.h"
#include "meta/query.h"

namespace gantry::meta {
namespace {

using CellRow = std::vector<Cell>;
using Progress = FunctionRef<void(const CopyProgress&)>;

// One transaction of the target.
constexpr size_t kBatchRows = 1000;
constexpr size_t kBatchBytes = 8 << 20;

constexpr db::Sql kVersion{
    "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM schema_migrations"};

Cell ReadCell(const db::Row& row, int column, char type) {
  if (row.IsNull(column)) return {};
  switch (type) {
    case 'i':
      return {db::Value::Kind::kInteger, row.Integer(column), ""};
    case 't':
      return {db::Value::Kind::kText, 0, std::string(row.Text(column))};
    default:
      return {db::Value::Kind::kBytes, 0, std::string(row.Bytes(column))};
  }
}

CellRow ReadRow(const db::Row& row, const CopyTable& table) {
  CellRow cells;
  cells.reserve(table.columns.size());
  for (size_t i = 0; i < table.columns.size(); ++i) {
    cells.push_back(ReadCell(row, static_cast<int>(i), table.columns[i]));
  }
  return cells;
}

// A key before all others.
CellRow FirstKey(const CopyTable& table) {
  CellRow key;
  for (size_t i = 0; i < static_cast<size_t>(table.key_columns); ++i) {
    if (table.columns[i] == 'i') {
      key.push_back({db::Value::Kind::kInteger, std::numeric_limits<int64_t>::min(), ""});
    } else {
      key.push_back({db::Value::Kind::kText, 0, ""});
    }
  }
  return key;
}

Result<void> QueryAfter(db::Tx& tx, const CopyTable& table, const CellRow& key,
                        db::RowCallback on_row) {
  const db::Value first = key[0].AsValue();
  if (table.key_columns == 1) return tx.Query(table.select, {first, table.page_rows}, on_row);
  const db::Value second = key[1].AsValue();
  if (table.key_columns == 2) {
    return tx.Query(table.select, {first, second, table.page_rows}, on_row);
  }
  const db::Value third = key[2].AsValue();
  if (table.key_columns == 3) {
    return tx.Query(table.select, {first, second, third, table.page_rows}, on_row);
  }
  return tx.Query(table.select, {first, second, third, key[3].AsValue(), table.page_rows}, on_row);
}

// Rows on their way into one table of the target.
class Batch {
 public:
  Batch(db::Db& to, const CopyTable& table, Progress progress)
      : to_(to), table_(table), progress_(progress) {}

  void Add(CellRow row) {
    for (const Cell& cell : row) bytes_ += cell.text.size();
    rows_.push_back(std::move(row));
  }
  bool IsFull() const { return rows_.size() >= kBatchRows || bytes_ >= kBatchBytes; }
  const CellRow& last() const { return rows_.back(); }

  Result<void> Flush() {
    if (rows_.empty()) return Ok();
    TRY(to_.Write([&](db::Tx& tx) -> Result<void> {
      for (const CellRow& row : rows_) TRY(table_.insert_row(tx, table_.insert, row));
      return Ok();
    }));
    written_ += static_cast<int64_t>(rows_.size());
    rows_.clear();
    bytes_ = 0;
    progress_({table_.name, written_});
    return Ok();
  }

 private:
  db::Db& to_;
  const CopyTable& table_;
  Progress progress_;
  std::vector<CellRow> rows_;
  size_t bytes_ = 0;
  int64_t written_ = 0;
};

Result<void> CopyTableRows(db::Tx& from, db::Db& to, const CopyTable& table, Progress progress) {
  Batch batch(to, table, progress);
  CellRow key = FirstKey(table);
  for (;;) {
    int64_t rows = 0;
    TRY(QueryAfter(from, table, key, [&](const db::Row& row) {
      batch.Add(ReadRow(row, table));
      rows += 1;
      return Ok();
    }));
    const bool last_page = rows < table.page_rows;
    if (rows > 0) key.assign(batch.last().begin(), batch.last().begin() + table.key_columns);
    if (last_page || batch.IsFull()) TRY(batch.Flush());
    if (last_page) return Ok();
  }
}

Result<void> Clear(db::Db& to) {
  const auto tables = CopyTables();
  return to.Write([&](db::Tx& tx) -> Result<void> {
    for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
      TRY(tx.Execute(table->clear, {}));
    }
    return Ok();
  });
}

Result<void> RequireEmpty(db::Db& to) {
  return to.Read([&](db::Tx& tx) -> Result<void> {
    for (const CopyTable& table : CopyTables()) {
      bool any = false;
      TRY(tx.Query(table.any, {}, [&](const db::Row&) {
        any = true;
        return Ok();
      }));
      if (!any) continue;
      return Error(Code::kFailedPrecondition, "database_not_empty",
                   std::string("the database to copy into has rows in table ") + table.name +
                       "; copy into a new one")
          .With("table", table.name);
    }
    return Ok();
  });
}

Result<int64_t> SchemaVersion(db::Db& db) {
  int64_t version = 0;
  TRY(db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(version, QueryInteger(tx, kVersion, {}));
    return Ok();
  }));
  return version;
}

Result<void> RequireSameSchema(db::Db& from, db::Db& to) {
  TRY_ASSIGN(const int64_t source, SchemaVersion(from));
  TRY_ASSIGN(const int64_t target, SchemaVersion(to));
  if (source == target) return Ok();
  return Error(Code::kFailedPrecondition, "schema_differs",
               "the schema to copy from has version " + std::to_string(source) +
                   ", the one to copy into " + std::to_string(target) +
                   "; open both with this version of the program first");
}

}  // namespace

Result<void> CopyAll(db::Db& from, db::Db& to, Progress progress) {
  TRY(RequireSameSchema(from, to));
  TRY(RequireEmpty(to));
  bool started = false;
  auto copied = from.Read([&](db::Tx& tx) -> Result<void> {
    if (std::exchange(started, true)) TRY(Clear(to));
    for (const CopyTable& table : CopyTables()) TRY(CopyTableRows(tx, to, table, progress));
    return Ok();
  });
  if (copied.ok()) return Ok();
  auto cleared = Clear(to);
  if (cleared.ok()) return copied;
  return std::move(copied).error().With("left_behind", cleared.error().ToString());
}

}  // namespace gantry::meta
