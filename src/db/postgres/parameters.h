#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "db/db.h"

namespace gantry::db::postgres {

using TypeId = unsigned int;  // libpq's Oid

// The number of the highest "$n" outside of quotes.
size_t ParameterCount(std::string_view sql);

// Arguments in PostgreSQL's binary format, as libpq wants them. Borrows the arguments.
class Parameters {
 public:
  explicit Parameters(Arguments arguments);
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  int size() const { return static_cast<int>(types_.size()); }
  // BIGINT, TEXT or BYTEA; 0 for NULL, where the server infers the type.
  const std::vector<TypeId>& types() const { return types_; }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::vector<TypeId> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<std::array<char, 8>> integers_;  // big-endian
};

}  // namespace gantry::db::postgres
