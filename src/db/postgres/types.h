#pragma once

// The built-in types of PostgreSQL that this driver reads and writes: pg_type.oid, fixed for ever.
namespace gantry::db::postgres {

constexpr unsigned int kInferred = 0;
constexpr unsigned int kBool = 16;
constexpr unsigned int kBytea = 17;
constexpr unsigned int kName = 19;
constexpr unsigned int kInt8 = 20;
constexpr unsigned int kInt2 = 21;
constexpr unsigned int kInt4 = 23;
constexpr unsigned int kText = 25;
constexpr unsigned int kVarchar = 1043;
constexpr unsigned int kNumeric = 1700;  // of SUM(bigint)

}  // namespace gantry::db::postgres
