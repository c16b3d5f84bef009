#include "db/postgres/row.h"

#include <libpq-fe.h>

#include "db/postgres/types.h"

namespace gantry::db::postgres {
namespace {

// A big-endian two's-complement integer of 1 to 8 bytes.
int64_t BigEndian(std::string_view bytes) {
  uint64_t value = !bytes.empty() && (bytes[0] & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<int64_t>(value);
}

}  // namespace

std::optional<int64_t> DecodeNumeric(std::string_view bytes) {
  constexpr size_t kHeader = 8;
  constexpr int64_t kNegative = 0x4000;
  if (bytes.size() < kHeader) return std::nullopt;
  const auto field = [&](size_t index) { return BigEndian(bytes.substr(index * 2, 2)); };
  const int64_t digits = field(0);
  const int64_t weight = field(1);  // of the first digit, in powers of 10,000
  const int64_t sign = field(2);
  if (digits < 0 || bytes.size() < kHeader + static_cast<size_t>(digits) * 2) return std::nullopt;
  if (sign != 0 && sign != kNegative) return std::nullopt;  // NaN, infinity

  int64_t value = 0;  // negative, because that side reaches further
  for (int64_t i = 0; i <= weight || i < digits; ++i) {
    const int64_t digit = i < digits ? field(4 + static_cast<size_t>(i)) : 0;
    if (i > weight) {
      if (digit != 0) return std::nullopt;
      continue;
    }
    if (__builtin_mul_overflow(value, 10'000, &value)) return std::nullopt;
    if (__builtin_sub_overflow(value, digit, &value)) return std::nullopt;
  }
  if (sign == 0 && __builtin_sub_overflow(0, value, &value)) return std::nullopt;
  return value;
}

bool PostgresRow::IsNull(int column) const { return PQgetisnull(result_, row_, column) != 0; }

int64_t PostgresRow::Integer(int column) const {
  if (IsNull(column)) return 0;
  switch (PQftype(result_, column)) {
    case kInt8:
    case kInt4:
    case kInt2:
    case kBool:
      return BigEndian(Raw(column));
    case kNumeric:
      if (const std::optional<int64_t> value = DecodeNumeric(Raw(column))) return *value;
      Mismatch(column, "an integer of 64 bits");
      return 0;
    default:
      Mismatch(column, "an integer");
      return 0;
  }
}

std::string_view PostgresRow::Text(int column) const { return Bytes(column); }

std::string_view PostgresRow::Bytes(int column) const {
  switch (PQftype(result_, column)) {
    case kText:
    case kVarchar:
    case kName:
    case kBytea:
      return Raw(column);
    default:
      if (!IsNull(column)) Mismatch(column, "text or bytes");
      return {};
  }
}

std::string_view PostgresRow::Raw(int column) const {
  return {PQgetvalue(result_, row_, column),
          static_cast<size_t>(PQgetlength(result_, row_, column))};
}

void PostgresRow::Mismatch(int column, const char* wanted) const {
  mismatch_ = "column " + std::to_string(column) + " (" + PQfname(result_, column) + ") is not " +
              wanted + " but of type " + std::to_string(PQftype(result_, column));
}

}  // namespace gantry::db::postgres
