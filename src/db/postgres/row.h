#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/db.h"

struct pg_result;

namespace gantry::db::postgres {

// The integer in PostgreSQL's binary NUMERIC format (numeric_send in the server's numeric.c);
// nullopt when it has a fraction or does not fit.
std::optional<int64_t> DecodeNumeric(std::string_view bytes);

// One row of a result in binary format. Borrows the result.
class PostgresRow final : public Row {
 public:
  PostgresRow(const pg_result* result, int row) : result_(result), row_(row) {}

  bool IsNull(int column) const override;
  int64_t Integer(int column) const override;
  std::string_view Text(int column) const override;
  std::string_view Bytes(int column) const override;

  // What was read as something that it is not; empty when all was well.
  const std::string& mismatch() const { return mismatch_; }

 private:
  std::string_view Raw(int column) const;
  void Mismatch(int column, const char* wanted) const;

  const pg_result* const result_;
  const int row_;
  mutable std::string mismatch_;
};

}  // namespace gantry::db::postgres
