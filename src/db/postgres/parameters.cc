#include "db/postgres/parameters.h"

#include <algorithm>

#include "db/postgres/types.h"

namespace gantry::db::postgres {
namespace {

constexpr int kBinary = 1;

std::array<char, 8> BigEndian(int64_t integer) {
  std::array<char, 8> bytes;
  auto rest = static_cast<uint64_t>(integer);
  for (size_t i = bytes.size(); i-- > 0; rest >>= 8) bytes[i] = static_cast<char>(rest & 0xff);
  return bytes;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

size_t ParameterCount(std::string_view sql) {
  size_t count = 0;
  char quote = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '$') {
      size_t number = 0;
      for (; i + 1 < sql.size() && IsDigit(sql[i + 1]) && number < 65536; ++i) {
        number = number * 10 + static_cast<size_t>(sql[i + 1] - '0');
      }
      count = std::max(count, number);
    }
  }
  return count;
}

Parameters::Parameters(Arguments arguments) : formats_(arguments.size(), kBinary) {
  types_.reserve(arguments.size());
  values_.reserve(arguments.size());
  lengths_.reserve(arguments.size());
  integers_.reserve(arguments.size());  // values_ points into it
  for (const Value& value : arguments) {
    switch (value.kind()) {
      case Value::Kind::kNull:
        types_.push_back(kInferred);
        values_.push_back(nullptr);
        lengths_.push_back(0);
        break;
      case Value::Kind::kInteger:
        types_.push_back(kInt8);
        values_.push_back(integers_.emplace_back(BigEndian(value.integer())).data());
        lengths_.push_back(8);
        break;
      case Value::Kind::kText:
      case Value::Kind::kBytes:
        types_.push_back(value.kind() == Value::Kind::kText ? kText : kBytea);
        // A null pointer would be NULL.
        values_.push_back(value.text().empty() ? "" : value.text().data());
        lengths_.push_back(static_cast<int>(value.text().size()));
        break;
    }
  }
}

}  // namespace gantry::db::postgres
